"""The header of a table: which of its columns is which of ours."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from edge.errors import MalformedMessage
from sync.cloud.importing.columns import LINE_COLUMNS, ORDER_COLUMNS
from sync.cloud.importing.mapping import COLUMNS, ImportMapping
from sync.cloud.importing.rows import RawRow

SEARCHED_ROWS = 10
"""A header stands within the first rows: titles and groups of columns may stand above it."""


@dataclass(frozen=True, slots=True)
class Header:
    """`ours` is the place of each of our columns; `last` is the row that ends the header."""

    names: tuple[str, ...]
    ours: Mapping[str, int]
    first: int
    last: int

    def notes(self, mapping: ImportMapping) -> Iterator[str]:
        """What was read in another way than it may look."""
        if self.last > self.first:
            yield f"rows {self.first} and {self.last} together are the header"
        if self.first > 1:
            yield f"what stands above row {self.first} was left aside"
        translated = [
            f"{ours} from {self.names[at][:40]!r}"
            for ours, at in self.ours.items()
            if self.names[at] != ours
        ]
        if translated:
            yield f"columns read: {', '.join(translated)}"
        aside = [name for name in self.names if name and _ours(name, mapping) is None]
        if aside:
            yield f"columns left aside: {', '.join(repr(name[:40]) for name in aside)}"

    def repeats(self, cells: Sequence[str]) -> bool:
        """Whether a row is the header once more, as on every printed page."""
        return tuple(cell.strip() for cell in cells[: len(self.names)]) == self.names


def find_header(rows: Sequence[RawRow], mapping: ImportMapping, name: str) -> Header:
    """The first header among the first rows; MalformedMessage says what the best try lacks."""
    tries = [_try(rows[at : at + 1], mapping) for at in range(len(rows))]
    tries += [_try(rows[at : at + 2], mapping) for at in range(len(rows) - 1)]
    for header in tries:
        if not _missing(header, mapping):
            _refuse_doubles(header, mapping, name)
            return header
    best = max(tries, key=lambda header: len(header.ours), default=Header((), {}, 1, 1))
    raise _bad(name, "lacks", _missing(best, mapping), [found for found in best.names if found])


def _try(rows: Sequence[RawRow], mapping: ImportMapping) -> Header:
    """One row as a header, or two: a lower name counts, an upper one where none stands below."""
    width = max(len(row.cells) for row in rows)
    names = [""] * width
    for row in rows:
        for at, cell in enumerate(row.cells if row.fault is None else ()):
            names[at] = cell.strip() or names[at]
    ours: dict[str, int] = {}
    for at, name in enumerate(names):
        column = _ours(name, mapping)
        if column is not None:
            ours.setdefault(column, at)
    return Header(tuple(names), ours, rows[0].number, rows[-1].number)


def _ours(name: str, mapping: ImportMapping) -> str | None:
    plain = unicodedata.normalize("NFKC", name)
    theirs = mapping.columns.get(name) or mapping.columns.get(plain)
    return theirs or (plain if plain in COLUMNS else None)


def _missing(header: Header, mapping: ImportMapping) -> list[str]:
    columns = (*ORDER_COLUMNS, *LINE_COLUMNS)
    there = header.ours.keys() | mapping.constants.keys()
    return [column.name for column in columns if column.required and column.name not in there]


def _refuse_doubles(header: Header, mapping: ImportMapping, name: str) -> None:
    found = [_ours(theirs, mapping) for theirs in header.names]
    twice = sorted({ours for ours in found if ours is not None and found.count(ours) > 1})
    if twice:
        raise _bad(name, "repeats", twice)
    unknown = [theirs for theirs, ours in zip(header.names, found, strict=True) if not ours]
    if unknown and not mapping.given:
        raise _bad(name, "has unknown", unknown)


def _bad(
    name: str, fault: str, columns: Sequence[str], there: Sequence[str] = ()
) -> MalformedMessage:
    found = f"; it has {_listed(there)}" if there else ""
    return MalformedMessage(
        f"The header of {name} {fault} columns: {_listed(columns)}{found}; nothing was imported.",
        "See 'pickup-cloud import --help' for the columns; --mapping translates other names:"
        " firmware_config/demo/mapping.toml is one with Chinese headers.",
    )


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(repr(column[:40]) for column in columns[:10])
