"""Bringing a file to the newest schema: numbered, forward only, a step and its record together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import peewee
from peewee import SchemaManager

from edge.errors import StoreCorrupt
from edge.store import look_up
from edge.store.connection import raw, read_version
from edge.store.copying import copy_database
from edge.store.steps import find_by_code_and_customer
from edge.store.sync_tables import (
    SYNC_TABLES,
    DamagedEventRow,
    DeliveryRow,
    GrantedRow,
    LinkRow,
    MetaRow,
    ParkedCountRow,
    ParkedRow,
    ProvenRangeRow,
    WantedRow,
)
from edge.store.tables import (
    EDGE_TABLES,
    ChallengeRow,
    CommandRow,
    HeardRow,
    LookUpRow,
    NoticeRow,
    PrunedRow,
    RetriedRow,
    Table,
    WishRow,
)
from edge.store.transaction import Txn, transact

Step = Callable[[Txn], None]


def _nothing(txn: Txn) -> None:
    """Nothing to write into a new file."""


def _first_rows_of_sync(txn: Txn) -> None:
    generation = secrets.token_hex(8)
    MetaRow.insert(only=1, generation=generation, cursor=None, change=0).execute(txn.database)
    LinkRow.insert(only=1, state="offline").execute(txn.database)


@dataclass(frozen=True, slots=True)
class Schema:
    """What a new file gets, and the steps for older ones: `steps[n]` leads from n - 1 to n."""

    tables: Sequence[type[Table]]
    first_rows: Step = _nothing
    steps: Mapping[int, Step] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The newest schema's number."""
        return max(self.steps, default=1)


def _making(*tables: type[Table]) -> Step:
    def step(txn: Txn) -> None:
        for table in tables:
            SchemaManager(table, database=txn.database).create_all(safe=False)

    return step


def _let_orders_be_looked_up(txn: Txn) -> None:
    _making(LookUpRow)(txn)
    look_up.fill(txn)


EDGE = Schema(
    EDGE_TABLES,
    steps={
        2: _making(ChallengeRow, CommandRow, HeardRow, WishRow, NoticeRow),
        3: _let_orders_be_looked_up,
        4: find_by_code_and_customer,
        5: _making(PrunedRow),
        6: _making(RetriedRow),
    },
)
SYNC = Schema(
    SYNC_TABLES,
    first_rows=_first_rows_of_sync,
    steps={
        2: _making(DeliveryRow, WantedRow, GrantedRow),
        3: _making(DamagedEventRow),
        4: _making(ProvenRangeRow),
        5: _making(ParkedRow, ParkedCountRow),
    },
)

Kind = Literal["edge", "sync"]
SCHEMAS: Mapping[Kind, Schema] = {"edge": EDGE, "sync": SYNC}


def migrate(database: peewee.SqliteDatabase, path: Path, schema: Schema) -> None:
    """Make a new file's tables, or take an older file forward; refuse a newer or a foreign one."""
    version = read_version(database)
    if version == 0:
        transact(database, partial(_create, path, schema))
    elif version > schema.version:
        raise newer(path, version, schema.version)
    elif version < schema.version:
        _set_copy_aside(database, path, version)
        for number in range(version + 1, schema.version + 1):
            transact(database, partial(_step, schema, number))


def newer(path: Path, version: int, known: int) -> StoreCorrupt:
    """The error of a file that a newer program has written."""
    return StoreCorrupt(
        f"{path} has schema {version}; this program knows {known}.",
        "Install the newer program again; nothing was changed.",
    )


def _create(path: Path, schema: Schema, txn: Txn) -> None:
    if txn.rows("SELECT 1 FROM sqlite_master LIMIT 1"):
        raise StoreCorrupt(
            f"{path} holds tables that this program did not make.",
            "Use another data directory; nothing was changed.",
        )
    _making(*schema.tables)(txn)
    schema.first_rows(txn)
    _record(txn, schema.version)


def _step(schema: Schema, number: int, txn: Txn) -> None:
    schema.steps[number](txn)
    _record(txn, number)


def _record(txn: Txn, version: int) -> None:
    txn.execute(f"PRAGMA user_version = {version}")


def _set_copy_aside(database: peewee.SqliteDatabase, path: Path, version: int) -> None:
    copy_database(raw(database), path.with_name(f"{path.name}.v{version}"))
