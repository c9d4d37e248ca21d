"""A mapping file: other people's columns, points and words in terms of ours (TOML)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from edge.core.ids import is_point_id
from edge.core.order import CloudState, Zone
from edge.errors import ConfigError
from sync.cloud.importing.columns import LINE_COLUMNS, ORDER_COLUMNS, checked
from sync.cloud.importing.repair import DateOrder

COLUMNS = {column.name: column for column in (*ORDER_COLUMNS, *LINE_COLUMNS)}
STATE = "state"
"""Not a column of ours, but a word of other systems that a mapping may translate."""
_STATES = (CloudState.OPEN.value, CloudState.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """What a mapping file says; without a file it says nothing, and only our own words count."""

    given: bool = False
    date_order: DateOrder = DateOrder.YMD
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    pickup_dates: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, str] = field(default_factory=dict)


def read_mapping(path: Path) -> ImportMapping:
    """The file; ConfigError names the file, the key and its rule."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}.", "Name a mapping file that is there."
        ) from error
    except ValueError as error:
        raise ConfigError(f"{path} is not TOML: {error}.", "Correct it there.") from None
    reader = _Reader(path)
    unknown = [key for key in raw if key not in _TABLES and key != "date_order"]
    if unknown:
        known = ", ".join(("date_order", *_TABLES))
        reader.refuse(unknown[0], f"is not known; there are {known}")
    found: dict[str, Any] = {
        name: read(reader, name, raw[name]) for name, read in _TABLES.items() if name in raw
    }
    if "date_order" in raw:
        found["date_order"] = reader.date_order(raw["date_order"])
    mapping = ImportMapping(given=True, **found)
    reader.refuse_clashes(mapping)
    return mapping


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one file's tables; every breach names its key."""

    path: Path

    def refuse(self, key: str, rule: str) -> NoReturn:
        raise ConfigError(
            f"{self.path}: {key} {rule}.", "See 'pickup-cloud import --help' for mapping files."
        )

    def table(self, name: str, raw: object) -> dict[str, str]:
        """A table of texts; numbers are texts, too: an order cycle, a shop's id."""
        if not isinstance(raw, dict):
            self.refuse(name, "must be a table")
        for key, value in raw.items():
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                self.refuse(f'{name}."{key}"', "must be a text or a number")
        return {key: str(value).strip() for key, value in raw.items()}

    def columns(self, name: str, raw: object) -> dict[str, str]:
        table = self.table(name, raw)
        for key, ours in table.items():
            if ours not in COLUMNS:
                self.refuse(f'{name}."{key}"', f"names no column of ours: {ours!r}")
        return table

    def constants(self, name: str, raw: object) -> dict[str, str]:
        table = self.table(name, raw)
        for ours, text in table.items():
            self._check(f"{name}.{ours}", ours, text)
        return table

    def values(self, name: str, raw: object) -> dict[str, dict[str, str]]:
        if not isinstance(raw, dict):
            self.refuse(name, "must be a table of tables")
        tables = {ours: self.table(f"{name}.{ours}", table) for ours, table in raw.items()}
        for ours, table in tables.items():
            for theirs, text in table.items():
                self._check(f'{name}.{ours}."{theirs}"', ours, text)
        return tables

    def points(self, name: str, raw: object) -> dict[str, str]:
        return self._each(name, raw, is_point_id, "must be a point's id: 1 to 12 of a-z, 0-9, '-'")

    def zones(self, name: str, raw: object) -> dict[str, str]:
        return self._each(name, raw, lambda text: text in list(Zone), f"must be {', '.join(Zone)}")

    def pickup_dates(self, name: str, raw: object) -> dict[str, str]:
        if isinstance(raw, dict):
            # TOML has dates of its own: 2026-11-24 without quotes is one.
            raw = {key: str(value) for key, value in raw.items()}
        table = self.table(name, raw)
        for key, text in table.items():
            self._check(f'{name}."{key}"', "pickup_date", text)
        return table

    def meta(self, name: str, raw: object) -> dict[str, str]:
        table = self.table(name, raw)
        for ours in table:
            if ours not in COLUMNS:
                self.refuse(f"{name}.{ours}", "is no column of ours")
        return table

    def date_order(self, raw: object) -> DateOrder:
        if not isinstance(raw, str) or raw not in list(DateOrder):
            self.refuse("date_order", f"must be {', '.join(DateOrder)}")
        return DateOrder(raw)

    def refuse_clashes(self, mapping: ImportMapping) -> None:
        """A column cannot be read and be constant as well."""
        for theirs, ours in mapping.columns.items():
            if ours in mapping.constants:
                self.refuse(f"constants.{ours}", f'clashes with columns."{theirs}"')

    def _check(self, key: str, ours: str, text: str) -> None:
        if ours == STATE:
            if text not in _STATES:
                self.refuse(key, f"must be {' or '.join(_STATES)}")
            return
        if ours not in COLUMNS:
            self.refuse(key, f"is about no column of ours: {ours!r}")
        try:
            checked(COLUMNS[ours], text)
        except ValueError as error:
            self.refuse(key, f"breaks a rule: {error}")

    def _each(
        self, name: str, raw: object, good: Callable[[str], bool], rule: str
    ) -> dict[str, str]:
        table = self.table(name, raw)
        for key, text in table.items():
            if not good(text):
                self.refuse(f'{name}."{key}"', f"{rule}, not {text[:40]!r}")
        return table


_TABLES: Mapping[str, Callable[[_Reader, str, object], Any]] = {
    "columns": _Reader.columns,
    "constants": _Reader.constants,
    "points": _Reader.points,
    "values": _Reader.values,
    "zones": _Reader.zones,
    "pickup_dates": _Reader.pickup_dates,
    "meta": _Reader.meta,
}
