"""JSON from outside is read, or refused with a ValueError: nothing else comes out."""

from __future__ import annotations

import json

import pytest

from edge.core import strict_json

HALF_ESCAPED = '"\\u0041"'
"""An escape, which makes the reader look for halves of characters too."""
DEPTHS = [65, 100, 500, *range(880, 1010), 2000, 30_000]


def nested(depth: int, inner: str = HALF_ESCAPED) -> bytes:
    return ("[" * depth + inner + "]" * depth).encode()


def test_a_message_may_nest_sixty_four_levels() -> None:
    for depth in (60, 63, 64):
        assert strict_json.loads(nested(depth)) is not None


@pytest.mark.parametrize("inner", [HALF_ESCAPED, "1"])
def test_deeper_nesting_is_refused_at_every_depth(inner: str) -> None:
    for depth in DEPTHS:
        with pytest.raises(ValueError, match="nested too deeply"):
            strict_json.loads(nested(depth, inner))
        with pytest.raises(ValueError, match="nested too deeply"):
            strict_json.loads(('{"a":' * depth + inner + "}" * depth).encode())


def test_many_brackets_side_by_side_or_inside_texts_are_no_nesting() -> None:
    shelf = [["a"], {"note": '[[[{"\\' * 100}] * 200
    assert strict_json.loads(json.dumps(shelf).encode()) == shelf


@pytest.mark.parametrize(
    "broken", [b'"' + b'\\"' * 30_000, b'["' * 30_000, b"]" * 200 + b"[" * 300]
)
def test_texts_without_an_end_and_brackets_without_a_start_are_refused(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"is not JSON|is nested too deeply"):
        strict_json.loads(b"[]" * 65 + broken)


@pytest.mark.parametrize("digits", [301, 5000])
def test_a_whole_number_of_very_many_digits_is_refused_in_our_own_words(digits: int) -> None:
    with pytest.raises(ValueError, match=r"^holds a number of more than 300 digits$"):
        strict_json.loads(b'{"id": ' + b"7" * digits + b"}")


def test_a_whole_number_of_three_hundred_digits_is_read() -> None:
    assert strict_json.loads(b"7" * 300) == int("7" * 300)
