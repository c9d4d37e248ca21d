"""Taking a hand-over back: a compensating event, never a deletion."""

from __future__ import annotations

from edge.core.order import advance
from edge.core.view import AnnulReason, OrderView
from edge.flows import telling
from edge.flows.confirm import landed
from edge.flows.point import Point
from edge.store import journal, orders, pruning
from edge.store.database import Txn


def annul(point: Point, position: int, reason: AnnulReason) -> OrderView | None:
    """Take a hand-over back: the goods lie in their place again, or went with somebody else.

    The order's new view, None if there is nothing to take back.
    """
    after = point.writer.call(lambda txn: take_back(point, txn, position, reason))
    point.news.bump()
    return after


def take_back(point: Point, txn: Txn, position: int, reason: AnnulReason) -> OrderView | None:
    """The same, inside the open transaction; what is long past is not taken back any more."""
    begun = landed(point, txn, position)
    if begun is None:
        return None
    if pruning.is_pruned(txn, position):
        return None
    view = begun.view
    release = journal.released_event(txn, position)
    event = telling.annulled(release, position, reason.value)
    told = point.outbox.append(txn, event, point.clock.now())
    journal.annul(txn, position, told)
    if reason is AnnulReason.WRONG_CUSTOMER:
        gone = point.outbox.append(txn, telling.returned(release), point.clock.now())
        orders.mark_returned(txn, begun.parcel.key, gone)
    after = journal.find(txn, view.order.ref) or view
    advance(view.state, after.state)
    return after
