"""Rows of cells, from a text file; a row is one line of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sync.cloud.importing.text import LONGEST_LINE, fault_of

_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in its file; with a fault its cells are only a guess.

    `bad` says why a cell (by index) cannot be read, which matters where anybody wants it;
    `merged` are the cells (by index) whose content stands in the cell above that they belong to.
    """

    number: int
    cells: Sequence[str]
    fault: str | None = None
    merged: Mapping[int, str] = field(default_factory=dict)
    bad: Mapping[int, str] = field(default_factory=dict)
    fixed: bool = True
    """Whether the number of its cells means anything; a sheet just leaves out empty ones."""


def csv_rows(text: str) -> Iterator[RawRow]:
    """The rows of a text with commas, semicolons or tabs, whichever its first line has most of."""
    first = text[:LONGEST_LINE].partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    start, number = 0, 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        number += 1
        yield _row(number, text[start:end].removesuffix("\r"), delimiter)
        start = end + 1


def _row(number: int, line: str, delimiter: str) -> RawRow:
    fault = fault_of(line)
    if fault is None:
        try:
            return RawRow(number, next(csv.reader([line], strict=True, delimiter=delimiter), []))
        except csv.Error as error:
            open_quote = "unexpected end of data" in str(error)
            fault = "a quote opened here is never closed" if open_quote else str(error)
    return RawRow(number, line[:LONGEST_LINE].split(delimiter), fault)
