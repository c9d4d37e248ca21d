"""The simulated doors' own behaviour, where it differs from being closed or open."""

from __future__ import annotations

import pytest

from edge.core.places import PlaceKind
from edge.devices.cabinet import DoorState, Light
from edge.devices.simulated_cabinet import SimulatedCabinet
from edge.devices.simulation import SimulatedDoor, SimulatedPlace
from edge.errors import UnknownCompartment
from tests.edge.devices.benches import profile
from tests.edge.devices.stepped_time import SteppedTime


class Toy:
    def __init__(self) -> None:
        self.time = SteppedTime()
        self.cabinet = SimulatedCabinet(profile(), clock=self.time.seconds, sleep=self.time.sleep)
        self.simulation = self.cabinet.simulation

    def sees(self, place_id: str) -> SimulatedPlace:
        return next(seen for seen in self.simulation.snapshot() if seen.place_id == place_id)


def test_it_says_that_it_is_simulated() -> None:
    assert Toy().cabinet.simulated


def test_a_coil_of_a_tenth_of_a_second_springs_the_door_a_moment_later() -> None:
    door = SimulatedDoor()
    door.energise(on=True, now=10.0)
    door.energise(on=False, now=10.1)

    assert not door.is_open(10.11)
    assert door.is_open(10.12)


def test_a_shorter_twitch_moves_nothing() -> None:
    door = SimulatedDoor()
    door.energise(on=True, now=10.0)
    door.energise(on=False, now=10.09)

    assert not door.is_open(20.0)


def test_a_door_can_be_seen_opening_while_its_coil_is_still_on() -> None:
    door = SimulatedDoor()
    door.energise(on=True, now=10.0)

    assert door.is_open(10.2)


def test_doors_close_by_themselves_only_where_that_was_asked_for() -> None:
    toy = Toy()
    toy.cabinet.pulse("1", 0.3)
    toy.time.sleep(3600)
    assert toy.sees("1").is_open

    toy.simulation.close_door("1")
    toy.simulation.auto_close(6.0)
    toy.cabinet.pulse("1", 0.3)
    toy.time.sleep(5.0)
    assert toy.sees("1").is_open
    toy.time.sleep(1.0)
    assert not toy.sees("1").is_open


def test_a_jammed_door_opens_and_cannot_be_closed() -> None:
    toy = Toy()
    toy.simulation.jam("1", True)
    toy.simulation.auto_close(1.0)
    toy.cabinet.pulse("1", 0.3)
    toy.time.sleep(60)
    toy.simulation.close_door("1")
    assert toy.cabinet.door_state("1") is DoorState.OPEN

    toy.simulation.jam("1", False)
    toy.simulation.close_door("1")
    assert toy.cabinet.door_state("1") is DoorState.CLOSED


def test_a_bolt_that_sticks_can_be_freed() -> None:
    toy = Toy()
    toy.simulation.stick("2", True)
    toy.cabinet.pulse("2", 0.5)
    assert toy.cabinet.door_state("2") is DoorState.CLOSED

    toy.simulation.stick("2", False)
    toy.cabinet.pulse("2", 0.5)
    assert toy.cabinet.door_state("2") is DoorState.OPEN


def test_a_sensor_that_is_found_again_says_the_truth() -> None:
    toy = Toy()
    toy.simulation.lose_sensor("1", True)
    toy.cabinet.pulse("1", 0.3)
    toy.simulation.lose_sensor("1", False)

    assert toy.cabinet.door_state("1") is DoorState.OPEN


def test_the_page_sees_every_place_with_its_light() -> None:
    toy = Toy()
    toy.cabinet.indicate("B2", Light.SLOW)
    toy.simulation.stick("3", True)

    assert [seen.place_id for seen in toy.simulation.snapshot()] == ["1", "2", "3", "9", "B1", "B2"]
    assert toy.sees("B2") == SimulatedPlace("B2", PlaceKind.SHELF, Light.SLOW)
    assert toy.sees("3") == SimulatedPlace("3", PlaceKind.DOOR, Light.OFF, False, stuck=True)


def test_a_stranger_is_refused_by_name() -> None:
    toy = Toy()
    with pytest.raises(UnknownCompartment, match="77"):
        toy.simulation.close_door("77")
