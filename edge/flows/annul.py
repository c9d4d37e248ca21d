"""Taking a hand-over back: a compensating event, never a deletion."""

from __future__ import annotations

from edge.core.order import advance
from edge.core.view import OrderView
from edge.flows import telling
from edge.flows.board import AnnulReason
from edge.flows.point import Point
from edge.store import journal
from edge.store.database import Txn


def annul(point: Point, position: int, reason: AnnulReason) -> OrderView | None:
    """The goods are (again) in their place: the order is ready as before; None if nothing to do."""

    def work(txn: Txn) -> OrderView | None:
        point.memory.in_flight.discard(position)
        view = journal.find_by_position(txn, position)
        parcel = None if view is None else view.with_hand_over(position)
        if view is None or parcel is None:
            return None
        release = journal.released_event(txn, position)
        event = telling.annulled(release, position, reason.value)
        told = point.outbox.append(txn, event, point.clock.now())
        journal.annul(txn, position, told)
        after = journal.find(txn, view.order.ref) or view
        advance(view.state, after.state)
        return after

    after = point.writer.call(work)
    point.news.bump()
    return after
