"""What the cloud sent and nobody here can read: kept with its bytes and its reason.

Rule: parking blocks nothing; a flood of it costs one commit a second, and is counted to the last.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from edge.core.moment import Moment
from edge.core.parked import Parked, ParkedFrom
from edge.store import parked
from edge.store.database import Txn, Writer

log = logging.getLogger(__name__)

LEAST_SECONDS = 1.0
"""Between two commits."""
MOST_AT_ONCE = parked.KEPT
"""Of what came in between, so many are kept; the others are counted."""


class Parking:
    """`passed` tells an instant that has surely passed, None where nobody knows one."""

    def __init__(
        self, writer: Writer, now: Callable[[], Moment], passed: Callable[[], datetime | None]
    ) -> None:
        self._writer = writer
        self._now = now
        self._passed = passed
        self._waiting: list[Parked] = []
        self._more: Counter[ParkedFrom] = Counter()
        self._write_at = 0.0

    def park(self, source: ParkedFrom, reason: str, body: bytes) -> None:
        """A message that could not be read."""
        if len(self._waiting) < MOST_AT_ONCE:
            log.warning("message_parked", extra={"source": source.value, "why": reason})
            self._waiting.append(Parked(source, reason, body))
        else:
            self._more[source] += 1

    def write(self, seconds: float) -> None:
        """Keep what came since the last time, if that was long enough ago."""
        if self._waiting and seconds >= self._write_at:
            self._write_at = seconds + LEAST_SECONDS
            self.flush()

    def flush(self) -> None:
        """Keep it now."""
        if not self._waiting:
            return
        moment, passed = self._now(), self._passed()

        def work(txn: Txn) -> None:
            parked.keep(txn, self._waiting, moment, passed)
            for source, times in self._more.items():
                parked.count(txn, source, times)

        self._writer.call(work)
        self._waiting, self._more = [], Counter()
