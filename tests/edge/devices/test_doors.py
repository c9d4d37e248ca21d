"""One door, from the command to closed again."""

from __future__ import annotations

from edge.devices.cabinet import ReportKind
from edge.devices.doors import Door
from tests.edge.devices.watch import CLOSED, OPEN, UNKNOWN, Watch


def test_a_door_that_works_is_pulsed_once_and_reports_opened_then_closed() -> None:
    watch = Watch()
    watch.unlock(41)
    watch.wait(1.0)
    watch.says(CLOSED)
    watch.wait(1.0)

    assert watch.pulses == [0.3]
    assert watch.told == [
        (ReportKind.UNLOCKING, 41),
        (ReportKind.OPENED, 41),
        (ReportKind.CLOSED, 41),
    ]


def test_a_door_that_nobody_asked_for_is_never_pulsed() -> None:
    watch = Watch()
    for reading in (UNKNOWN, CLOSED, OPEN, UNKNOWN, CLOSED, OPEN, CLOSED):
        watch.says(reading)
        watch.wait(4.0)

    assert watch.pulses == []


def test_a_slow_door_gets_two_longer_pulses_after_a_rest() -> None:
    watch = Watch()
    watch.opens_after_pulse = 3
    watch.unlock(5)
    watch.wait(10.0)

    assert watch.pulses == [0.3, 0.4, 0.5]
    assert watch.kinds == [
        ReportKind.UNLOCKING,
        ReportKind.RETRYING,
        ReportKind.RETRYING,
        ReportKind.OPENED,
    ]


def test_a_door_that_never_moves_is_stuck_after_three_pulses() -> None:
    watch = Watch()
    watch.opens_after_pulse = None
    watch.unlock(5)
    watch.wait(60.0)

    assert len(watch.pulses) == 3
    assert watch.kinds[-1] is ReportKind.STUCK
    assert watch.kinds.count(ReportKind.STUCK) == 1


def test_no_pulse_is_longer_than_eight_tenths_of_a_second() -> None:
    watch = Watch()
    watch.door = Door("7", pulse=0.75, cold=False)
    watch.opens_after_pulse = None
    watch.wait(1.0)
    watch.unlock(5)
    watch.wait(10.0)

    assert watch.pulses == [0.75, 0.8, 0.8]


def test_a_push_during_the_rest_between_pulses_counts_as_opened() -> None:
    watch = Watch()
    watch.opens_after_pulse = None
    watch.unlock(5)
    watch.wait(2.5)
    watch.says(OPEN)
    watch.wait(3.0)

    assert watch.pulses == [0.3]
    assert watch.kinds == [ReportKind.UNLOCKING, ReportKind.RETRYING, ReportKind.OPENED]


def test_a_door_that_gives_way_soon_after_it_was_called_stuck_is_the_customers() -> None:
    watch = Watch()
    watch.opens_after_pulse = None
    watch.unlock(5)
    watch.wait(12.0)
    watch.says(OPEN)
    watch.wait(0.5)

    assert watch.told[-2:] == [(ReportKind.STUCK, 5), (ReportKind.OPENED, 5)]


def test_a_door_that_gives_way_much_later_was_forced() -> None:
    watch = Watch()
    watch.opens_after_pulse = None
    watch.unlock(5)
    watch.wait(40.0)
    watch.says(OPEN)
    watch.wait(0.5)

    assert watch.told[-1] == (ReportKind.FORCED, None)


def test_a_glimpse_of_open_is_not_opened() -> None:
    watch = Watch()
    watch.opens_after_pulse = None
    watch.unlock(5)
    watch.wait(1.0)
    watch.says(OPEN)
    watch.wait(0.05)
    watch.says(CLOSED)
    watch.wait(0.5)

    assert watch.kinds == [ReportKind.UNLOCKING]


def test_a_door_that_stands_open_is_opened_without_a_pulse() -> None:
    watch = Watch()
    watch.unlock(5)
    watch.wait(2.0)
    watch.unlock(6)
    watch.wait(2.0)

    assert watch.pulses == [0.3]
    assert watch.told[2:] == [(ReportKind.UNLOCKING, 6), (ReportKind.OPENED, 6)]


def test_a_command_repeated_while_the_door_moves_changes_nothing() -> None:
    watch = Watch()
    watch.unlock(5)
    watch.unlock(5)
    watch.wait(2.0)

    assert watch.pulses == [0.3]
    assert watch.kinds == [ReportKind.UNLOCKING, ReportKind.OPENED]


def test_a_second_command_while_the_door_moves_takes_the_answer_over() -> None:
    watch = Watch()
    watch.unlock(5)
    watch.unlock(6)
    watch.wait(2.0)

    assert watch.pulses == [0.3]
    assert watch.told[-1] == (ReportKind.OPENED, 6)


def test_a_seventh_pulse_within_a_minute_is_not_given_and_the_door_is_stuck() -> None:
    watch = Watch()
    watch.opens_after_pulse = None
    for token in (1, 2, 3):
        watch.unlock(token)
        watch.wait(12.0)

    assert len(watch.pulses) == 6
    assert [told for told in watch.told if told[0] is ReportKind.STUCK] == [
        (ReportKind.STUCK, 1),
        (ReportKind.STUCK, 2),
        (ReportKind.STUCK, 3),
    ]


def test_a_minute_later_it_may_be_pulsed_again() -> None:
    watch = Watch()
    watch.opens_after_pulse = None
    for token in (1, 2):
        watch.unlock(token)
        watch.wait(12.0)
    watch.wait(60.0)
    watch.unlock(3)
    watch.wait(1.0)

    assert len(watch.pulses) == 7


def test_a_bank_that_does_not_answer_makes_the_door_stuck_at_once() -> None:
    watch = Watch()
    watch.unlock(5)
    watch.door.observe(CLOSED, watch.now)
    reports = watch.door.pulse_failed(watch.now)

    assert [report.kind for report in reports] == [ReportKind.STUCK]
    assert watch.door.pulse_due(watch.now + 5) is None
