"""Fields of a foreign JSON object, each read by its rule; a breach names object and field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NoReturn, TypeVar

from edge.core.moment import instant_from_rfc3339
from edge.errors import BrokenField

Choice = TypeVar("Choice", bound=StrEnum)

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""No screen and no file can show these; a note may have lines and tabs."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PULLED_AGAIN = "Correct it in the platform's data; it comes again with the next pull."


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object of `owner` ("order GB-7"); `path` leads to it from the owner."""

    raw: Mapping[str, object]
    owner: str
    path: str = ""
    remedy: str = _PULLED_AGAIN

    def refuse(self, name: str, rule: str) -> NoReturn:
        """Raise BrokenField."""
        path = f"{self.path}{name}"
        raise BrokenField(f"The {self.owner} cannot be used: {path} {rule}.", self.remedy, path)

    def has(self, name: str) -> bool:
        """Whether the field says anything."""
        return self.raw.get(name) is not None

    def text(self, name: str, longest: int, *, least: int = 1) -> str:
        """A text of `least` to `longest` characters that can be shown."""
        value = self.raw.get(name)
        if not isinstance(value, str) or not least <= len(value) <= longest:
            self._refuse_value(name, f"must be a text of {least} to {longest} characters")
        if _CONTROL.search(value):
            self.refuse(name, "holds a character that cannot be shown")
        return value

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        """A text that has exactly this shape."""
        value = self.raw.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self._refuse_value(name, f"must look like {pattern.pattern}")
        return value

    def whole(self, name: str, lowest: int, highest: int) -> int:
        """A whole number in a closed range; true is not 1, and 2.0 is not 2."""
        value = self.raw.get(name)
        if type(value) is not int or not lowest <= value <= highest:
            self._refuse_value(name, f"must be a whole number from {lowest} to {highest}")
        return value

    def flag(self, name: str) -> bool:
        """True or false; not given is false."""
        value = self.raw.get(name)
        if value is not None and not isinstance(value, bool):
            self.refuse(name, "must be true or false")
        return value is True

    def choice(self, name: str, choices: type[Choice]) -> Choice:
        """A member of an enumeration, by its value."""
        value = self.raw.get(name)
        if not isinstance(value, str) or value not in list(choices):
            self._refuse_value(name, f"must be one of {', '.join(choices)}")
        return choices(value)

    def instant(self, name: str) -> datetime:
        """A date and time with offset, to the millisecond."""
        try:
            instant = instant_from_rfc3339(self.raw.get(name))
        except ValueError as error:
            self._refuse_value(name, str(error))
        return instant.replace(microsecond=instant.microsecond // 1000 * 1000)

    def day(self, name: str) -> date:
        """A calendar date."""
        value = self.raw.get(name)
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            self._refuse_value(name, "must be a date such as 2026-07-14")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self._refuse_value(name, "must be a date that exists")

    def table(self, name: str) -> Fields:
        """The object inside this one."""
        value = self.raw.get(name)
        if not isinstance(value, Mapping):
            self._refuse_value(name, "must be a JSON object")
        return replace(self, raw=value, path=f"{self.path}{name}.")

    def tables(self, name: str, most: int) -> list[Fields]:
        """The 1 to `most` objects of a list."""
        value = self.raw.get(name)
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            self._refuse_value(name, f"must be a list of 1 to {most} entries")
        for index, entry in enumerate(value):
            if not isinstance(entry, Mapping):
                self.refuse(f"{name}[{index}]", "must be a JSON object")
        return [
            replace(self, raw=entry, path=f"{self.path}{name}[{index}].")
            for index, entry in enumerate(value)
        ]

    def texts(self, name: str, most: int) -> tuple[str, ...]:
        """The 1 to `most` texts of a list."""
        value = self.raw.get(name)
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            self._refuse_value(name, f"must be a list of 1 to {most} texts")
        if not all(isinstance(entry, str) for entry in value):
            self._refuse_value(name, "must hold texts only")
        return tuple(value)

    def _refuse_value(self, name: str, rule: str) -> NoReturn:
        self.refuse(name, rule if self.has(name) else f"is missing; it {rule}")
