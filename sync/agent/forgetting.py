"""What the cloud told of customers leaves the agent's file when their claim window is over.

Rule: the kiosk's trusted floor decides, which no wrong clock can raise; no clock of ours does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from edge.core.forgetting import CLAIM_WINDOW
from edge.errors import StoreBusy, StoreCorrupt
from edge.store import floor, forgetting, parked
from edge.store.connection import DATABASE_ERRORS
from edge.store.copies import forget_copies
from edge.store.database import Reader, Writer
from edge.store.outbox import newest_position
from edge.store.shredding import SHREDDED_EVERY_SECONDS, has_room

log = logging.getLogger(__name__)

LOOK_SECONDS = 300.0
ORDERS_PER_STEP = 100


class Forgetting:
    """A few orders a step; what SQLite leaves of them while nothing happens at the point."""

    def __init__(
        self, *, edge: Reader, writer: Writer, free: Callable[[Path], int] | None = None
    ) -> None:
        self._edge = edge
        self._writer = writer
        self._free = free
        self._look_at = self._shred_at = 0.0
        self._seen: int | None = None
        self._passed: datetime | None = None
        self._after: int | None = None
        # What a crash left of deleted rows nobody knows.
        self._may_name = True

    def passed(self) -> datetime | None:
        """An instant that has surely passed, as the kiosk knows it; None where nobody does."""
        try:
            return floor.trusted_floor(self._edge)
        except (StoreBusy, StoreCorrupt):
            return None

    def step(self, seconds: float) -> None:
        """Look at the next few orders, if it is time."""
        if self._after is None and seconds >= self._look_at:
            self._look_at = seconds + LOOK_SECONDS
            self._look(seconds)
        if self._after is not None and self._passed is not None:
            self._go_on(self._after, self._passed)

    def _look(self, seconds: float) -> None:
        passed = self.passed()
        if passed is None:
            return
        is_quiet = self._is_quiet()
        if passed != self._passed:
            self._passed, self._after = passed, 0
        elif is_quiet and seconds >= self._shred_at:
            self._shred(seconds)

    def _is_quiet(self) -> bool:
        # Whoever is at the door waits for the same card.
        try:
            before, self._seen = self._seen, newest_position(self._edge)
        except (StoreBusy, StoreCorrupt):
            return False
        return before == self._seen

    def _go_on(self, after: int, passed: datetime) -> None:
        reached = self._writer.call(
            lambda txn: forgetting.forget_told(txn, passed, after, ORDERS_PER_STEP)
        )
        self._after = reached.then
        if reached.forgotten:
            self._may_name = True
            self._forget_copies(None)
            log.info("customers_forgotten", extra={"orders": reached.forgotten})
        if reached.then is None:
            self._forget_parked(passed - CLAIM_WINDOW)
            self._forget_copies(passed - CLAIM_WINDOW)

    def _forget_parked(self, parked_until: datetime) -> None:
        if self._writer.call(lambda txn: parked.forget(txn, parked_until)):
            self._may_name = True

    def _forget_copies(self, made_until: datetime | None) -> None:
        try:
            forget_copies(self._writer.path, made_until)
        except OSError as error:
            log.warning("copies_stay", extra={"why": str(error)})

    def _shred(self, seconds: float) -> None:
        if not self._may_name or not has_room(self._writer.path, self._free):
            return
        try:
            self._may_name = not self._writer.shred()
        except (StoreBusy, *DATABASE_ERRORS) as error:
            log.warning("not_shredded", extra={"why": str(error)})
        if not self._may_name:
            self._shred_at = seconds + SHREDDED_EVERY_SECONDS
