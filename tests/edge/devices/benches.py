"""Cabinets on the bench: the same six places behind each driver, with a hand to move them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gpiozero import GPIOZeroError
from gpiozero.pins import BoardInfo
from gpiozero.pins.mock import MockFactory, MockPin

from edge.config.cabinet import Bank, CabinetProfile, DoorWiring, OpenLevel, ShelfWiring
from edge.core.order import Size, Zone
from edge.core.places import Place, PlaceKind
from edge.devices.cabinet import Cabinet
from edge.devices.gpio_bank import Chips
from edge.devices.gpio_cabinet import GpioCabinet
from edge.devices.gpio_lines import plain_chip
from edge.devices.simulated_cabinet import SimulatedCabinet
from tests.edge.devices.fake_cabinet import FakeCabinet, Script
from tests.edge.devices.stepped_time import SteppedTime

WITHOUT_SENSOR = "9"


def place(place_id: str, kind: PlaceKind = PlaceKind.DOOR, zone: Zone = Zone.AMBIENT) -> Place:
    return Place(place_id, kind, Size.M, zone, 1, 1)


def profile() -> CabinetProfile:
    """Doors 1 and 2 on the header, 3 (cold) and 9 (no sensor) and shelf places on an expander."""
    return CabinetProfile(
        pulse_ms=300,
        banks=(Bank("header", 0), Bank("expander", 2)),
        doors=(
            DoorWiring(place("1"), "header", 17, 4, OpenLevel.HIGH),
            DoorWiring(place("2"), "header", 27, 5, OpenLevel.LOW),
            DoorWiring(place("3", zone=Zone.CHILLED), "expander", 2, 3, OpenLevel.HIGH),
            DoorWiring(place(WITHOUT_SENSOR), "expander", 4, None, OpenLevel.HIGH),
        ),
        shelf=(
            ShelfWiring(place("B1", PlaceKind.SHELF), "expander", 8),
            ShelfWiring(place("B2", PlaceKind.SHELF), "expander", 9),
        ),
    )


class Hand(Protocol):
    """What a person at the bench can do."""

    def open_by_hand(self, place_id: str) -> None: ...

    def close_door(self, place_id: str) -> None: ...

    def stick(self, place_id: str) -> None: ...

    def lose_sensor(self, place_id: str) -> None: ...

    def unplug_expander(self, gone: bool) -> None: ...


@dataclass
class Bench:
    cabinet: Cabinet
    hand: Hand
    time: SteppedTime
    lit: Callable[[str], bool]


@dataclass
class WiredDoor:
    """A door that springs open with its lock line; the sensor line follows."""

    wiring: DoorWiring
    is_open: bool = False
    stuck: bool = False
    sensor_lost: bool = False


@dataclass
class Change:
    """One line took a level at an instant."""

    at: float
    bank: str
    line: int
    high: bool


@dataclass
class Wires:
    """The far end of a GpioCabinet's lines; `changes` is everything that was ever driven."""

    time: SteppedTime
    profile: CabinetProfile = field(default_factory=profile)
    changes: list[Change] = field(default_factory=list)
    broken: set[tuple[str, int]] = field(default_factory=set)
    unplugged: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.doors = {wiring.place.place_id: WiredDoor(wiring) for wiring in self.profile.doors}
        self.levels: dict[tuple[str, int], bool] = {}
        self.locks = {
            (door.wiring.bank, door.wiring.lock_line): door for door in self.doors.values()
        }
        self.sensors = {
            (door.wiring.bank, door.wiring.sensor_line): door for door in self.doors.values()
        }

    @property
    def chips(self) -> Chips:
        return Chips(open=self.open_bank, failures=(OSError, GPIOZeroError))

    def open_bank(self, bank: Bank) -> WiredChip:
        self.reach(bank.name)
        return WiredChip(bank.name, self)

    def reach(self, bank: str) -> None:
        if bank in self.unplugged:
            raise OSError(f"no answer from {bank}")

    def drive(self, bank: str, line: int, high: bool) -> None:
        self.reach(bank)
        if (bank, line) in self.broken and not high:
            raise OSError(f"line {line} of {bank} does not obey")
        self.levels[bank, line] = high
        self.changes.append(Change(self.time.now, bank, line, high))
        door = self.locks.get((bank, line))
        if door is not None and high and not door.stuck:
            door.is_open = True

    def sense(self, bank: str, line: int) -> bool:
        self.reach(bank)
        door = self.sensors[bank, line]
        if door.sensor_lost:
            raise OSError(f"line {line} of {bank} says nothing")
        return door.is_open is (door.wiring.sensor_open is OpenLevel.HIGH)

    def open_by_hand(self, place_id: str) -> None:
        self.doors[place_id].is_open = True

    def close_door(self, place_id: str) -> None:
        self.doors[place_id].is_open = False

    def stick(self, place_id: str) -> None:
        self.doors[place_id].stuck = True

    def lose_sensor(self, place_id: str) -> None:
        self.doors[place_id].sensor_lost = True

    def unplug_expander(self, gone: bool) -> None:
        (self.unplugged.add if gone else self.unplugged.discard)("expander")

    def lock_is_high(self, place_id: str) -> bool:
        wiring = self.doors[place_id].wiring
        return self.levels[wiring.bank, wiring.lock_line]


