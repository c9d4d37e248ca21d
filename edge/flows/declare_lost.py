"""A row that the agent found damaged is declared lost, once, with its place in the chain."""

from __future__ import annotations

import logging

from edge.flows import telling
from edge.flows.point import Point
from edge.store import inbox
from edge.store.outbox import damaged_event, declared_lost
from edge.store.transaction import Txn

log = logging.getLogger(__name__)

LOSSES_PER_TURN = 20
"""A customer who scans meanwhile waits for the search after these at most."""


def declare_lost(point: Point) -> int:
    """Write an event for each loss that no event tells of yet; how many were written."""
    found = point.sync_file.ask(inbox.damaged_events)
    fresh = [place for place in found if place not in point.memory.declared_lost]
    if not fresh:
        return 0

    def work(txn: Txn) -> int:
        return sum(_declare(txn, point, *place) for place in fresh[:LOSSES_PER_TURN])

    count = point.writer.call(work)
    point.memory.declared_lost.update(fresh[:LOSSES_PER_TURN])
    return count


def _declare(txn: Txn, point: Point, epoch: str, sequence: int) -> bool:
    # The agent only points at a row: what is wrong with it is seen in our own file.
    damaged = damaged_event(txn, epoch, sequence)
    if damaged is None or declared_lost(txn, damaged):
        return False
    log.error("event_declared_lost", extra={"sequence": sequence, "epoch": epoch})
    point.outbox.append(txn, telling.lost(damaged), point.clock.now())
    return True
