"""Pieces of JSON Schema (2020-12), in the words of the readers that enforce them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

Schema = dict[str, object]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SHOWABLE = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"


def text(longest: int, *, least: int = 1, about: str = "") -> Schema:
    """A text that can be shown."""
    schema: Schema = {"type": "string", "maxLength": longest, "pattern": _SHOWABLE}
    if least:
        schema["minLength"] = least
    return described(schema, about)


def matching(pattern: re.Pattern[str], about: str = "") -> Schema:
    """A text that has exactly this shape."""
    return described({"type": "string", "pattern": f"^(?:{pattern.pattern})$"}, about)


def whole(lowest: int, highest: int, about: str = "") -> Schema:
    """A whole number in a closed range, written without a fraction."""
    return described({"type": "integer", "minimum": lowest, "maximum": highest}, about)


def choice(choices: type[StrEnum] | Iterable[str], about: str = "") -> Schema:
    """One of these words."""
    return described({"type": "string", "enum": [str(word) for word in choices]}, about)


def constant(value: object) -> Schema:
    """Exactly this."""
    return {"const": value}


def flag(about: str = "") -> Schema:
    """True or false."""
    return described({"type": "boolean"}, about)


def instant(about: str = "") -> Schema:
    """A date and time with its offset (RFC 3339)."""
    return described({"type": "string", "format": "date-time"}, about)


def day(about: str = "") -> Schema:
    """A calendar date."""
    return described({"type": "string", "format": "date"}, about)


def array(items: Schema, most: int, *, least: int = 0, about: str = "") -> Schema:
    """A list of at most so many."""
    schema: Schema = {"type": "array", "items": items, "maxItems": most}
    if least:
        schema["minItems"] = least
    return described(schema, about)


def record(
    required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, about: str = ""
) -> Schema:
    """An object; fields that it does not name are ignored by whoever reads it."""
    schema: Schema = {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }
    return described(schema, about)


def or_null(schema: Schema) -> Schema:
    """The same, or null, which says no more than leaving the field out."""
    described_as = schema.get("description")
    plain = {name: value for name, value in schema.items() if name != "description"}
    either: Schema = {"anyOf": [plain, {"type": "null"}]}
    return described(either, described_as if isinstance(described_as, str) else "")


def described(schema: Schema, about: str) -> Schema:
    """The same with a word to its reader."""
    return {**schema, "description": about} if about else schema


def titled(title: str, schema: Schema) -> Schema:
    """A schema that stands for itself."""
    return {"$schema": DIALECT, "title": title, **schema}
