"""What points say of themselves now: whether they are there, and how they are.

Rule: birth and will of a connection are paired by boot and counter; a word of an earlier
connection, however late it comes, changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from peewee import Database

from edge.core.moment import instant_from_ms, rfc3339
from sync.cloud import twins
from sync.cloud.tables import PointPresence, PointStatus, PointTrouble, insert, select
from sync.contract import Presence, Status

log = logging.getLogger(__name__)

Table = type[PointPresence] | type[PointStatus] | type[PointTrouble]
Sign = dict[str, Any]
"""One of them as programs get it."""


def keep(database: Database, point_id: str, sign: Presence | Status, now: datetime) -> None:
    """Keep it where it is newer than what is kept, inside the open transaction."""
    if isinstance(sign, Presence):
        _keep_presence(database, point_id, sign, now)
    else:
        _keep_status(database, point_id, sign, now)
        _keep_trouble(database, point_id, sign.trouble, now)


def presences(database: Database, most: int = -1) -> dict[str, Sign]:
    """The newest birth or will of each point, by its id."""
    return {row.pop("point_id"): _presence(row) for row in _rows(database, PointPresence, most)}


def statuses(database: Database, most: int = -1) -> dict[str, Sign]:
    """The newest status of each point, by its id."""
    return {row.pop("point_id"): _status(row) for row in _rows(database, PointStatus, most)}


def troubles(database: Database, most: int = -1) -> dict[str, Sign]:
    """What is wrong with the line of each point that says so, by its id."""
    return {row.pop("point_id"): _trouble(row) for row in _rows(database, PointTrouble, most)}


def _keep_presence(database: Database, point_id: str, told: Presence, now: datetime) -> None:
    sql = "SELECT online, boot, counter, previous_boot FROM point_presence WHERE point_id = ?"
    previous_boot = None
    for online, boot, counter, boot_before in select(database, sql, point_id):
        is_back = told.boot == boot_before and twins.is_back(database, point_id, told, now)
        if not (is_back or _is_newer(told, boot, (counter, not online), boot_before)):
            return
        if told.boot != boot:
            twins.note_gone(database, point_id, boot, counter)
        previous_boot = boot_before if told.boot == boot else boot
    row = {
        "point_id": point_id,
        "online": told.online,
        "boot": told.boot,
        "counter": told.counter,
        "previous_boot": previous_boot,
        "since_ms": _ms(told.since),
        "version": told.version,
        "heard_ms": _ms(now),
    }
    _replace(database, PointPresence, row)


def _is_newer(
    told: Presence, boot: str, last_word: tuple[int, bool], previous_boot: str | None
) -> bool:
    """Whether it was said after what is kept: a will ends the connection of its own birth."""
    if told.boot == boot:
        return (told.counter, not told.online) > last_word
    # No boot ever comes back: what still speaks of the one before was under way for long.
    return told.boot != previous_boot


def _keep_status(database: Database, point_id: str, told: Status, now: datetime) -> None:
    said = {
        "unsent": told.unsent,
        "oldest_unsent_ms": _ms(told.oldest_unsent),
        "set_aside": told.set_aside,
        "clock_quality": told.clock_quality,
    }
    sql = "SELECT unsent, oldest_unsent_ms, set_aside, clock_quality FROM point_status"
    known = select(database, f"{sql} WHERE point_id = ?", point_id)
    # The broker repeats a retained one at each of our connections: that is no news of the point.
    if known != [tuple(said.values())]:
        _replace(database, PointStatus, {"point_id": point_id, **said, "heard_ms": _ms(now)})


def _keep_trouble(database: Database, point_id: str, code: str | None, now: datetime) -> None:
    known = select(database, "SELECT trouble FROM point_trouble WHERE point_id = ?", point_id)
    if known == ([] if code is None else [(code,)]):
        return
    if code is None:
        PointTrouble.delete().where(PointTrouble.point_id == point_id).execute(database)
        return
    _replace(database, PointTrouble, {"point_id": point_id, "trouble": code, "since_ms": _ms(now)})
    log.warning("point_in_trouble", extra={"point": point_id, "trouble": code})


def _replace(database: Database, table: Table, row: Mapping[str, object]) -> None:
    table.delete().where(table.point_id == row["point_id"]).execute(database)
    insert(database, table, row)


def _rows(database: Database, table: Table, most: int) -> Iterator[dict[str, Any]]:
    query = table.select().order_by(table.point_id)
    if most >= 0:
        query = query.limit(most)
    yield from query.dicts().execute(database)


def _presence(row: Mapping[str, Any]) -> Sign:
    return {
        "state": "online" if row["online"] else "offline",
        "since": _moment(row["heard_ms"]),
        "point_says_since": _moment(row["since_ms"]),
        "version": row["version"],
    }


def _status(row: Mapping[str, Any]) -> Sign:
    return {
        "unsent": row["unsent"],
        "oldest_unsent": _moment(row["oldest_unsent_ms"]),
        "set_aside": row["set_aside"],
        "clock_quality": row["clock_quality"],
        "since": _moment(row["heard_ms"]),
    }


def _trouble(row: Mapping[str, Any]) -> Sign:
    return {"code": row["trouble"], "since": _moment(row["since_ms"])}


def _ms(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp() * 1000)


def _moment(ms: int | None) -> str | None:
    return None if ms is None else rfc3339(instant_from_ms(ms))
