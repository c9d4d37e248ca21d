"""The cloud's HTTP side as an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Final

from edge.core import ids
from sync.contract.page import CURSOR
from sync.contract.spec.fragments import (
    Schema,
    flag,
    matching,
    record,
    whole,
)
from sync.contract.spec.schemas import IN_DOCUMENT

_PROBLEM_TYPE: Final = "application/problem+json"
PROBLEM: Final = record(
    {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": whole(400, 599),
        "detail": {"type": "string", "description": "what is wrong, in a sentence"},
        "instance": {"type": "string"},
        "retryable": flag("whether the same request can succeed later"),
    },
    {
        "field": {"type": "string", "description": "the parameter or field that breaks a rule"},
        "remedy": {"type": "string", "description": "what to do"},
    },
    about="Problem details (RFC 9457).",
)


def document(version: str) -> Schema:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pickup Point over HTTP",
            "version": version,
            "description": "What a pickup point pulls, and what a platform pushes and asks.",
        },
        "servers": [{"url": "https://cloud.example"}],
        "paths": {"/v1/points/{point_id}/orders": {"get": _pull()}},
        "components": {
            "schemas": {
                "order": IN_DOCUMENT["order"],
                "orders-page": IN_DOCUMENT["orders-page"],
                "problem": PROBLEM,
            },
            "securitySchemes": {
                "point": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "the point's token, given with its settings",
                }
            },
        },
    }


def _pull() -> Schema:
    return {
        "operationId": "pullOrders",
        "summary": "The next orders of one point, with all that it needs to know beside them",
        "description": "Without `since`: everything that is still held at the point, whatever its "
        "date. Orders of tomorrow are served as soon as they are there.",
        "security": [{"point": []}],
        "parameters": [
            _parameter("point_id", "path", matching(ids.POINT_ID), required=True),
            _parameter("since", "query", matching(CURSOR, "the cursor of the answer before")),
            _parameter("limit", "query", whole(1, 1000, "orders at most; 200 if left out")),
        ],
        "responses": {
            "200": {
                "description": "One page; with `more` true there is another at once.",
                "content": {"application/json": {"schema": _reference("orders-page")}},
            },
            **_problems(
                {
                    "400": "A parameter breaks its rule.",
                    "401": "No token, or not this point's.",
                    "410": "The cursor is not known any more: pull again without `since`.",
                }
            ),
        },
    }


def _parameter(name: str, place: str, schema: Schema, *, required: bool = False) -> Schema:
    return {"name": name, "in": place, "required": required, "schema": schema}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _problems(answers: dict[str, str]) -> Schema:
    return {
        status: {
            "description": about,
            "content": {_PROBLEM_TYPE: {"schema": _reference("problem")}},
        }
        for status, about in answers.items()
    }
