"""What lies where: each bag that has a place, in the sequence in which people walk along them."""

from __future__ import annotations

from collections.abc import Mapping

from edge.core.view import OrderView
from edge.flows.board import PlacedBag
from edge.flows.order_row import nobody_comes
from edge.flows.point import Point
from edge.store.lying import Lying, lying, orders_that_lie


def contents(point: Point) -> tuple[PlacedBag, ...]:
    """Every bag that is to be found at the point now, whatever its order's day and state."""
    walk = {place_id: step for step, place_id in enumerate(point.places)}
    with point.edge_file.snapshot() as seen:
        here, views = lying(seen), orders_that_lie(seen)
    known = {parcel.key: view for view in views for parcel in view.parcels}
    found = [_bag(parcel, known) for parcel in here]
    # Places that the cabinet has no more stand behind: their goods have to be found, too.
    return tuple(sorted(found, key=lambda bag: (walk.get(bag.place_id, len(walk)), bag.place_id)))


def _bag(parcel: Lying, known: Mapping[int, OrderView]) -> PlacedBag:
    view = known.get(parcel.parcel_key)
    if view is None:
        gone = bool(parcel.retired)
        return PlacedBag(parcel.place_id, parcel.parcel_id, parcel.order_id, gone)
    label = next(one.parcel.label for one in view.parcels if one.key == parcel.parcel_key)
    return PlacedBag(parcel.place_id, label, parcel.order_id, nobody_comes(view))
