"""What a sheet's XML says beside its values: hidden rows, merged cells, formulas never computed.

The cells are read by openpyxl, which tells none of this while it streams.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, NoReturn
from xml.parsers import expat

MOST_SHEET_ROWS = 1_048_576
"""Rows of the largest sheet that a spreadsheet writes: a number beyond it is made up."""
_CHUNK = 1 << 20
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROW, _FORMULA, _VALUE, _TEXT, _MERGE = (
    f"{_NAMESPACE} {name}" for name in ("row", "f", "v", "is", "mergeCell")
)
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_NUMBER = re.compile(r"[0-9]{1,20}")


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

    filled: bool = False
    hidden: list[int] = field(default_factory=list)
    merged: list[MergedCells] = field(default_factory=list)
    uncomputed: dict[int, set[int]] = field(default_factory=dict)
    """Columns with a formula whose value the file does not hold."""


def read_facts(source: IO[bytes]) -> SheetFacts:
    """All facts of one sheet, in one pass over its XML; ValueError where it is no sheet's."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_markup
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        while chunk := source.read(_CHUNK):
            parser.Parse(chunk, False)  # noqa: FBT003 - expat takes no keywords
        parser.Parse(b"", True)  # noqa: FBT003 - as above
    except expat.ExpatError as error:
        raise ValueError(str(error)) from None
    reader.facts.merged.sort(key=lambda cells: cells.top)
    return reader.facts


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


@dataclass(slots=True)
class _Cell:
    column: int
    kind: str
    formula: bool = False
    valued: bool = False
    """Whether there is a place for its value, even if that is empty."""
    filled: bool = False

    @property
    def uncomputed(self) -> bool:
        # The text that a formula gives may be empty.
        return self.formula and not (self.valued if self.kind == "str" else self.filled)


class _Reader:
    """Follows a sheet from tag to tag; as for openpyxl, whatever stands in a row is a cell."""

    def __init__(self) -> None:
        self.facts = SheetFacts()
        self._depth = 0
        self._row_depth = 0
        self._row = 0
        self._column = -1
        self._cell: _Cell | None = None
        self._in_value = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        within = self._depth - self._row_depth if self._row_depth else 0
        if tag == _ROW:
            self._start_row(attributes)
        elif within == 1:
            self._start_cell(attributes)
        elif within == 2:
            self._start_part(tag)
        elif tag == _MERGE:
            self._merge(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        within = self._depth - self._row_depth if self._row_depth else 0
        self._depth -= 1
        if tag == _ROW:
            self._row_depth = 0
        elif within == 1:
            self._end_cell()
        elif within == 2:
            self._in_value = False

    def text(self, text: str) -> None:
        if self._in_value and self._cell is not None and text.strip():
            self._cell.filled = True

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        self._row = _row_number(attributes.get("r"), self._row)
        self._row_depth = self._depth
        self._column = -1
        if attributes.get("hidden") in ("1", "true"):
            self.facts.hidden.append(self._row)

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        self._column = _column(attributes.get("r"), self._column)
        self._cell = _Cell(self._column, attributes.get("t", "n"))

    def _start_part(self, tag: str) -> None:
        if self._cell is None:
            return
        if tag == _FORMULA:
            self._cell.formula = True
        elif tag in (_VALUE, _TEXT):
            self._cell.valued = self._in_value = True

    def _end_cell(self) -> None:
        cell, self._cell = self._cell, None
        if cell is None:
            return
        self.facts.filled |= cell.filled
        if cell.uncomputed:
            self.facts.uncomputed.setdefault(self._row, set()).add(cell.column)

    def _merge(self, ref: str) -> None:
        found = _RANGE.fullmatch(ref)
        if found is None:
            raise ValueError(f"it merges {ref[:40]!r}, which is no range of cells")
        left, top, right, bottom = found.groups()
        if int(bottom) > int(top):
            columns = column_index(left), column_index(right)
            self.facts.merged.append(MergedCells(int(top), int(bottom), *columns))


def _row_number(said: str | None, before: int) -> int:
    if said is None:
        said = str(before + 1)
    if not _NUMBER.fullmatch(said) or not 1 <= int(said) <= MOST_SHEET_ROWS:
        raise ValueError(f"it names a row {said[:20]!r}; rows end at {MOST_SHEET_ROWS}")
    if int(said) <= before:
        raise ValueError(f"row {said} comes after row {before}")
    return int(said)


def _column(place: str | None, before: int) -> int:
    if place is None:
        return before + 1
    found = _PLACE.fullmatch(place.upper())
    if found is None:
        raise ValueError(f"it names a cell {place[:20]!r}")
    return column_index(found[1])


def _refuse_markup(*_: object) -> NoReturn:
    raise ValueError("it defines its own markup")
