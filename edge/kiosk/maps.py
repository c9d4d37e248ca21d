"""Maps of cabinet and shelves: from the layout to boxes that a template draws as SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edge.core.order import Size
from edge.core.places import Place, PlaceKind

WIDTH, HEIGHT = 440.0, 460.0
EDGE, GAP = 12.0, 6.0
SHELF_WIDTH, SHELF_HEIGHT = 560.0, 460.0
ROOM: Mapping[Size, float] = {Size.S: 1.0, Size.M: 1.5, Size.L: 2.1}
"""How tall a compartment of each size is on the map, relative to a small one."""


@dataclass(frozen=True, slots=True)
class Box:
    """One place on a map, in the map's own units."""

    place: Place
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Map:
    """A drawing's size and its boxes, in walking order."""

    kind: PlaceKind
    width: float
    height: float
    boxes: tuple[Box, ...]


def draw(layout: Iterable[Place], kind: PlaceKind) -> Map | None:
    """The map of all places of one kind, None where the point has none."""
    columns: dict[int, list[Place]] = defaultdict(list)
    for place in layout:
        if place.kind is kind:
            columns[place.column].append(place)
    if not columns:
        return None
    width, height = (WIDTH, HEIGHT) if kind is PlaceKind.DOOR else (SHELF_WIDTH, SHELF_HEIGHT)
    step = (width - 2 * EDGE + GAP) / len(columns)
    boxes = [
        box
        for index, column in enumerate(sorted(columns))
        for box in _stack(columns[column], EDGE + index * step, step - GAP, height)
    ]
    return Map(kind, width, height, tuple(boxes))


def _stack(column: list[Place], x: float, width: float, height: float) -> Iterable[Box]:
    rows = sorted(column, key=lambda place: place.row)
    unit = (height - 2 * EDGE - GAP * (len(rows) - 1)) / sum(_room(place) for place in rows)
    y = EDGE
    for place in rows:
        box = Box(place, round(x, 1), round(y, 1), round(width, 1), round(unit * _room(place), 1))
        y += box.height + GAP
        yield box


def _room(place: Place) -> float:
    # Shelf boards hang at equal distances; compartments differ as their doors do.
    return ROOM[place.size] if place.kind is PlaceKind.DOOR else 1.0
