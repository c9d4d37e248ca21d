"""JSON from outside: no duplicate keys, no NaN, no broken Unicode, no bottomless nesting."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable


def loads(data: bytes) -> object:
    """Decode UTF-8 JSON; ValueError says what is wrong with it."""
    try:
        text = data.decode()
        value: object = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float
        )
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON (position {error.pos})") from None
    if "\\u" in text:
        _refuse_lone_surrogates(value)
    return value


def _object(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    seen: dict[str, object] = {}
    for key, value in pairs:
        if key in seen:
            raise ValueError(f"says {key[:40]!r} twice")
        seen[key] = value
    return seen


def _constant(name: str) -> object:
    raise ValueError(f"holds {name}, which is no JSON number")


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("holds a number without end")
    return number


def _refuse_lone_surrogates(value: object) -> None:
    # An escape can spell half a character, which no file, database or screen can write.
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character") from None
