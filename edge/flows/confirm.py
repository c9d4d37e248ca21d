"""The door's answer, committed: opened or stuck; what a door does beside that is told as it is."""

from __future__ import annotations

from dataclasses import dataclass

from edge.core.events import EventType
from edge.core.view import ConfirmedBy, HandOver, OrderView, Outcome, ParcelView
from edge.devices.cabinet import DoorReport, ReportKind
from edge.flows import closure, telling
from edge.flows.mend import find
from edge.flows.point import Point
from edge.store import door_notes, journal
from edge.store.database import Txn

STUCK_BEFORE_BLOCKED = 2
"""Hand-overs in a row that a door may fail before the leader has to look at it."""


@dataclass(frozen=True, slots=True)
class Landed:
    """A hand-over that moves no more, with its order and its parcel."""

    view: OrderView
    parcel: ParcelView
    hand_over: HandOver


def landed(point: Point, txn: Txn, position: int) -> Landed | None:
    """Take a hand-over out of flight; None for one that was taken back, or was never one."""
    point.memory.in_flight.discard(position)
    ref = journal.whose(txn, position)
    view = None if ref is None else find(point, txn, ref)
    parcel = None if view is None else view.with_hand_over(position)
    if view is None or parcel is None or parcel.hand_over is None:
        return None
    return Landed(view, parcel, parcel.hand_over)


def confirm(point: Point, position: int, by: ConfirmedBy) -> OrderView | None:
    """The goods were seen to go; the order's new view.

    A re-opened door reports a second time, and a door may answer after the leader did:
    a hand-over that is already collected, or taken back, stays as it is.
    """

    def work(txn: Txn) -> OrderView | None:
        begun = landed(point, txn, position)
        if begun is None:
            return None
        view, hand_over = begun.view, begun.hand_over
        point.memory.failures.pop(hand_over.place_id, None)
        if hand_over.outcome is Outcome.COLLECTED:
            return view
        now = point.clock.now()
        return closure.settle(point, txn, view, position, Outcome.COLLECTED, by, now)

    return point.writer.call(work)


def report_stuck(point: Point, position: int) -> OrderView | None:
    """The door did not open: the goods are still behind it, and the next scan tries again."""

    def work(txn: Txn) -> OrderView | None:
        begun = landed(point, txn, position)
        if begun is None:
            return None
        view, hand_over = begun.view, begun.hand_over
        if hand_over.outcome is Outcome.COLLECTED:
            return view
        _count_failure(point, txn, hand_over.place_id)
        now = point.clock.now()
        return closure.settle(point, txn, view, position, Outcome.STUCK, None, now)

    return point.writer.call(work)


def note_door(point: Point, report: DoorReport) -> None:
    """A door left open, or opened by nobody's command: told to the cloud, nothing else changes."""
    kinds = {
        ReportKind.LEFT_OPEN: EventType.DOOR_LEFT_OPEN,
        ReportKind.FORCED: EventType.DOOR_FORCED,
    }
    event = telling.door(kinds[report.kind], report.place_id, report.token)
    point.writer.call(lambda txn: point.outbox.append(txn, event, point.clock.now()))


def _count_failure(point: Point, txn: Txn, place_id: str) -> None:
    failures = point.memory.failures
    failures[place_id] = failures.get(place_id, 0) + 1
    if failures[place_id] >= STUCK_BEFORE_BLOCKED:
        door_notes.block(txn, place_id, "stuck", point.clock.now())
        point.memory.blocked = door_notes.blocked(txn)
