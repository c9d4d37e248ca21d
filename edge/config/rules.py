"""The rules that settings obey; each raises ValueError with the rule in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Choice = TypeVar("Choice", bound=StrEnum)


def text(longest: int) -> Callable[[object], str]:
    """A printable, non-empty text of at most `longest` characters."""

    def check(value: object) -> str:
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise ValueError("must be a text of printable characters")
        if len(value) > longest:
            raise ValueError(f"must have at most {longest} characters")
        return value

    return check


def point_id(value: object) -> str:
    """A point id: 1 to 12 of a-z, 0-9 and '-', as it stands in passes and topics."""
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,11}", value):
        raise ValueError("must be 1 to 12 characters of a-z, 0-9 and '-'")
    return value


def whole(lowest: int, highest: int) -> Callable[[object], int]:
    """A whole number in a closed range."""

    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return value

    return check


def number(lowest: float, highest: float) -> Callable[[object], float]:
    """A number in a closed range."""

    def check(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ValueError("must be a number")
        if not lowest <= value <= highest:
            raise ValueError(f"must be a number from {lowest} to {highest}")
        return float(value)

    return check


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def one_of(choices: type[Choice]) -> Callable[[object], Choice]:
    """One member of an enumeration, by its value."""

    def check(value: object) -> Choice:
        try:
            return choices(str(value))
        except ValueError:
            listed = ", ".join(repr(choice.value) for choice in choices)
            raise ValueError(f"must be one of {listed}") from None

    return check


def http_url(value: object) -> str:
    """An http(s) address without a query, the slash at its end removed."""
    if not isinstance(value, str):
        raise ValueError("must be an http or https address")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise ValueError("must be an http or https address")
    return value.rstrip("/")


def path(value: object) -> Path:
    """A file path; a relative one is taken from the data directory."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("must be a file path")
    return Path(value)


def time_zone(value: object) -> ZoneInfo:
    """An IANA time zone such as Asia/Taipei."""
    try:
        return ZoneInfo(value) if isinstance(value, str) else _no_zone()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _no_zone()


def _no_zone() -> ZoneInfo:
    raise ValueError("must be an IANA time zone such as 'Asia/Taipei'")