class WiredChip(MockFactory):  # type: ignore[misc]  # gpiozero ships no types
    def __init__(self, bank: str, wires: Wires) -> None:
        super().__init__(pin_class=WiredPin)
        self.bank, self.wires = bank, wires

    def _get_board_info(self) -> BoardInfo:
        return plain_chip(self.bank)


class WiredPin(MockPin):  # type: ignore[misc]  # gpiozero ships no types
    def _set_state(self, value: bool) -> None:
        self.factory.wires.drive(self.factory.bank, self._number, bool(value))
        super()._set_state(value)

    def _get_state(self) -> bool:
        self.factory.wires.reach(self.factory.bank)
        if (self.factory.bank, self._number) in self.factory.wires.sensors:
            return bool(self.factory.wires.sense(self.factory.bank, self._number))
        return bool(super()._get_state())


def wired_cabinet(wires: Wires) -> GpioCabinet:
    return GpioCabinet(
        wires.profile,
        wires.chips,
        clock=wires.time.seconds,
        sleep=wires.time.sleep,
        alarm=wires.time.alarm,
    )


def gpio_bench() -> Bench:
    wires = Wires(SteppedTime())
    lights = {wiring.place.place_id: wiring for wiring in wires.profile.shelf}
    return Bench(
        wired_cabinet(wires),
        wires,
        wires.time,
        lambda place_id: wires.levels["expander", lights[place_id].light_line],
    )


@dataclass
class SimulatorHand:
    cabinet: SimulatedCabinet

    def open_by_hand(self, place_id: str) -> None:
        self.cabinet.simulation.open_by_hand(place_id)

    def close_door(self, place_id: str) -> None:
        self.cabinet.simulation.close_door(place_id)

    def stick(self, place_id: str) -> None:
        self.cabinet.simulation.stick(place_id, True)

    def lose_sensor(self, place_id: str) -> None:
        self.cabinet.simulation.lose_sensor(place_id, True)

    def unplug_expander(self, gone: bool) -> None:
        self.cabinet.simulation.unplug("expander", gone)


def simulated_bench() -> Bench:
    time = SteppedTime()
    cabinet = SimulatedCabinet(profile(), clock=time.seconds, sleep=time.sleep)
    lights = {wiring.place.place_id: wiring.light_line for wiring in profile().shelf}
    chip = cabinet._bank_of["B1"]._factory
    return Bench(
        cabinet,
        SimulatorHand(cabinet),
        time,
        lambda place_id: chip.pin(lights[place_id])._state,
    )


@dataclass
class FakeHand:
    cabinet: FakeCabinet

    def open_by_hand(self, place_id: str) -> None:
        self.cabinet.open_by_hand(place_id)

    def close_door(self, place_id: str) -> None:
        self.cabinet.close_door(place_id)

    def stick(self, place_id: str) -> None:
        self.cabinet.script[place_id] = Script.STICKS

    def lose_sensor(self, place_id: str) -> None:
        self.cabinet.script[place_id] = Script.BLIND

    def unplug_expander(self, gone: bool) -> None:
        for place_id in ("3", WITHOUT_SENSOR, "B1", "B2"):
            self.cabinet.script[place_id] = Script.OFFLINE if gone else Script.OPENS


def fake_bench() -> Bench:
    cabinet = FakeCabinet(("1", "2", "3", WITHOUT_SENSOR), shelf=("B1", "B2"))
    cabinet.script[WITHOUT_SENSOR] = Script.BLIND
    time = SteppedTime()
    return Bench(
        cabinet, FakeHand(cabinet), time, lambda place_id: cabinet.lights[place_id] != "off"
    )
