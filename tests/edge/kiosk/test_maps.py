"""Maps: every place once, inside the frame, none over another."""

from __future__ import annotations

from itertools import combinations

import pytest

from edge.core.order import Size, Zone
from edge.core.places import Place, PlaceKind
from edge.kiosk.maps import Box, draw
from tests.edge.kiosk.fakes import PROFILE


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@pytest.mark.parametrize(("kind", "count"), [(PlaceKind.DOOR, 24), (PlaceKind.SHELF, 60)])
def test_every_place_is_drawn_once_and_apart(kind: PlaceKind, count: int) -> None:
    drawn = draw(PROFILE.places, kind)

    assert drawn is not None
    assert len({box.place.place_id for box in drawn.boxes}) == count
    assert not any(overlap(one, other) for one, other in combinations(drawn.boxes, 2))
    assert all(box.x >= 0 and box.x + box.width <= drawn.width for box in drawn.boxes)
    assert all(box.y >= 0 and box.y + box.height <= drawn.height for box in drawn.boxes)


def test_a_large_compartment_is_drawn_larger() -> None:
    drawn = draw(PROFILE.places, PlaceKind.DOOR)
    assert drawn is not None
    heights = {box.place.size: box.height for box in drawn.boxes}

    assert heights[Size.S] < heights[Size.M] < heights[Size.L]


def test_a_point_without_doors_has_no_cabinet_to_draw() -> None:
    shelf = Place("B2", PlaceKind.SHELF, Size.L, Zone.AMBIENT, 2, 2)

    assert draw([shelf], PlaceKind.DOOR) is None
