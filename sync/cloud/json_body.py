"""The JSON that a request brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from edge.core import strict_json
from sync.cloud.problems import Problem


def json_object(otherwise: str) -> Mapping[str, Any]:
    """The object in the body; a Problem where there is none, in the words of `otherwise`."""
    try:
        body = strict_json.loads(request.get_data())
    except ValueError as error:
        raise Problem(400, f"The body {error}.") from error
    if not isinstance(body, dict):
        raise Problem(400, otherwise)
    return body
