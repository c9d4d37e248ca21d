"""Places where a parcel can wait, and which parcel goes where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from edge.core.order import Parcel, Size, Zone

COUNTER = "counter"
"""The place id of the counter: the leader's hands, without limit and without a light."""


class PlaceKind(StrEnum):
    """A compartment behind a door, or a shelf position with a light."""

    DOOR = "door"
    SHELF = "shelf"


@dataclass(frozen=True, slots=True)
class Place:
    """One place, as printed on its label (`7`, `B2`); column and row are for the map."""

    place_id: str
    kind: PlaceKind
    size: Size
    zone: Zone
    column: int
    row: int

    def takes(self, parcel: Parcel) -> bool:
        """Whether the parcel may wait here: its zone, and small enough."""
        return self.zone is parcel.zone and parcel.size.fits(self.size)


def allocate(parcels: Sequence[Parcel], free: Iterable[Place]) -> dict[str, Place] | None:
    """A place for each parcel (by parcel id), doors first, the smallest that fits; else None.

    All parcels of an order get a place or none does: an order half put away serves nobody.
    """
    room = sorted(free, key=_preference)
    chosen: dict[str, Place] = {}
    for parcel in sorted(parcels, key=lambda parcel: -list(Size).index(parcel.size)):
        place = next((place for place in room if place.takes(parcel)), None)
        if place is None:
            return None
        room.remove(place)
        chosen[parcel.parcel_id] = place
    return chosen


def _preference(place: Place) -> tuple[bool, int, int, int, str]:
    return (
        place.kind is PlaceKind.SHELF,
        list(Size).index(place.size),
        place.column,
        place.row,
        place.place_id,
    )
