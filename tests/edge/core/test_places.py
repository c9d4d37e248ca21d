"""Which parcel waits where."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.core.order import Parcel, Size, Zone
from edge.core.places import Place, PlaceKind, allocate
from tests.edge.core.samples import parcel


def door(place_id: str, size: Size = Size.M, zone: Zone = Zone.AMBIENT, column: int = 1) -> Place:
    return Place(place_id, PlaceKind.DOOR, size, zone, column, row=1)


def shelf(place_id: str, size: Size = Size.L, zone: Zone = Zone.AMBIENT) -> Place:
    return Place(place_id, PlaceKind.SHELF, size, zone, column=1, row=1)


def test_a_frozen_parcel_never_waits_in_the_warm() -> None:
    assert allocate([parcel("ice", zone=Zone.FROZEN)], [door("1"), shelf("A1")]) is None


def test_a_parcel_never_waits_where_it_does_not_fit() -> None:
    assert allocate([parcel("rice", size=Size.L)], [door("1", Size.M)]) is None


def test_a_door_comes_before_a_shelf_and_the_smallest_first() -> None:
    free = [shelf("A1", Size.S), door("1", Size.L), door("2", Size.M), door("3", Size.M, column=2)]

    assert _ids(allocate([parcel("bag", size=Size.S)], free)) == {"bag": "2"}
    assert _ids(allocate([parcel("bag", size=Size.S)], free[:1])) == {"bag": "A1"}


def test_large_parcels_choose_first_so_that_small_ones_do_not_take_their_room() -> None:
    parcels = [parcel("small", size=Size.S), parcel("large", size=Size.L)]

    assert _ids(allocate(parcels, [door("1", Size.L), door("2", Size.S)])) == {
        "large": "1",
        "small": "2",
    }


def test_all_parcels_of_an_order_get_a_place_or_none_does() -> None:
    parcels = [parcel("first"), parcel("second")]

    assert allocate(parcels, [door("1")]) is None
    assert allocate(parcels, []) is None


def test_an_order_without_parcels_needs_no_place() -> None:
    assert allocate([], [door("1")]) == {}


PARCELS = st.lists(st.tuples(st.sampled_from(Size), st.sampled_from(Zone)), max_size=6)
PLACES = st.lists(
    st.tuples(st.sampled_from(PlaceKind), st.sampled_from(Size), st.sampled_from(Zone)), max_size=8
)


@given(PARCELS, PLACES)
def test_an_allocation_is_lawful_and_one_is_found_wherever_there_is_one(
    wanted: list[tuple[Size, Zone]], rooms: list[tuple[PlaceKind, Size, Zone]]
) -> None:
    parcels = [parcel(f"bag-{n}", size=size, zone=zone) for n, (size, zone) in enumerate(wanted)]
    free = [Place(str(n), kind, size, zone, n, 1) for n, (kind, size, zone) in enumerate(rooms)]

    chosen = allocate(parcels, free)

    assert (chosen is not None) == _is_room(parcels, free)
    if chosen is not None:
        assert set(chosen) == {entry.parcel_id for entry in parcels}
        assert len({place.place_id for place in chosen.values()}) == len(parcels)
        assert all(chosen[entry.parcel_id].takes(entry) for entry in parcels)


def _is_room(parcels: list[Parcel], free: list[Place]) -> bool:
    # Hall's condition for nested sizes: per zone, those needing at least a size find as many rooms.
    return all(
        sum(1 for entry in parcels if entry.zone is zone and least.fits(entry.size))
        <= sum(1 for place in free if place.zone is zone and least.fits(place.size))
        for zone in Zone
        for least in Size
    )


def _ids(chosen: dict[str, Place] | None) -> dict[str, str] | None:
    if chosen is None:
        return None
    return {parcel_id: place.place_id for parcel_id, place in chosen.items()}
