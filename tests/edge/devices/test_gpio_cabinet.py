"""What only shows on the lines: levels, order, and what happens when one does not obey."""

from __future__ import annotations

import threading

import pytest

from edge.devices.cabinet import Light
from edge.devices.gpio_cabinet import HARD_CAP, GpioCabinet
from edge.errors import CabinetOffline
from tests.edge.devices.benches import Wires, wired_cabinet
from tests.edge.devices.stepped_time import SteppedTime

LOCKS = {("header", 17), ("header", 27), ("expander", 2), ("expander", 4)}


def test_a_start_drives_every_lock_low_before_anything_else() -> None:
    wires = Wires(SteppedTime())
    wired_cabinet(wires)

    first = wires.changes[: len(LOCKS)]
    assert {(change.bank, change.line) for change in first} == LOCKS
    assert not any(change.high for change in wires.changes)


def test_a_bank_that_comes_back_has_its_locks_driven_low_first() -> None:
    wires = Wires(SteppedTime(), unplugged={"expander"})
    cabinet = wired_cabinet(wires)
    wires.unplug_expander(False)
    wires.changes.clear()
    cabinet.offline()

    first = wires.changes[:2]
    assert {(change.bank, change.line) for change in first} == {("expander", 2), ("expander", 4)}
    assert not any(change.high for change in wires.changes)


def test_a_bank_missing_at_the_start_stops_no_other() -> None:
    wires = Wires(SteppedTime(), unplugged={"expander"})
    cabinet = wired_cabinet(wires)
    cabinet.pulse("1", 0.3)

    assert cabinet.offline() == {"3", "9", "B1", "B2"}
    assert wires.doors["1"].is_open


def test_a_pulse_lasts_as_long_as_asked() -> None:
    wires = Wires(SteppedTime())
    cabinet = wired_cabinet(wires)
    wires.changes.clear()
    cabinet.pulse("2", 0.4)

    rise, fall = wires.changes
    assert (rise.line, rise.high, fall.line, fall.high) == (27, True, 27, False)
    assert fall.at - rise.at == pytest.approx(0.4)


def test_a_pulse_interrupted_in_the_middle_ends_low() -> None:
    wires = Wires(SteppedTime())

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    cabinet = GpioCabinet(wires.profile, wires.chips, clock=wires.time.seconds, sleep=interrupted)
    with pytest.raises(KeyboardInterrupt):
        cabinet.pulse("1", 0.3)

    assert not wires.lock_is_high("1")


def test_the_watchdog_cuts_a_coil_whose_pulse_does_not_come_to_its_end() -> None:
    wires = Wires(SteppedTime())

    def overslept(seconds: float) -> None:
        wires.time.sleep(30.0)

    cabinet = GpioCabinet(
        wires.profile,
        wires.chips,
        clock=wires.time.seconds,
        sleep=overslept,
        alarm=wires.time.alarm,
    )
    wires.changes.clear()
    cabinet.pulse("1", 0.3)

    rise, cut = wires.changes[:2]
    assert (rise.high, cut.high) == (True, False)
    assert cut.at - rise.at == pytest.approx(HARD_CAP)


def test_the_watchdog_is_a_thread_of_its_own() -> None:
    """The real timer, with a sleep that ends only when the line is low again."""
    wires = Wires(SteppedTime())
    low_again = threading.Event()
    drive = wires.drive

    def drive_and_tell(bank: str, line: int, high: bool) -> None:
        drive(bank, line, high)
        if line == 17 and not high:
            low_again.set()

    wires.drive = drive_and_tell  # type: ignore[method-assign]  # the bench's own wire, watched

    def never_wakes(seconds: float) -> None:
        low_again.clear()
        assert low_again.wait(30), "nothing cut the coil"

    cabinet = GpioCabinet(wires.profile, wires.chips, clock=wires.time.seconds, sleep=never_wakes)
    cabinet.pulse("1", 0.3)

    assert not wires.lock_is_high("1")


def test_a_line_that_does_not_go_low_makes_its_bank_offline_and_is_driven_low_anew() -> None:
    wires = Wires(SteppedTime())
    cabinet = wired_cabinet(wires)
    wires.broken.add(("header", 17))
    with pytest.raises(CabinetOffline):
        cabinet.pulse("1", 0.3)
    assert wires.lock_is_high("1")
    assert "1" in cabinet.offline()

    wires.broken.clear()
    assert cabinet.offline() == frozenset()
    assert not wires.lock_is_high("1")


def test_a_sensor_that_fails_while_its_bank_answers_leaves_the_bank_online() -> None:
    wires = Wires(SteppedTime())
    cabinet = wired_cabinet(wires)
    wires.lose_sensor("3")
    for _ in range(9):
        cabinet.door_state("3")

    assert cabinet.offline() == frozenset()


def test_a_bank_that_dies_in_silence_is_noticed_by_reading_doors() -> None:
    wires = Wires(SteppedTime())
    cabinet = wired_cabinet(wires)
    wires.unplug_expander(True)
    for _ in range(3):
        cabinet.door_state("3")

    assert cabinet.offline() == {"3", "9", "B1", "B2"}


def test_slow_is_one_blink_a_second_and_fast_is_two() -> None:
    wires = Wires(SteppedTime())
    cabinet = wired_cabinet(wires)
    cabinet.indicate("B1", Light.SLOW)
    cabinet.indicate("B2", Light.FAST)
    wires.changes.clear()
    for _ in range(80):
        wires.time.sleep(0.125)
        cabinet.beat()

    rises = [change.line for change in wires.changes if change.high]
    assert (rises.count(8), rises.count(9)) == (10, 20)


def test_a_light_lit_while_its_bank_was_gone_shines_when_it_is_back() -> None:
    wires = Wires(SteppedTime())
    cabinet = wired_cabinet(wires)
    wires.unplug_expander(True)
    cabinet.indicate("B1", Light.STEADY)
    wires.unplug_expander(False)
    cabinet.offline()
    cabinet.beat()

    assert wires.levels["expander", 8]


def test_closing_leaves_every_line_low_and_a_closed_cabinet_stays_closed() -> None:
    wires = Wires(SteppedTime())
    cabinet = wired_cabinet(wires)
    cabinet.indicate("B1", Light.STEADY)
    cabinet.close()
    before = len(wires.changes)

    assert not any(wires.levels.values())
    assert cabinet.offline() == {"1", "2", "3", "9", "B1", "B2"}
    assert len(wires.changes) == before
    with pytest.raises(CabinetOffline):
        cabinet.pulse("1", 0.3)


def test_closing_with_a_dead_bank_still_locks_the_others() -> None:
    wires = Wires(SteppedTime())
    cabinet = wired_cabinet(wires)
    wires.unplug_expander(True)
    wires.changes.clear()
    cabinet.close()

    assert {change.line for change in wires.changes if change.bank == "header"} == {17, 27}
    assert not any(change.high for change in wires.changes)


def test_it_does_not_call_itself_simulated() -> None:
    assert not wired_cabinet(Wires(SteppedTime())).simulated
