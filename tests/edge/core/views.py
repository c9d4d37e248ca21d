"""Orders as the point sees them, for tests of what is decided about them."""

from __future__ import annotations

from datetime import datetime

from edge.core.order import Order
from edge.core.view import ConfirmedBy, HandOver, OrderView, Outcome, ParcelView, Trust
from tests.edge.core.samples import EVENING, order, parcel


def hand_over(
    position: int = 11,
    place_id: str = "7",
    outcome: Outcome | None = None,
    at: datetime | None = None,
    attempts: int = 1,
    reopens: int = 0,
) -> HandOver:
    return HandOver(
        position=position,
        place_id=place_id,
        trust=Trust.PASS_KNOWN,
        method="pass",
        released_at=EVENING,
        attempts=attempts,
        reopens=reopens,
        outcome=outcome,
        outcome_at=at,
        confirmed_by=ConfirmedBy.SENSOR if outcome is Outcome.COLLECTED else None,
    )


def collected(at: datetime = EVENING, *, position: int = 11, place_id: str = "7") -> HandOver:
    return hand_over(position, place_id, Outcome.COLLECTED, at)


def bag(
    name: str = "bag-1",
    place_id: str | None = "7",
    given: HandOver | None = None,
    *,
    received: bool = True,
    returned: bool = False,
) -> ParcelView:
    return ParcelView(1, parcel(name), received, returned, place_id, given)


def view(*bags: ParcelView, of: Order | None = None) -> OrderView:
    held = bags or (bag(),)
    return OrderView(1, of or order(*(entry.parcel for entry in held)), held)
