"""SQLite's running sums over a write-ahead log, quick enough for a start with customers waiting.

The sums behind a frame are those before it, times a matrix that is the same for every frame, plus
what the frame itself adds; the latter is worked out for all frames at once, each in its own 64
bits of one large number.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator

Sums = tuple[int, int]
FRAME_BYTES = 24
"""A frame's header: 8 bytes that are summed up with the page, the salts, the sums."""
_WORD = 0xFFFFFFFF
_PAIR_BYTES = 8


def summed(order: str, content: bytes, sums: Sums) -> Sums:
    """The sums behind these pairs of words; `order` of their bytes is < or >."""
    first, second = sums
    for left, right in struct.iter_unpack(f"{order}2I", content):
        first = (first + left + second) & _WORD
        second = (second + right + first) & _WORD
    return first, second


def sums_behind(order: str, frames: bytes, page_size: int, sums: Sums) -> Iterator[Sums]:
    """The sums behind each of these whole frames, one after the other."""
    nothing = bytes(_PAIR_BYTES + page_size)
    (a, c), (b, d) = summed("<", nothing, (1, 0)), summed("<", nothing, (0, 1))
    first, second = sums
    for left, right in _added(order, frames, (FRAME_BYTES + page_size) // _PAIR_BYTES):
        first, second = (
            (a * first + b * second + left) & _WORD,
            (c * first + d * second + right) & _WORD,
        )
        yield first, second


def _added(order: str, frames: bytes, step: int) -> Iterator[Sums]:
    """What each frame, of so many pairs, adds by itself."""
    words = array("I", frames)
    if order == ">":
        words.byteswap()
    pairs = array("Q", words.tobytes())
    count = len(pairs) // step
    low = int.from_bytes(_WORD.to_bytes(_PAIR_BYTES, "little") * count, "little")
    first = second = 0
    for at in (0, *range(FRAME_BYTES // _PAIR_BYTES, step)):
        both = int.from_bytes(pairs[at::step].tobytes(), "little")
        first = (first + (both & low) + second) & low
        # Without the other it grows too slowly to leave its 64 bits.
        second += (both >> 32 & low) + first
    return zip(_lanes(first, count), _lanes(second, count), strict=True)


def _lanes(number: int, count: int) -> tuple[int, ...]:
    return struct.unpack(f"<{count}Q", number.to_bytes(count * _PAIR_BYTES, "little"))
