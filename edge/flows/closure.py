"""The second commit of a hand-over: its outcome, with the event that tells it."""

from __future__ import annotations

from edge.core.moment import Moment
from edge.core.order import Progress, advance
from edge.core.view import ConfirmedBy, OrderView, Outcome
from edge.flows import telling
from edge.flows.point import Point
from edge.store import journal
from edge.store.database import Txn


def settle(
    point: Point,
    txn: Txn,
    view: OrderView,
    position: int,
    outcome: Outcome,
    by: ConfirmedBy | None,
    moment: Moment,
) -> OrderView:
    """Record what became of a released hand-over (`by` is None for a stuck one); the new view."""
    release = journal.released_event(txn, position)
    if by is not None:
        shown, whole = journal.presented_event(txn, position), _last_parcel(view, position)
        event = telling.collected(release, shown, position, by, whole=whole)
    else:
        event = telling.stuck(release, position)
    told = point.outbox.append(txn, event, moment)
    journal.settle(txn, position, outcome, told, moment, by)
    if outcome is Outcome.COLLECTED:
        point.memory.note_collected(position, moment.boot_seconds)
    after = journal.find(txn, view.order.ref) or view
    advance(view.state, after.state)
    return after


def _last_parcel(view: OrderView, position: int) -> bool:
    mine = view.with_hand_over(position)
    return all(
        parcel.progress is Progress.COLLECTED for parcel in view.parcels if parcel is not mine
    )
