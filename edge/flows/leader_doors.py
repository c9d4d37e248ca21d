"""What the leader does to doors, beside handing over: recorded before anything moves."""

from __future__ import annotations

from edge.core.events import Event, EventType
from edge.core.places import PlaceKind
from edge.devices.cabinet import DoorState
from edge.errors import UnknownCompartment
from edge.flows.moving import is_moving
from edge.flows.point import Point
from edge.store import door_notes, orders
from edge.store.database import Txn


def unblock_door(point: Point, place_id: str) -> None:
    """The leader looked at a door: it may be used again."""

    def work(txn: Txn) -> None:
        door_notes.unblock(txn, place_id)
        point.memory.failures.pop(place_id, None)
        point.memory.blocked = door_notes.blocked(txn)
        _tell(point, txn, place_id, "unblock")

    point.writer.call(work)
    point.news.bump()


def open_for_leader(point: Point, place_id: str) -> None:
    """Commit who opens which door, then open it; one that opens is left to whom it opens for."""
    place = point.places.get(place_id)
    if place is None or place.kind is not PlaceKind.DOOR:
        raise UnknownCompartment(f"There is no door {place_id!r} here.", "Choose one of the list.")
    if point.doors.states().get(place_id) is DoorState.OPEN:
        return

    def work(txn: Txn) -> int | None:
        return None if is_moving(point, txn, place_id) else _tell(point, txn, place_id, "open")

    position = point.writer.call(work)
    if position is not None:
        point.doors.unlock(place_id, position)


def clear_place(point: Point, place_id: str) -> None:
    """The leader took the goods out: the place is free, and their order waits for another."""

    def work(txn: Txn) -> None:
        _tell(point, txn, place_id, "clear")
        orders.clear(txn, place_id)

    point.writer.call(work)
    point.news.bump()


def _tell(point: Point, txn: Txn, place_id: str, what: str) -> int:
    if place_id not in point.places:
        raise UnknownCompartment(f"There is no place {place_id!r} here.", "Choose one of the list.")
    event = Event(EventType.LEADER_OVERRIDE, None, {"place": place_id, "what": what})
    return point.outbox.append(txn, event, point.clock.now())
