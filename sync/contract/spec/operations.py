"""Pieces that the operations of the OpenAPI document share."""

from __future__ import annotations

from typing import Final

from sync.contract.spec.fragments import Schema

PROBLEM_TYPE: Final = "application/problem+json"


def parameter(name: str, place: str, schema: Schema, *, required: bool = False) -> Schema:
    """Where a request says something, and in which words."""
    return {"name": name, "in": place, "required": required, "schema": schema}


def reference(name: str) -> Schema:
    """A schema of the document, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def problems(answers: dict[str, str]) -> Schema:
    """How the cloud says no, by status."""
    return {
        status: {
            "description": about,
            "content": {PROBLEM_TYPE: {"schema": reference("problem")}},
        }
        for status, about in answers.items()
    }
