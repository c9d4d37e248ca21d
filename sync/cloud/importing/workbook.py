"""Rows of cells from an .xlsx workbook. The one home of openpyxl."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NoReturn
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from edge.errors import MalformedMessage, PointError
from sync.cloud.importing.archive import check_archive
from sync.cloud.importing.rows import RawRow
from sync.cloud.importing.sheet_facts import MergedCells, SheetFacts, read_facts, spans

MOST_COLUMNS = 256
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!"}
_UNCOMPUTED = "is a formula without a value: open the file in a spreadsheet and save it"
_EXACT_DIGITS = 15
"""A spreadsheet keeps so many digits of a number; a longer one was rounded."""

DAMAGE = (
    *(InvalidFileException, BadZipFile, zlib.error),
    *(KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError, OSError, EOFError),
)
"""What openpyxl raises for parts that are not as they should be."""


@dataclass(frozen=True, slots=True)
class OpenSheet:
    """One sheet of a workbook; its rows can be read once, while it is open."""

    title: str
    rows: Iterator[RawRow]
    notes: tuple[str, ...]


@contextmanager
def open_sheet(path: Path, wanted: str | None) -> Iterator[OpenSheet]:
    """One sheet; MalformedMessage where the file or the choice is no good."""
    check_archive(path)
    with path.open("rb") as file, warnings.catch_warnings():
        # It warns of pictures, validations and styles that it leaves aside: none is an order.
        warnings.simplefilter("ignore", UserWarning)
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                yield _open(book, path, wanted)
            finally:
                book.close()
        except PointError:
            raise
        except DAMAGE as error:
            _refuse(path, f"is damaged ({error})", "Save it again as .xlsx, or as CSV.")


def _open(book: Any, path: Path, wanted: str | None) -> OpenSheet:  # noqa: ANN401 - openpyxl's stubs know no streamed sheet
    sheet, facts = _choose(book, path, wanted)
    hidden = f"hidden rows were read like any other: {spans(facts.hidden)}"
    return OpenSheet(str(sheet.title), _rows(sheet, facts), (hidden,) if facts.hidden else ())


def _rows(sheet: Any, facts: SheetFacts) -> Iterator[RawRow]:  # noqa: ANN401 - see above
    merged = _Merged(facts.merged)
    sheet.reset_dimensions()
    values = sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
    for number, row in enumerate(values, start=1):
        # Between two rows a million may be missing.
        empty = row.count(None) == len(row) and number not in facts.uncomputed
        yield RawRow(number, (), fixed=False) if empty else _row(number, row, facts, merged)


def _part(sheet: Any) -> str:  # noqa: ANN401 - see above
    return str(sheet._worksheet_path).lstrip("/")  # noqa: SLF001 - the only place that says which part a sheet is


def _facts(sheet: Any, path: Path) -> SheetFacts:  # noqa: ANN401 - see above
    with ZipFile(path) as archive, archive.open(_part(sheet)) as source:
        return read_facts(source)


def _choose(book: Any, path: Path, wanted: str | None) -> tuple[Any, SheetFacts]:  # noqa: ANN401 - see above
    """A sheet with its facts, before a row of it is read: the rows' numbers may be made up."""
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    names = ", ".join(repr(sheet.title) for sheet in book.worksheets)
    if wanted is not None:
        for sheet in book.worksheets:
            if sheet.title == wanted:
                return sheet, _facts(sheet, path)
        _refuse(path, f"has no sheet {wanted!r}; it has {names}", "Name one of them with --sheet.")
    known = [(sheet, _facts(sheet, path)) for sheet in sheets]
    filled = [(sheet, facts) for sheet, facts in known if facts.filled]
    if not filled:
        _refuse(path, "holds nothing in any visible sheet", "Fill it, or name a --sheet.")
    if len(filled) > 1:
        _refuse(path, f"has several sheets with content: {names}", "Say which with --sheet.")
    return filled[0]


def _row(number: int, values: Sequence[object], facts: SheetFacts, merged: _Merged) -> RawRow:
    cells: list[str] = []
    bad = dict.fromkeys(facts.uncomputed.get(number, ()), _UNCOMPUTED)
    for at, value in enumerate(values):
        try:
            cells.append(_text(value))
        except ValueError as error:
            cells.append("")
            bad[at] = str(error)
    while cells and not cells[-1]:
        cells.pop()
    covered = merged.into(number, cells, bad) if any(cells) or bad else {}
    return RawRow(number, cells, merged=covered, bad=bad, fixed=False)


class _Merged:
    """Carries the content of merged cells down to the rows that they cover."""

    def __init__(self, ranges: Sequence[MergedCells]) -> None:
        self._waiting = list(reversed(ranges))
        self._open: list[tuple[MergedCells, str, str | None]] = []

    def into(self, number: int, cells: list[str], bad: dict[int, str]) -> dict[int, str]:
        """Fill this row's covered cells, or say why not; which ones."""
        self._open = [merged for merged in self._open if merged[0].bottom >= number]
        found = {}
        for covered, text, fault in self._open:
            if fault is not None:
                bad.setdefault(covered.left, fault)
            elif text and covered.left < MOST_COLUMNS:
                cells.extend([""] * (covered.left + 1 - len(cells)))
                cells[covered.left] = text
                found[covered.left] = text
        while self._waiting and self._waiting[-1].top <= number:
            begins = self._waiting.pop()
            if begins.top == number:
                text = cells[begins.left] if begins.left < len(cells) else ""
                self._open.append((begins, text, bad.get(begins.left)))
        return found


def _text(value: object) -> str:
    """A cell as its column's rule expects it; ValueError where the spreadsheet lost something."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}" if value.second == 0 else f"{value:%H:%M:%S}"
    text = str(value)
    if text in _ERRORS:
        raise ValueError(f"holds the error {text}")
    return text


def _number(value: float) -> str:
    if abs(value) >= 10**_EXACT_DIGITS:
        raise ValueError("has more than 15 digits, which a spreadsheet rounds: make it text")
    shown = f"{value:.{_EXACT_DIGITS}g}"
    return shown if "e" not in shown else f"{value:.10f}".rstrip("0").rstrip(".")


def _refuse(path: Path, fault: str, remedy: str) -> NoReturn:
    raise MalformedMessage(f"{path.name} {fault}; nothing was imported.", remedy)
