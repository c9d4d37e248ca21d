"""What a sheet's XML says beside its values: hidden rows, merged cells, formulas never computed.

The cells are read by openpyxl, which tells none of this while it streams.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

CHUNK = 1 << 20
_TAG = rb"<(?:\w+:)?"
_HIDDEN_ROW = re.compile(_TAG + rb"row\s(?=[^>]*\bhidden=\"(?:1|true)\")[^>]*\br=\"([0-9]+)\"")
_MERGED = re.compile(_TAG + rb"mergeCell\s[^>]*ref=\"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)\"")
_UNCOMPUTED = re.compile(
    _TAG + rb"c\s(?=[^>]*\br=\"([A-Z]+)([0-9]+)\")(?![^>]*\bt=\"str\")[^>]*>"
    rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_LONGEST = 64 * 1024
"""No tag or formula is longer: what may continue in the next chunk is kept so far back."""


@dataclass(frozen=True, slots=True)
class MergedCells:
    """A range over several rows, counted from 1, and columns, from 0; its first cell holds all."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(slots=True)
class SheetFacts:
    """Facts by row number, from 1."""

    hidden: list[int] = field(default_factory=list)
    merged: list[MergedCells] = field(default_factory=list)
    uncomputed: dict[int, set[int]] = field(default_factory=dict)
    """Columns with a formula whose value the file does not hold."""


def read_facts(source: IO[bytes]) -> SheetFacts:
    """All facts of one sheet, in one pass over its XML."""
    facts = SheetFacts()
    for text, until in _windows(source):
        facts.hidden += [int(found[1]) for found in _within(_HIDDEN_ROW, text, until)]
        for found in _within(_UNCOMPUTED, text, until):
            column = column_index(found[1].decode())
            facts.uncomputed.setdefault(int(found[2]), set()).add(column)
        for found in _within(_MERGED, text, until):
            left, top, right, bottom = found.groups()
            if int(bottom) > int(top):
                columns = column_index(left.decode()), column_index(right.decode())
                facts.merged.append(MergedCells(int(top), int(bottom), *columns))
    facts.merged.sort(key=lambda cells: cells.top)
    return facts


def column_index(letters: str) -> int:
    """A is 0."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def spans(numbers: Iterable[int]) -> str:
    """Numbers in short: 3, 5–8."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in found)


def _windows(source: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Pieces of the text that overlap, and up to where a find in each counts."""
    rest = b""
    while chunk := source.read(CHUNK):
        text = rest + chunk
        until = max(0, len(text) - _LONGEST)
        yield text, until
        rest = text[until:]
    yield rest, len(rest)


def _within(pattern: re.Pattern[bytes], text: bytes, until: int) -> Iterator[re.Match[bytes]]:
    for found in pattern.finditer(text):
        if found.start() >= until:
            return
        yield found
