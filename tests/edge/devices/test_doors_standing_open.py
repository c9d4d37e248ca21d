"""Doors that open uncommanded, or stay open."""

from __future__ import annotations

import pytest

from edge.devices.cabinet import ReportKind
from tests.edge.devices.watch import CLOSED, OPEN, UNKNOWN, Watch


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
