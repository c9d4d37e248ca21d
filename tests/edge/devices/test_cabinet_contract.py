"""What every cabinet keeps, be it lines, a simulation, or a fake for other tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from edge.devices.cabinet import DoorState, Light
from edge.errors import CabinetOffline, UnknownCompartment
from tests.edge.devices.benches import (
    WITHOUT_SENSOR,
    Bench,
    fake_bench,
    gpio_bench,
    simulated_bench,
)


@pytest.fixture(params=[gpio_bench, simulated_bench, fake_bench])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    make: Callable[[], Bench] = request.param
    made = make()
    yield made
    made.cabinet.close()


def test_every_door_is_closed_at_first(bench: Bench) -> None:
    states = [bench.cabinet.door_state(place_id) for place_id in ("1", "2", "3")]

    assert states == [DoorState.CLOSED] * 3


def test_a_pulse_opens_its_door_and_no_other(bench: Bench) -> None:
    bench.cabinet.pulse("2", 0.3)

    states = [bench.cabinet.door_state(place_id) for place_id in ("1", "2", "3")]
    assert states == [DoorState.CLOSED, DoorState.OPEN, DoorState.CLOSED]


def test_a_door_pushed_shut_reads_closed_again(bench: Bench) -> None:
    bench.cabinet.pulse("1", 0.3)
    bench.hand.close_door("1")

    assert bench.cabinet.door_state("1") is DoorState.CLOSED


def test_a_stuck_door_stays_closed_however_long_the_pulse(bench: Bench) -> None:
    bench.hand.stick("1")
    bench.cabinet.pulse("1", 0.8)

    assert bench.cabinet.door_state("1") is DoorState.CLOSED


def test_a_door_opened_by_hand_is_seen(bench: Bench) -> None:
    bench.hand.open_by_hand("3")

    assert bench.cabinet.door_state("3") is DoorState.OPEN


def test_a_missing_sensor_is_unknown_even_after_a_pulse(bench: Bench) -> None:
    bench.cabinet.pulse(WITHOUT_SENSOR, 0.3)

    assert bench.cabinet.door_state(WITHOUT_SENSOR) is DoorState.UNKNOWN


def test_a_lost_sensor_is_unknown_and_takes_no_other_along(bench: Bench) -> None:
    bench.hand.lose_sensor("1")
    states = [bench.cabinet.door_state("1") for _ in range(10)]

    assert set(states) == {DoorState.UNKNOWN}
    assert bench.cabinet.door_state("2") is DoorState.CLOSED
    assert not bench.cabinet.offline()


@pytest.mark.parametrize("seconds", [0.0, 0.099, 0.801, 5.0, float("nan")])
def test_a_pulse_too_short_or_too_long_is_refused_and_nothing_moves(
    bench: Bench, seconds: float
) -> None:
    with pytest.raises(ValueError, match=r"0\.1 to 0\.8"):
        bench.cabinet.pulse("1", seconds)

    assert bench.cabinet.door_state("1") is DoorState.CLOSED


def test_a_stranger_is_refused_by_name(bench: Bench) -> None:
    with pytest.raises(UnknownCompartment, match="77"):
        bench.cabinet.pulse("77", 0.3)
    with pytest.raises(UnknownCompartment, match="77"):
        bench.cabinet.door_state("77")
    with pytest.raises(UnknownCompartment, match="77"):
        bench.cabinet.indicate("77", Light.SLOW)


def test_a_shelf_place_has_no_lock(bench: Bench) -> None:
    with pytest.raises(UnknownCompartment, match="B1"):
        bench.cabinet.pulse("B1", 0.3)

    assert bench.cabinet.door_state("B1") is DoorState.UNKNOWN


def test_a_steady_light_shines_alone_until_it_is_put_out(bench: Bench) -> None:
    bench.cabinet.indicate("B1", Light.STEADY)
    bench.cabinet.indicate("B2", Light.OFF)
    assert (bench.lit("B1"), bench.lit("B2")) == (True, False)

    bench.cabinet.indicate("B1", Light.OFF)
    assert not bench.lit("B1")


def test_a_light_for_a_door_that_has_none_is_left_alone(bench: Bench) -> None:
    bench.cabinet.indicate("1", Light.FAST)

    assert bench.cabinet.door_state("1") is DoorState.CLOSED


def test_a_bank_without_its_cable_takes_only_its_own_places_along(bench: Bench) -> None:
    bench.hand.unplug_expander(True)

    with pytest.raises(CabinetOffline):
        bench.cabinet.pulse("3", 0.3)
    assert bench.cabinet.offline() == {"3", WITHOUT_SENSOR, "B1", "B2"}
    assert bench.cabinet.door_state("3") is DoorState.UNKNOWN

    bench.cabinet.pulse("1", 0.3)
    assert bench.cabinet.door_state("1") is DoorState.OPEN


def test_lights_of_a_bank_that_is_gone_are_no_error(bench: Bench) -> None:
    bench.hand.unplug_expander(True)
    bench.cabinet.indicate("B1", Light.STEADY)
    bench.cabinet.beat()

    assert bench.cabinet.door_state("1") is DoorState.CLOSED


def test_a_bank_that_is_back_works_again_by_itself(bench: Bench) -> None:
    bench.hand.unplug_expander(True)
    with pytest.raises(CabinetOffline):
        bench.cabinet.pulse("3", 0.3)
    bench.hand.unplug_expander(False)

    assert bench.cabinet.offline() == frozenset()
    bench.cabinet.pulse("3", 0.3)
    assert bench.cabinet.door_state("3") is DoorState.OPEN


def test_closing_darkens_the_lights_and_may_be_repeated(bench: Bench) -> None:
    bench.cabinet.indicate("B2", Light.STEADY)
    bench.cabinet.close()
    bench.cabinet.close()

    assert not bench.lit("B2")
