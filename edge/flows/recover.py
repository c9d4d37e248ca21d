"""Which hand-overs were committed but never seen to end, after a start too. Nothing opens here."""

from __future__ import annotations

from edge.core.forgetting import is_forgotten
from edge.core.masking import mask_name
from edge.core.order import OrderRef
from edge.core.view import HandOver, OrderView
from edge.flows.board import MaybeOpened
from edge.flows.point import Point
from edge.store import orders


def recover(point: Point) -> tuple[MaybeOpened, ...]:
    """The hand-overs that the leader has to look at; those on their way now are left out."""
    return tuple(
        _case(point, view, hand_over)
        for view, hand_over in orders.unconfirmed(point.edge_file)
        if hand_over.position not in point.memory.in_flight
    )


def unfinished(point: Point, ref: OrderRef) -> tuple[MaybeOpened, ...]:
    """That order's hand-overs whose end nobody has said yet, those on their way now too."""
    return tuple(
        _case(point, view, hand_over)
        for view, hand_over in orders.unconfirmed(point.edge_file)
        if view.order.ref == ref
    )


def _case(point: Point, view: OrderView, hand_over: HandOver) -> MaybeOpened:
    door = point.doors.states().get(hand_over.place_id)
    return MaybeOpened(
        position=hand_over.position,
        ref=view.order.ref,
        name_masked=mask_name(view.order.customer.name),
        place_id=hand_over.place_id,
        released_at=hand_over.released_at,
        door=door,
        moving=door is not None and hand_over.position in point.memory.in_flight,
        forgotten=is_forgotten(view.order),
    )
