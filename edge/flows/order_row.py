"""An order as one row of the leader's lists."""

from __future__ import annotations

from edge.core.forgetting import is_forgotten
from edge.core.masking import mask_name
from edge.core.order import CloudState, OrderState, Progress
from edge.core.view import OrderView, ParcelView
from edge.flows.board import BoardOrder

HANDABLE = frozenset({OrderState.EXPECTED, OrderState.READY, OrderState.PARTLY_COLLECTED})


def order_row(view: OrderView) -> BoardOrder:
    """What the leader may see of an order without asking for more."""
    return BoardOrder(
        ref=view.order.ref,
        state=view.state,
        name_masked=mask_name(view.order.customer.name),
        phone_last3=view.order.customer.phone_last3,
        places=places_of(view),
        zones=tuple(parcel.parcel.zone for parcel in view.parcels),
        parcels=len(view.parcels),
        received=view.received,
        first_item=view.order.lines[0].name if view.order.lines else "",
        may_hand_over=view.state in HANDABLE and not nobody_comes(view),
        due=view.order.payment if view.owes else None,
        left_over=_left_over(view),
        forgotten=is_forgotten(view.order),
    )


def nobody_comes(view: OrderView) -> bool:
    """Whether what is left of it here was cancelled, or moved to another point."""
    return view.order.cloud_state is not CloudState.OPEN


def places_of(view: OrderView) -> tuple[str, ...]:
    """Where its goods lie that are still here."""
    here = [parcel.place_id for parcel in view.parcels if is_here(parcel)]
    return tuple(place_id for place_id in here if place_id is not None)


def is_here(parcel: ParcelView) -> bool:
    """Whether nobody was seen to take it yet."""
    return parcel.progress is not Progress.COLLECTED


def _left_over(view: OrderView) -> tuple[str, ...]:
    # What was released is asked about first: it may be gone.
    over = view.parcels if nobody_comes(view) else ()
    lie = [parcel.place_id for parcel in over if parcel.progress is Progress.PLACED]
    return tuple(place_id for place_id in lie if place_id is not None)
