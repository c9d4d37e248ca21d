"""One door, second by second."""

from __future__ import annotations

import pytest

from edge.devices.cabinet import DoorReport, DoorState, ReportKind
from edge.devices.doors import Door

OPEN, CLOSED, UNKNOWN = DoorState.OPEN, DoorState.CLOSED, DoorState.UNKNOWN
POLL = 0.05


class Watch:
    """A door read every 50 ms; pulses are given when it asks, and everything is written down."""

    def __init__(self, *, cold: bool = False, reading: DoorState = CLOSED) -> None:
        self.door = Door("7", pulse=0.3, cold=cold)
        self.now = 100.0
        self.reading = reading
        self.opens_after_pulse: int | None = 1
        self.pulses: list[float] = []
        self.told: list[tuple[ReportKind, int | None]] = []
        self.until(self.now + 3.0)

    def until(self, end: float) -> None:
        while self.now < end - 1e-9:
            self._note(self.door.observe(self.reading, self.now))
            seconds = self.door.pulse_due(self.now)
            if seconds is not None:
                self._pulse(seconds)
            self.now += POLL

    def wait(self, seconds: float) -> None:
        self.until(self.now + seconds)

    def unlock(self, token: int) -> None:
        self._note(self.door.unlock(token, self.now))

    def says(self, reading: DoorState) -> None:
        self.reading = reading

    @property
    def kinds(self) -> list[ReportKind]:
        return [kind for kind, _ in self.told]

    def _pulse(self, seconds: float) -> None:
        self.pulses.append(round(seconds, 3))
        self.now += seconds
        if self.opens_after_pulse == len(self.pulses) and self.reading is CLOSED:
            self.reading = OPEN
        self._note(self.door.pulsed(self.now))

    def _note(self, reports: list[DoorReport]) -> None:
        for report in reports:
            assert report.place_id == "7"
            self.told.append((report.kind, report.token))


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


def test_a_door_that_opens_uncommanded_was_forced() -> None:
    watch = Watch()
    watch.says(OPEN)
    watch.wait(1.0)
    watch.says(CLOSED)
    watch.wait(1.0)

    assert watch.told == [(ReportKind.FORCED, None), (ReportKind.CLOSED, None)]


def test_a_door_found_open_at_the_start_is_not_called_forced() -> None:
    watch = Watch(reading=OPEN)
    watch.wait(5.0)

    assert watch.told == []


def test_a_door_seen_open_when_its_sensor_returns_was_forced_if_it_was_closed_before() -> None:
    watch = Watch()
    watch.says(UNKNOWN)
    watch.wait(10.0)
    watch.says(OPEN)
    watch.wait(1.0)

    assert watch.told == [(ReportKind.FORCED, None)]


@pytest.mark.parametrize(("cold", "levels"), [(False, [30, 60, 180]), (True, [20, 45, 90])])
def test_a_door_left_open_is_told_three_times_and_sooner_where_it_is_cold(
    cold: bool, levels: list[int]
) -> None:
    watch = Watch(cold=cold)
    watch.unlock(5)
    watch.wait(1.0)
    reminders: list[int] = []
    opened_at = watch.now - 1.0
    for _ in range(300):
        before = watch.kinds.count(ReportKind.LEFT_OPEN)
        watch.wait(1.0)
        if watch.kinds.count(ReportKind.LEFT_OPEN) > before:
            reminders.append(int(watch.now - opened_at))

    assert [abs(seen - level) <= 2 for seen, level in zip(reminders, levels, strict=True)] == [
        True
    ] * 3
    assert watch.told[-1] == (ReportKind.LEFT_OPEN, 5)


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
