"""Validators for the contract's schemas, as an outsider would make them from the files."""

from __future__ import annotations

import json
from functools import cache

import jsonschema_rs

from tests.contract import documents

BASE = "https://contract.example/schemas/"


@cache
def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """The validator of one schema; dates and times are checked, too."""
    files = (documents.FOLDER / "schemas").iterdir()
    contents = {BASE + path.name: json.loads(path.read_bytes()) for path in files}
    return jsonschema_rs.Draft202012Validator(
        {"$id": BASE, "$ref": f"{name}.json"},
        registry=jsonschema_rs.Registry(list(contents.items())),
        validate_formats=True,
    )


def fits(name: str, value: object) -> bool:
    """Whether a value is what the schema says."""
    return validator(name).is_valid(value)
