"""What lies where: each bag that has a place, in the sequence in which people walk along them."""

from __future__ import annotations

from edge.flows.board import PlacedBag
from edge.flows.order_row import is_here
from edge.flows.point import Point
from edge.store import orders


def contents(point: Point) -> tuple[PlacedBag, ...]:
    """Every bag that is to be found at the point now."""
    walk = {place_id: step for step, place_id in enumerate(point.places)}
    found = [
        PlacedBag(parcel.place_id, parcel.parcel.label, view.order.ref.order_id)
        for view in orders.board(point.edge_file, point.today())
        for parcel in view.parcels
        if parcel.place_id is not None and is_here(parcel)
    ]
    # Places that the cabinet has no more stand behind: their goods have to be found, too.
    return tuple(sorted(found, key=lambda bag: (walk.get(bag.place_id, len(walk)), bag.place_id)))
