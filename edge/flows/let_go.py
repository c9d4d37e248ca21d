"""Old events leave, a few at a time, once the cloud's ledger has proven to hold them.

Rule: no wall clock decides. The cloud says how long it has them by its own clock, and the trusted
floor must agree, which no leap of ours can raise.
"""

from __future__ import annotations

import logging

from edge.core.event_range import KEPT, EventRange
from edge.flows.point import Point
from edge.store import floor, pruning, reconciled
from edge.store.transaction import Txn

log = logging.getLogger(__name__)


class LettingGo:
    """What the agent told is proven, and how far we came with it."""

    def __init__(self, point: Point) -> None:
        self._point = point
        self._waiting: list[EventRange] = []
        self._seen: set[EventRange] = set()

    def look(self) -> None:
        """See what the agent's file tells."""
        told = self._point.sync_file.ask(reconciled.proven)
        self._seen.intersection_update(told)
        self._waiting = [one for one in told if one not in self._seen]

    def step(self) -> int:
        """Let go of one range at most, in one short transaction; how many events that were."""
        if not self._waiting:
            return 0
        proven = self._waiting.pop()
        self._seen.add(proven)
        count = self._point.writer.call(lambda txn: _let_go(txn, proven))
        if count:
            log.info("events_let_go", extra={"epoch": proven.epoch, "events": count})
        return count


def _let_go(txn: Txn, proven: EventRange) -> int:
    passed = floor.trusted_floor(txn)
    return 0 if passed is None else pruning.prune(txn, proven, passed - KEPT)
