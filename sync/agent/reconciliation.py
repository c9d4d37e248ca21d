"""Once a day: what the ledger proves to hold is told to the kiosk, which may let go of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from random import Random

from edge.core.event_range import KEPT, EventRange
from edge.core.parked import ParkedFrom
from edge.core.trouble import Trouble
from edge.errors import StoreBusy, StoreCorrupt
from edge.store import inbox, pruning, reconciled
from edge.store.database import Reader, Writer
from sync.agent.line import Line
from sync.agent.parking import Parking
from sync.contract.reconciliation import MAX_RANGES, LedgerRange
from sync.https import Failed
from sync.reconciling import Asked, Reconciled

log = logging.getLogger(__name__)

DAY_SECONDS = 24 * 3600.0
FIRST_SECONDS = 600.0
"""After a start, about: others who start now are busy with other things, too."""
NEXT_SECONDS = 1.0
RETRY_SECONDS = 900.0


class Reconciliation:
    """One round a day over all that is on file; `ask` starts a question, answered to `take`."""

    def __init__(
        self,
        *,
        edge: Reader,
        writer: Writer,
        line: Line,
        parking: Parking,
        ask: Callable[[Asked], None],
        random: Random,
        first_seconds: float = FIRST_SECONDS,
    ) -> None:
        self._edge = edge
        self._writer = writer
        self._line = line
        self._parking = parking
        self._ask = ask
        self._random = random
        self._at: float | None = None
        self._first_seconds = first_seconds
        self._is_waiting = False
        self._after = 0
        self._then: int | None = None
        self._differs = 0
        self._is_new_round = True

    def step(self, seconds: float) -> None:
        """Ask if it is time."""
        if self._at is None:
            self._at = seconds + self._first_seconds * self._random.uniform(0.5, 1.5)
        if self._is_waiting or seconds < self._at:
            return
        try:
            found = self._look()
        except (StoreBusy, StoreCorrupt) as error:
            self._put_off(error.what, seconds)
            return
        self._then = found.then
        if found.ranges:
            self._is_waiting = True
            self._ask(tuple(found.ranges))
        else:
            self._go_on(seconds)

    def take(self, reconciled_now: Reconciled, seconds: float) -> None:
        """The answer to a question."""
        self._is_waiting = False
        answer = reconciled_now.answer
        if isinstance(answer, Failed):
            if answer.body is not None:
                self._parking.park(ParkedFrom.ANSWER, answer.reason, answer.body)
            self._put_off(answer.reason, seconds)
            return
        pairs = list(zip(reconciled_now.asked, answer, strict=True))
        self._differs += sum(not found.proves(held) for held, found in pairs)
        old = [held for held, found in pairs if found.proves(held) and _is_old(found)]
        self._tell(old)
        self._go_on(seconds)

    def _look(self) -> pruning.Held:
        settled = self._writer.call(inbox.settled)
        return pruning.held(self._edge, settled, self._after, MAX_RANGES)

    def _tell(self, ranges: list[EventRange]) -> None:
        # The first word of a round takes back what the last round told.
        anew, self._is_new_round = self._is_new_round, False
        self._writer.call(lambda txn: reconciled.keep(txn, ranges, anew=anew))

    def _go_on(self, seconds: float) -> None:
        if self._then is not None:
            self._after, self._at = self._then, seconds + NEXT_SECONDS
            return
        self._tell([])
        log.info("reconciled", extra={"ranges_that_differ": self._differs})
        if self._differs:
            log.error("ledger_differs", extra={"ranges": self._differs})
        self._line.trouble("ledger", Trouble.LEDGER_DIFFERS if self._differs else None)
        self._after, self._differs, self._is_new_round = 0, 0, True
        self._at = seconds + DAY_SECONDS * self._random.uniform(0.9, 1.1)

    def _put_off(self, why: str, seconds: float) -> None:
        log.info("not_reconciled", extra={"why": why})
        self._at = seconds + RETRY_SECONDS * self._random.uniform(0.5, 1.5)


def _is_old(found: LedgerRange) -> bool:
    return found.age_seconds is not None and found.age_seconds >= KEPT.total_seconds()
