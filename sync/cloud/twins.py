"""Two devices under one point's name: the broker keeps one, and each pushes the other off.

A birth of a boot that another one has followed is such a turn, unless it was only late: then its
counter is no newer than what was heard of that boot.
"""

from __future__ import annotations

import logging
from datetime import datetime

from peewee import Database

from sync.cloud.tables import PointTwin, insert, select
from sync.contract import Presence

log = logging.getLogger(__name__)

RETURNS = 2
CLOSE_MS = 600_000
"""So many returns, each within this time of the one before, are two devices."""
REMEDY = "Switch one of them off; if it is none of yours, revoke the point and add it anew."


def note_gone(database: Database, point_id: str, boot: str, counter: int) -> None:
    """Another boot has followed this one, which had come so far."""
    returns, returned_ms = _known(database, point_id)
    _replace(database, point_id, boot, (counter, returns, returned_ms))


def is_back(database: Database, point_id: str, told: Presence, now: datetime) -> bool:
    """Whether the boot before, which speaks, is one of two that take turns."""
    sql = "SELECT counter FROM point_twin WHERE point_id = ? AND boot = ?"
    found = select(database, sql, point_id, told.boot)
    if not (told.online and found and told.counter > found[0][0]):
        return False
    returns, returned_ms = _known(database, point_id)
    now_ms = _ms(now)
    returns = returns + 1 if abs(now_ms - returned_ms) < CLOSE_MS else 1
    _replace(database, point_id, told.boot, (told.counter, returns, now_ms))
    if returns == RETURNS:
        log.error("second_device", extra={"point": point_id, "remedy": REMEDY})
    return returns >= RETURNS


def are_there(database: Database, point_id: str, now: datetime) -> bool:
    """Whether two devices took turns lately."""
    returns, returned_ms = _known(database, point_id)
    # A clock that was set back must not show them for ever.
    return returns >= RETURNS and abs(_ms(now) - returned_ms) < CLOSE_MS


def _known(database: Database, point_id: str) -> tuple[int, int]:
    sql = "SELECT returns, returned_ms FROM point_twin WHERE point_id = ?"
    for returns, returned_ms in select(database, sql, point_id):
        return returns, returned_ms
    return 0, 0


def _replace(database: Database, point_id: str, boot: str, figures: tuple[int, int, int]) -> None:
    counter, returns, returned_ms = figures
    PointTwin.delete().where(PointTwin.point_id == point_id).execute(database)
    row = {
        "point_id": point_id,
        "boot": boot,
        "counter": counter,
        "returns": returns,
        "returned_ms": returned_ms,
    }
    insert(database, PointTwin, row)


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
