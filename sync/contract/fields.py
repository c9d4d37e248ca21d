"""Reading one JSON object of a message field by field, each with its rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NoReturn, TypeVar

from edge.core.ids import EPOCH
from edge.errors import MalformedMessage

MAX_MESSAGE_BYTES = 64 * 1024
"""No message of either side is larger."""
MAX_ROWS = 10_000
MAX_SEQUENCE = 10**18
_WORD = re.compile(r"[!-~]{1,200}")

T = TypeVar("T")


class Fields:
    """One JSON object; `message` and `path` name it in errors."""

    def __init__(self, value: object, message: str, path: str = "") -> None:
        self._message = message
        self._path = path
        if not isinstance(value, Mapping):
            self._fail("must be an object")
        self._value: Mapping[str, object] = value

    @classmethod
    def of_message(cls, data: bytes, message: str) -> Fields:
        """The fields of a whole message."""
        text = text_of(data, message)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise malformed(message, "is not JSON") from error
        return cls(value, message)

    def epoch(self) -> str:
        value = self._value.get("epoch")
        if not isinstance(value, str) or not EPOCH.fullmatch(value):
            self._fail("must be 16 hexadecimal digits", "epoch")
        return value

    def whole(self, name: str, *, at_least: int) -> int:
        return self._checked_whole(self._value.get(name), name, at_least)

    def wholes(self, name: str) -> tuple[int, ...]:
        return tuple(
            self._checked_whole(value, f"{name}[{index}]", 1)
            for index, value in enumerate(self._list(name))
        )

    def rows(self, name: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
        return tuple(
            read(Fields(value, self._message, self._name(f"{name}[{index}]")))
            for index, value in enumerate(self._list(name))
        )

    def word(self, name: str) -> str:
        value = self._value.get(name)
        if not isinstance(value, str) or not _WORD.fullmatch(value):
            self._fail("must be 1 to 200 printable characters without spaces", name)
        return value

    def optional_word(self, name: str) -> str | None:
        return None if self._value.get(name) is None else self.word(name)

    def flag(self, name: str) -> bool:
        value = self._value.get(name, False)
        if not isinstance(value, bool):
            self._fail("must be true or false", name)
        return value

    def instant(self, name: str) -> datetime:
        value = self._value.get(name)
        try:
            instant = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            self._fail("must be an instant with its offset (RFC 3339)", name)
        return instant

    def _list(self, name: str) -> list[object]:
        value = self._value.get(name, [])
        if not isinstance(value, list) or len(value) > MAX_ROWS:
            self._fail(f"must be an array of at most {MAX_ROWS}", name)
        return value

    def _checked_whole(self, value: object, name: str, at_least: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            self._fail("must be a whole number", name)
        if not at_least <= value <= MAX_SEQUENCE:
            self._fail(f"must be at least {at_least} and no larger than a sequence", name)
        return value

    def _name(self, field: str) -> str:
        return f"{self._path}.{field}" if self._path else field

    def _fail(self, rule: str, field: str = "") -> NoReturn:
        where = self._name(field) if field else self._path
        raise malformed(self._message, f"{where} {rule}" if where else rule)


def text_of(data: bytes, message: str) -> str:
    """The text of a message of lawful size; `message` names it in errors."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise malformed(message, f"is longer than {MAX_MESSAGE_BYTES} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise malformed(message, "is not UTF-8") from error


def malformed(message: str, what: str) -> MalformedMessage:
    """The error for a message that breaks a rule."""
    return MalformedMessage(
        f"A message {message}: {what}.", "It was ignored; its sender has to be corrected."
    )
