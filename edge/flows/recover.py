"""After a start: which hand-overs were committed but never seen to end. Nothing opens here."""

from __future__ import annotations

from edge.core.masking import mask_name
from edge.flows.board import MaybeOpened
from edge.flows.point import Point
from edge.store import orders


def recover(point: Point) -> tuple[MaybeOpened, ...]:
    """The hand-overs that the leader has to look at; those whose door moves now are left out."""
    states = point.doors.states()
    return tuple(
        MaybeOpened(
            position=hand_over.position,
            ref=view.order.ref,
            name_masked=mask_name(view.order.customer.name),
            place_id=hand_over.place_id,
            released_at=hand_over.released_at,
            door=states.get(hand_over.place_id),
        )
        for view, hand_over in orders.unconfirmed(point.edge_file)
        if hand_over.position not in point.memory.in_flight
    )
