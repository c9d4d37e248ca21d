"""A door whose sensor is silent, slow or cannot be believed."""

from __future__ import annotations

from edge.devices.cabinet import ReportKind
from tests.edge.devices.watch import CLOSED, OPEN, POLL, UNKNOWN, Watch


def test_a_silent_sensor_allows_one_pulse_and_asks_a_person() -> None:
    watch = Watch(reading=UNKNOWN)
    watch.unlock(5)
    watch.wait(30.0)

    assert watch.pulses == [0.3]
    assert watch.kinds == [ReportKind.UNLOCKING, ReportKind.BLIND]


def test_after_a_blind_pulse_nobody_waits_for_a_sensor_that_says_nothing() -> None:
    watch = Watch(reading=UNKNOWN)
    watch.unlock(5)
    watch.wait(0.5)

    assert watch.kinds == [ReportKind.UNLOCKING, ReportKind.BLIND]


def test_one_lost_reading_does_not_make_a_door_blind() -> None:
    watch = Watch()
    watch.says(UNKNOWN)
    watch.unlock(5)
    watch.wait(0.05)
    watch.says(CLOSED)
    watch.wait(1.0)

    assert watch.kinds == [ReportKind.UNLOCKING, ReportKind.OPENED]


def test_a_sensor_lost_after_the_pulse_asks_a_person_instead_of_pulsing_again() -> None:
    watch = Watch()
    watch.opens_after_pulse = None
    watch.unlock(5)
    watch.wait(0.6)
    watch.says(UNKNOWN)
    watch.wait(20.0)

    assert watch.pulses == [0.3]
    assert watch.kinds == [ReportKind.UNLOCKING, ReportKind.BLIND]


def test_a_sensor_lost_between_two_pulses_asks_a_person_instead_of_pulsing_again() -> None:
    watch = Watch()
    watch.opens_after_pulse = None
    watch.unlock(5)
    watch.wait(2.5)
    watch.says(UNKNOWN)
    watch.wait(20.0)

    assert watch.pulses == [0.3]
    assert watch.kinds == [ReportKind.UNLOCKING, ReportKind.RETRYING, ReportKind.BLIND]


def test_a_sensor_that_comes_back_open_after_a_blind_pulse_confirms_it() -> None:
    watch = Watch(reading=UNKNOWN)
    watch.unlock(5)
    watch.wait(2.0)
    watch.says(OPEN)
    watch.wait(0.5)

    assert watch.told[-1] == (ReportKind.OPENED, 5)


def test_a_sensor_gone_silent_over_an_open_door_says_neither_closed_nor_left_open() -> None:
    watch = Watch()
    watch.unlock(5)
    watch.wait(2.0)
    watch.says(UNKNOWN)
    watch.wait(120.0)

    assert watch.kinds == [ReportKind.UNLOCKING, ReportKind.OPENED]


def test_a_door_ajar_for_a_moment_while_closing_is_not_closed_yet() -> None:
    watch = Watch()
    watch.unlock(5)
    watch.wait(1.0)
    for _ in range(5):
        watch.says(CLOSED)
        watch.wait(0.4)
        watch.says(OPEN)
        watch.wait(0.2)

    assert ReportKind.CLOSED not in watch.kinds


def test_a_flapping_sensor_is_not_believed_and_a_person_is_asked() -> None:
    watch = Watch()
    for _ in range(20):
        watch.says(OPEN if watch.reading is CLOSED else CLOSED)
        watch.wait(POLL)
    watch.says(CLOSED)
    watch.told.clear()
    watch.unlock(5)
    watch.wait(3.0)

    assert watch.pulses == [0.3]
    assert watch.kinds == [ReportKind.UNLOCKING, ReportKind.BLIND]


def test_a_sensor_that_has_calmed_down_is_believed_again() -> None:
    watch = Watch()
    for _ in range(20):
        watch.says(OPEN if watch.reading is CLOSED else CLOSED)
        watch.wait(POLL)
    watch.says(CLOSED)
    watch.wait(8.0)

    assert watch.door.sensor.state is CLOSED
