"""Turns of the hardware loop, with nothing but variables for a cabinet."""

from __future__ import annotations

from edge.core.decision import DoorFault
from edge.devices.cabinet import DoorReport, DoorState, Light, ReportKind
from edge.devices.doors import Door
from edge.devices.loop import Loop
from tests.edge.devices.fake_cabinet import FakeCabinet, Script
from tests.edge.devices.stepped_time import SteppedTime


class Work:
    def __init__(self, *doors: str) -> None:
        self.time = SteppedTime()
        self.cabinet = FakeCabinet(doors, shelf=("B2",))
        self.reports: list[DoorReport] = []
        machines = [Door(place_id, pulse=0.3, cold=False) for place_id in doors]
        self.loop = Loop(
            self.cabinet, machines, report=self.reports.append, clock=self.time.seconds
        )
        self.go_on(1.0)

    def go_on(self, seconds: float) -> list[float]:
        end, waits = self.time.now + seconds, []
        while self.time.now < end:
            waits.append(self.loop.turn())
            self.time.sleep(waits[-1])
        return waits

    @property
    def told(self) -> list[tuple[ReportKind, str]]:
        return [(report.kind, report.place_id) for report in self.reports]


def test_doors_open_in_the_order_in_which_they_were_asked_for() -> None:
    work = Work("1", "2", "3")
    for token, place_id in enumerate(("3", "1", "2")):
        work.loop.unlock(place_id, token)
        work.time.sleep(0.001)
    work.go_on(3.0)

    assert [place_id for place_id, _ in work.cabinet.pulses] == ["3", "1", "2"]


def test_a_stuck_door_does_not_hold_up_its_neighbour() -> None:
    work = Work("1", "2")
    work.cabinet.script["1"] = Script.STICKS
    work.loop.unlock("1", 1)
    work.loop.unlock("2", 2)
    work.go_on(2.0)

    assert (ReportKind.OPENED, "2") in work.told
    assert (ReportKind.STUCK, "1") not in work.told


def test_a_door_whose_bank_dies_is_stuck_and_offline_and_the_others_go_on() -> None:
    work = Work("1", "2")
    work.cabinet.script["1"] = Script.OFFLINE
    work.loop.unlock("1", 1)
    work.loop.unlock("2", 2)
    work.go_on(2.0)

    assert (ReportKind.STUCK, "1") in work.told
    assert (ReportKind.OPENED, "2") in work.told
    assert work.loop.faults["1"] is DoorFault.OFFLINE


def test_a_bank_that_died_in_silence_is_noticed_and_its_return_too() -> None:
    work = Work("1", "2")
    work.cabinet.script["1"] = Script.OFFLINE
    work.go_on(2.0)
    assert work.loop.faults == {"1": DoorFault.OFFLINE}

    work.cabinet.script["1"] = Script.OPENS
    work.go_on(2.0)
    assert work.loop.faults == {}


def test_an_open_door_is_a_fault_until_it_is_closed() -> None:
    work = Work("1", "2")
    work.cabinet.open_by_hand("2")
    work.go_on(1.0)
    assert work.loop.faults == {"2": DoorFault.ALREADY_OPEN}
    assert work.loop.states == {"1": DoorState.CLOSED, "2": DoorState.OPEN}

    work.cabinet.close_door("2")
    work.go_on(1.0)
    assert work.loop.faults == {}


def test_it_looks_often_while_a_door_moves_and_seldom_when_all_is_quiet() -> None:
    work = Work("1")
    assert set(work.go_on(2.0)) == {0.25}

    work.loop.unlock("1", 1)
    assert work.loop.turn() == 0.05


def test_a_door_is_noticed_while_everything_is_quiet() -> None:
    work = Work("1")
    work.cabinet.open_by_hand("1")
    work.go_on(0.6)

    assert work.told == [(ReportKind.FORCED, "1")]


def test_a_light_is_set_as_asked() -> None:
    work = Work("1")
    work.loop.indicate("B2", Light.SLOW)

    assert work.cabinet.lights == {"B2": Light.SLOW}
