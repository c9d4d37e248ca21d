"""JSON from outside: no duplicate keys, no NaN, no broken Unicode, no bottomless nesting."""

from __future__ import annotations

import json
import math
import re
from collections import Counter

MOST_LEVELS = 64
"""No message of ours nests even ten deep; Python's own limit moves with the caller's stack."""
MOST_DIGITS = 300
"""Of a whole number: about what a number with a point can hold."""
# A text that never ends counts as one too: nothing is looked at twice.
_TEXT_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)


def loads(data: bytes) -> object:
    """Decode UTF-8 JSON; ValueError says what is wrong with it."""
    try:
        text = data.decode()
        _refuse_deep_nesting(text)
        value: object = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON (position {error.pos})") from None
    if "\\u" in text:
        _refuse_lone_surrogates(value)
    return value


def _refuse_deep_nesting(text: str) -> None:
    if text.count("[") + text.count("{") <= MOST_LEVELS:
        return
    depth = 0
    for found in _TEXT_OR_BRACKET.finditer(text):
        mark = found[0]
        depth += (mark in "[{") - (mark in "]}")
        if depth > MOST_LEVELS:
            raise ValueError("is nested too deeply")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"says {twice[:40]!r} twice")
    return value


def _constant(name: str) -> object:
    raise ValueError(f"holds {name}, which is no JSON number")


def _int(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"holds a number of more than {MOST_DIGITS} digits")
    return int(digits)


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


# Once for all: a decoder takes as long to make as a message to read.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
)
