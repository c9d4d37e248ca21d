"""A browser of this machine, in front of a fake kiosk."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.test import TestResponse

from edge.kiosk import create
from tests.edge.kiosk.fakes import Stage, stage


class CompiledOnce(BytecodeCache):
    """Templates compiled by one test's kiosk serve the next one's: compiling is most of a test."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledOnce()


class Browser(FlaskClient):
    """Asks as the kiosk's own browser does: by 127.0.0.1 and the right port."""

    # The shape is werkzeug's own: anything that describes a request.
    def open(self, *args: Any, **more: Any) -> TestResponse:  # noqa: ANN401
        more.setdefault("base_url", "http://127.0.0.1:8080")
        return super().open(*args, **more)


def browse(on: Stage) -> FlaskClient:
    app = create(on.parts)
    app.jinja_env.bytecode_cache = COMPILED
    app.test_client_class = Browser
    return app.test_client()


@pytest.fixture
def kiosk() -> Stage:
    return stage()


@pytest.fixture
def browser(kiosk: Stage) -> FlaskClient:
    return browse(kiosk)
