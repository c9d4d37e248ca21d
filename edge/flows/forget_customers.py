"""When its claim window is over, an order no longer says whose it was: a few at a time, quietly.

Rule: no wall clock decides. The trusted floor must have passed the end, and no leap of ours can
raise that.
"""

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
from edge.store import floor, forgetting
from edge.store.connection import DATABASE_ERRORS
from edge.store.copies import date_back, forget_copies
from edge.store.shredding import SHREDDED_EVERY_SECONDS, has_room

log = logging.getLogger(__name__)

ORDERS_PER_COMMIT = 5
"""A customer who scans meanwhile waits for one of these commits at most."""
MUST_AGREE_WITHIN = timedelta(days=1)
NO_ROOM, FAILED = "no_room", "failed"


class Forgetting:
    """Asked now and then; what goes wrong is seen in the point's health and stops nothing."""

    def __init__(self, point: Point, free: Callable[[Path], int] | None = None) -> None:
        self._point = point
        self._free = free
        self._quiet = Quiet(point)
        self._done_until: datetime | None = None
        # What a crash left of deleted rows nobody knows.
        self._may_name = True
        self._shredded_at: float | None = None

    def look(self) -> None:
        """Forget what is due, if nothing happened since the last look."""
        try:
            self._look()
        except (PointError, OSError, *DATABASE_ERRORS) as error:
            log.error("not_forgotten", extra={"why": str(error)})  # noqa: TRY400 - it says all
            self._point.memory.forgetting_trouble = FAILED

    def _look(self) -> None:
        passed = floor.trusted_floor(self._point.edge_file)
        if not self._quiet.since_last_asked() or passed is None:
            return
        self._forget_old_copies(passed)
        if self._forget_orders(passed) and self._shred():
            self._point.memory.forgotten_at = self._point.clock.now().wall
            self._point.memory.forgetting_trouble = None

    def _forget_old_copies(self, passed: datetime) -> None:
        path, moment = self._point.writer.path, self._point.clock.now()
        if _agree(moment, passed):
            date_back(path, moment.wall)
        self._forget_copies(passed - CLAIM_WINDOW)

    def _forget_copies(self, made_until: datetime | None = None) -> None:
        if count := forget_copies(self._point.writer.path, made_until):
            log.info("copies_deleted", extra={"copies": count})

    def _forget_orders(self, passed: datetime) -> bool:
        """Whether nothing is left that is due; somebody who comes meanwhile ends it early."""
        if passed == self._done_until:
            return True
        keys = forgetting.due(self._point.edge_file, passed)
        if keys:
            # They hold these orders, too, and the ones set aside cannot be written again.
            self._forget_copies()
        while keys:
            now, keys = keys[:ORDERS_PER_COMMIT], keys[ORDERS_PER_COMMIT:]
            self._forget(now, passed)
            if not self._quiet.since_last_asked():
                return False
        self._done_until = passed
        return True

    def _forget(self, keys: list[int], passed: datetime) -> None:
        self._may_name = True
        count = self._point.writer.call(lambda txn: forgetting.forget(txn, keys, passed))
        log.info("customers_forgotten", extra={"orders": count})

    def _shred(self) -> bool:
        """Whether no byte is left of what was forgotten."""
        seconds, shredded_at = self._point.clock.seconds(), self._shredded_at
        if not self._may_name:
            return True
        if shredded_at is not None and seconds - shredded_at < SHREDDED_EVERY_SECONDS:
            return False
        if not has_room(self._point.writer.path, self._free):
            self._point.memory.forgetting_trouble = NO_ROOM
            return False
        if self._point.writer.shred():
            self._may_name, self._shredded_at = False, seconds
        return not self._may_name


def _agree(moment: Moment, passed: datetime) -> bool:
    synced = moment.quality is ClockQuality.SYNCED
    return synced and abs(moment.wall - passed) <= MUST_AGREE_WITHIN
