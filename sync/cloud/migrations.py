"""The cloud's tables, step by step: numbered, forward only, the same on every database."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from peewee import Database, Model

from edge.errors import StoreCorrupt
from sync.cloud import tables
from sync.cloud.changes import CHANGE, GENERATION
from sync.cloud.drivers.port import Driver

FIRST_TABLES = (
    tables.Fact,
    tables.Point,
    tables.CustomerOrder,
    tables.LedgerEntry,
    tables.Settled,
    tables.Closure,
    tables.Conflict,
)

OLD_DEAD_LETTERS = "parked_event"
"""Their table until version 9."""


def bring_up_to_date(driver: Driver, database: Database) -> None:
    """Take the steps that are missing, inside one transaction with their record."""
    found = driver.version(database)
    if found > len(STEPS):
        raise StoreCorrupt(
            f"{driver} was written by a newer version of this software.",
            f"Upgrade, or name another {driver.option}.",
        )
    for step in STEPS[found:]:
        step(database)
    if found < len(STEPS):
        driver.set_version(database, len(STEPS))


def _make_first_tables(database: Database) -> None:
    _make_tables(database, FIRST_TABLES)
    for name, value in ((GENERATION, secrets.token_hex(8)), (CHANGE, "0")):
        tables.Fact.insert(name=name, value=value).execute(database)


def _add_platforms(database: Database) -> None:
    _make_tables(database, (tables.Platform,))


def _add_commands(database: Database) -> None:
    _make_tables(database, (tables.CloudCommand,))


def _add_lost_events(database: Database) -> None:
    _make_tables(database, (tables.LostEvent,))


def _add_sub_passes(database: Database) -> None:
    _make_tables(database, (tables.SubPass,))


def _add_signs_of_life(database: Database) -> None:
    _make_tables(database, (tables.PointPresence, tables.PointStatus))


def _add_revocations(database: Database) -> None:
    _make_tables(database, (tables.Revocation,))


def _add_claims(database: Database) -> None:
    _make_tables(database, (tables.Claim,))


def _add_troubles(database: Database) -> None:
    _make_tables(database, (tables.PointTrouble, tables.PointTwin))


def _count_dead_letters(database: Database) -> None:
    _make_tables(database, (tables.DeadLetter,))
    if database.table_exists(OLD_DEAD_LETTERS):
        columns = "point_id, epoch, sequence, code, reason, topic, hash, body, received_ms"
        tables.update(
            database,
            f"INSERT INTO dead_letter ({columns}, times) SELECT {columns}, 1"  # noqa: S608 - our own names
            f" FROM {OLD_DEAD_LETTERS} ORDER BY entry",
        )
        tables.update(database, f"DROP TABLE {OLD_DEAD_LETTERS}")


def _make_tables(database: Database, models: Sequence[type[Model]]) -> None:
    with database.bind_ctx(models, bind_refs=False, bind_backrefs=False):
        for model in models:
            model.create_table()


STEPS: Sequence[Callable[[Database], None]] = (
    _make_first_tables,
    _add_platforms,
    _add_lost_events,
    _add_commands,
    _add_sub_passes,
    _add_signs_of_life,
    _add_revocations,
    _add_claims,
    _add_troubles,
    _count_dead_letters,
)
"""A database of version n has taken the first n."""
