"""A place for each received parcel: a free door by size and zone, else a shelf place."""

from __future__ import annotations

from dataclasses import dataclass

from edge.core.order import Progress
from edge.core.places import Place, PlaceKind, allocate
from edge.core.view import OrderView, ParcelView
from edge.devices.cabinet import DoorState
from edge.flows import telling
from edge.flows.board import PlacedBag
from edge.flows.point import Point
from edge.store import orders
from edge.store.database import Txn


@dataclass(frozen=True, slots=True)
class PutAway:
    """What was placed now, in walking order, and how many orders still wait."""

    assignments: tuple[PlacedBag, ...]
    waiting: int


def put_away(point: Point) -> PutAway:
    """Place what was received, oldest order first; an order gets all its places or waits whole.

    READY and its event commit together; called again, it places what found no room before.
    """

    def work(txn: Txn) -> PutAway:
        free = _free_places(point, txn)
        placed: list[PlacedBag] = []
        waiting = 0
        for view in sorted(_outstanding(point, txn), key=lambda view: view.order.ordered_at):
            chosen = allocate([parcel.parcel for parcel in _unplaced(view)], free.values())
            if chosen is None:
                waiting += 1
                continue
            for parcel in _unplaced(view):
                place = chosen[parcel.parcel.parcel_id]
                del free[place.place_id]
                _place(point, txn, view, parcel, place)
                label = parcel.parcel.label
                placed.append(PlacedBag(place.place_id, label, view.order.ref.order_id))
        walk = list(point.places)
        return PutAway(tuple(sorted(placed, key=lambda row: walk.index(row[0]))), waiting)

    result = point.writer.call(work)
    point.news.bump()
    return result


def _place(point: Point, txn: Txn, view: OrderView, parcel: ParcelView, place: Place) -> None:
    event = telling.put_away(view, parcel, place.place_id)
    position = point.outbox.append(txn, event, point.clock.now())
    orders.put_away(txn, parcel.key, place.place_id, position)


def _outstanding(point: Point, txn: Txn) -> list[OrderView]:
    return [view for view in orders.outstanding(txn) if view.order.point_id == point.id]


def _unplaced(view: OrderView) -> list[ParcelView]:
    return [parcel for parcel in view.parcels if parcel.progress is Progress.WAITING]


def _free_places(point: Point, txn: Txn) -> dict[str, Place]:
    """Places nobody's goods lie in, in working order, and not standing open."""
    taken, faults, states = orders.occupied(txn), point.facts().faults, point.doors.states()
    return {
        place.place_id: place
        for place in point.places.values()
        if place.place_id not in taken
        and place.place_id not in faults
        and not (place.kind is PlaceKind.DOOR and states.get(place.place_id) is DoorState.OPEN)
    }
