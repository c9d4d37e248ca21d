"""The contract's documents: in step with the code, and valid by their own standards."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import openapi_spec_validator
import pytest

from tests.contract import documents

DOCUMENTS = documents.documents()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_on_file_says_what_the_code_says(name: str) -> None:
    assert (documents.FOLDER / name).read_bytes() == DOCUMENTS[name]


def test_no_other_document_lies_beside_them() -> None:
    there = {path.relative_to(documents.FOLDER).as_posix() for path in _files()}

    assert there == set(DOCUMENTS)


def test_the_http_side_is_valid_openapi() -> None:
    openapi_spec_validator.validate(json.loads(DOCUMENTS["openapi.json"]))


def test_the_mqtt_side_is_valid_asyncapi() -> None:
    with warnings.catch_warnings():
        # The models shadow two names of their own base class, and say so at import.
        warnings.simplefilter("ignore", UserWarning)
        from asyncapi3 import AsyncAPI3  # noqa: PLC0415 - inside the net for its warnings

    AsyncAPI3.model_validate(json.loads(DOCUMENTS["asyncapi.json"]))


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name.startswith("schemas/")])
def test_a_schema_is_valid_json_schema(name: str) -> None:
    jsonschema_rs.meta.validate(json.loads(DOCUMENTS[name]))


@pytest.mark.parametrize("name", ["asyncapi.json", "openapi.json"])
def test_every_reference_inside_a_document_leads_somewhere(name: str) -> None:
    document = json.loads(DOCUMENTS[name])

    for reference in _references(document):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/")]


def _files() -> list[Path]:
    return [path for path in documents.FOLDER.rglob("*") if path.is_file()]


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
