"""Every day, while nothing happens, a copy of edge.db."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from edge.core.forgetting import CLAIM_WINDOW
from edge.core.moment import ClockQuality, Moment
from edge.errors import PointError
from edge.flows.point import Point
from edge.flows.quiet import Quiet
from edge.store.backups import Backup, back_up, backups, forget
from edge.store.connection import DATABASE_ERRORS
from edge.store.shredding import has_room

log = logging.getLogger(__name__)

DUE_AFTER = timedelta(hours=20)
"""A point that is switched off at night has its daily copy all the same."""
KEPT = 3
NO_ROOM, FAILED = "no_room", "failed"


class BackupKeeper:
    """Asked now and then; what goes wrong is seen in the point's health and stops nothing."""

    def __init__(self, point: Point, free: Callable[[Path], int] | None = None) -> None:
        self._point = point
        self._free = free
        self._quiet = Quiet(point)

    def look(self) -> None:
        """Forget what is too old; copy, if it is time and nothing happened since the last look."""
        try:
            self._look()
        except (PointError, OSError, *DATABASE_ERRORS) as error:
            log.error("backup_failed", extra={"why": str(error)})  # noqa: TRY400 - it says all
            self._point.memory.backup_trouble = FAILED

    def _look(self) -> None:
        moment, path = self._point.clock.now(), self._point.writer.path
        copies = backups(path)
        forget(path, [copy for copy in copies if _may_not_stay(copy, moment)])
        copies = [copy for copy in copies if not _may_not_stay(copy, moment)]
        if not self._quiet.since_last_asked() or not _is_due(copies, moment.wall):
            return
        if not has_room(path, self._free):
            self._point.memory.backup_trouble = NO_ROOM
            return
        copies.append(back_up(path, moment.wall))
        forget(path, copies[:-KEPT])
        self._point.memory.backup_trouble = None


def _may_not_stay(copy: Backup, moment: Moment) -> bool:
    # By a clock that nobody vouches for nothing is thrown away; their number is limited anyway.
    age = moment.wall - copy.made_at
    in_window = timedelta(0) <= age < CLAIM_WINDOW
    return moment.quality is ClockQuality.SYNCED and not in_window


def _is_due(copies: list[Backup], now: datetime) -> bool:
    return not copies or not timedelta(0) <= now - copies[-1].made_at < DUE_AFTER
