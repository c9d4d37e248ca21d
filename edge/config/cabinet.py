"""A cabinet's wiring: which line of which bank moves which place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from edge.config import rules
from edge.config.table import Key
from edge.core.order import Size, Zone
from edge.core.places import Place, PlaceKind

LINES_PER_BANK = 28


class OpenLevel(StrEnum):
    """The level a door's sensor line shows while the door is open."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Bank:
    """One GPIO chip: the Pi's header, or an expander that the kernel shows as /dev/gpiochipN."""

    name: str
    chip: int


@dataclass(frozen=True, slots=True)
class DoorWiring:
    """One compartment: its lock line, and its sensor line if it has one, on the same bank."""

    place: Place
    bank: str
    lock_line: int
    sensor_line: int | None
    sensor_open: OpenLevel


@dataclass(frozen=True, slots=True)
class ShelfWiring:
    """One shelf place: its indicator's line."""

    place: Place
    bank: str
    light_line: int


@dataclass(frozen=True, slots=True)
class CabinetProfile:
    """The whole wiring; names, labels and lines are unique. `pulse_ms`: lock pulse, 100 to 800."""

    pulse_ms: int
    banks: tuple[Bank, ...]
    doors: tuple[DoorWiring, ...]
    shelf: tuple[ShelfWiring, ...]

    def __post_init__(self) -> None:
        _refuse_repeats("place", (place.place_id for place in self.places))
        _refuse_repeats("line", self._lines())
        _refuse_repeats("chip", (str(bank.chip) for bank in self.banks))
        known = {bank.name for bank in self.banks}
        for wiring in self._wirings:
            if wiring.bank not in known:
                place_id = wiring.place.place_id
                raise ValueError(f"place {place_id}: bank {wiring.bank!r} is not in [banks]")

    @property
    def _wirings(self) -> tuple[DoorWiring | ShelfWiring, ...]:
        return (*self.doors, *self.shelf)

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place, doors first."""
        return tuple(wiring.place for wiring in self._wirings)

    def _lines(self) -> Iterator[str]:
        for door in self.doors:
            yield f"{door.bank}/{door.lock_line}"
            if door.sensor_line is not None:
                yield f"{door.bank}/{door.sensor_line}"
        for shelf in self.shelf:
            yield f"{shelf.bank}/{shelf.light_line}"


def _refuse_repeats(what: str, names: Iterator[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ValueError(f"{what} {repeated[0]} is used twice")


PLACE_KEYS = (
    Key("place", rules.text(4), "the label on the place"),
    Key("size", rules.one_of(Size), "S, M or L"),
    Key("zone", rules.one_of(Zone), "AMBIENT, CHILLED or FROZEN"),
    Key("column", rules.whole(1, 40), "column on the map, from the left"),
    Key("row", rules.whole(1, 40), "row on the map, from the top"),
    Key("bank", rules.text(20), "a name from [banks]"),
)
DOOR_KEYS = (
    *PLACE_KEYS,
    Key("lock", rules.whole(0, LINES_PER_BANK - 1), "line that energises the lock (active high)"),
    Key("sensor", rules.whole(0, LINES_PER_BANK - 1), "line of the door sensor", None),
    Key("sensor_open", rules.one_of(OpenLevel), "level while the door is open", OpenLevel.HIGH),
)
SHELF_KEYS = (
    *PLACE_KEYS,
    Key("light", rules.whole(0, LINES_PER_BANK - 1), "line of the indicator (active high)"),
)
PROFILE_KEYS = (
    Key("pulse_ms", rules.whole(100, 800), "length of the lock pulse in milliseconds", 300),
    Key("banks", lambda value: value, "table of bank name = number of its gpiochip"),
    Key("doors", lambda value: value, "array of doors", ()),
    Key("shelf", lambda value: value, "array of shelf places", ()),
)
chip_number = rules.whole(0, 99)


def door(values: Mapping[str, Any]) -> DoorWiring:
    """One [[doors]] row."""
    return DoorWiring(
        place=_place(values, PlaceKind.DOOR),
        bank=values["bank"],
        lock_line=values["lock"],
        sensor_line=values["sensor"],
        sensor_open=values["sensor_open"],
    )


def shelf(values: Mapping[str, Any]) -> ShelfWiring:
    """One [[shelf]] row."""
    return ShelfWiring(_place(values, PlaceKind.SHELF), values["bank"], values["light"])


def _place(values: Mapping[str, Any], kind: PlaceKind) -> Place:
    return Place(
        place_id=values["place"],
        kind=kind,
        size=values["size"],
        zone=values["zone"],
        column=values["column"],
        row=values["row"],
    )
