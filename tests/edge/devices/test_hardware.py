"""The hardware thread itself: who may call it, how it ends, and that it never limps on."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from edge.core.decision import DoorFault
from edge.devices.cabinet import DoorReport, DoorState, Light, ReportKind
from edge.devices.hardware import Doors
from edge.errors import UnknownCompartment
from tests.edge.devices.benches import profile
from tests.edge.devices.fake_cabinet import FakeCabinet

PATIENCE = 20.0


@dataclass
class Heard:
    """Reports and deaths, to be waited for."""

    reports: list[DoorReport] = field(default_factory=list)
    deaths: int = 0
    _news: threading.Condition = field(default_factory=threading.Condition)

    def report(self, report: DoorReport) -> None:
        with self._news:
            self.reports.append(report)
            self._news.notify_all()

    def died(self) -> None:
        with self._news:
            self.deaths += 1
            self._news.notify_all()

    def until(self, wish: Callable[[], bool]) -> None:
        """Wait for a report that makes it true, or for what the thread sets after reporting."""
        give_up = time.monotonic() + PATIENCE
        with self._news:
            while not wish():
                assert time.monotonic() < give_up, f"only heard {self.reports}"
                self._news.wait(0.02)

    def until_told(self, kind: ReportKind) -> None:
        self.until(lambda: kind in [report.kind for report in self.reports])


class SlowCabinet(FakeCabinet):
    """A pulse waits to be let go, so that a test can act in the middle of it."""

    def __init__(self) -> None:
        super().__init__(("1", "2", "3", "9"), shelf=("B1", "B2"))
        self.pulsing = threading.Event()
        self.let_go = threading.Event()

    def pulse(self, place_id: str, seconds: float) -> None:
        self.pulsing.set()
        assert self.let_go.wait(PATIENCE)
        assert not self.closed, "lines were given back in the middle of a pulse"
        super().pulse(place_id, seconds)


class BrokenCabinet(FakeCabinet):
    """Reading a door hits a mistake of our own."""

    broken = False

    def door_state(self, place_id: str) -> DoorState:
        if self.broken:
            raise ZeroDivisionError("a mistake in a driver")
        return super().door_state(place_id)


@pytest.fixture
def cabinet() -> FakeCabinet:
    return FakeCabinet(("1", "2", "3", "9"), shelf=("B1", "B2"))


@pytest.fixture
def heard() -> Heard:
    return Heard()


def at_work(cabinet: FakeCabinet, heard: Heard) -> Doors:
    doors = Doors(cabinet, profile(), report=heard.report, died=heard.died, clock=time.monotonic)
    doors.start()
    return doors


@pytest.fixture
def doors(cabinet: FakeCabinet, heard: Heard) -> Iterator[Doors]:
    made = at_work(cabinet, heard)
    yield made
    made.close()


def test_an_unlock_is_answered_with_its_token(doors: Doors, heard: Heard) -> None:
    doors.unlock("2", 4711)
    heard.until_told(ReportKind.OPENED)

    assert [(report.kind, report.place_id, report.token) for report in heard.reports] == [
        (ReportKind.UNLOCKING, "2", 4711),
        (ReportKind.OPENED, "2", 4711),
    ]


def test_an_opened_door_shows_in_faults_and_states(
    doors: Doors, cabinet: FakeCabinet, heard: Heard
) -> None:
    doors.unlock("2", 1)
    heard.until_told(ReportKind.OPENED)
    cabinet.close_door("2")
    heard.until_told(ReportKind.CLOSED)
    doors.unlock("3", 2)
    heard.until(lambda: doors.faults().get("3") is DoorFault.ALREADY_OPEN)

    assert "2" not in doors.faults()
    assert doors.states()["3"] is DoorState.OPEN


def test_a_stranger_is_refused_where_it_is_asked_for(doors: Doors) -> None:
    with pytest.raises(UnknownCompartment, match="77"):
        doors.unlock("77", 1)
    with pytest.raises(UnknownCompartment, match="B1"):
        doors.unlock("B1", 1)
    with pytest.raises(UnknownCompartment, match="77"):
        doors.show("77")


def test_a_shelf_place_blinks_slowly_until_it_is_hidden(
    doors: Doors, cabinet: FakeCabinet, heard: Heard
) -> None:
    doors.show("B2")
    doors.unlock("1", 1)
    heard.until_told(ReportKind.OPENED)
    assert cabinet.lights == {"B1": Light.OFF, "B2": Light.SLOW}

    doors.hide("B2")
    doors.unlock("2", 2)
    heard.until(lambda: (2, ReportKind.OPENED) in [(r.token, r.kind) for r in heard.reports])
    assert cabinet.lights == {"B1": Light.OFF, "B2": Light.OFF}


def test_closing_waits_for_the_pulse_and_then_locks_everything(heard: Heard) -> None:
    cabinet = SlowCabinet()
    doors = at_work(cabinet, heard)
    doors.unlock("1", 1)
    assert cabinet.pulsing.wait(PATIENCE)
    doors.unlock("2", 2)
    closer = threading.Thread(target=doors.close)
    closer.start()
    cabinet.let_go.set()
    closer.join(PATIENCE)

    assert cabinet.closed
    assert [place_id for place_id, _ in cabinet.pulses] == ["1"]
    assert heard.deaths == 0


def test_closing_before_the_start_locks_everything(cabinet: FakeCabinet, heard: Heard) -> None:
    doors = Doors(cabinet, profile(), report=heard.report, died=heard.died, clock=time.monotonic)
    doors.close()

    assert cabinet.closed


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_by_a_mistake_locks_everything_and_says_so(heard: Heard) -> None:
    cabinet = BrokenCabinet(("1", "2", "3", "9"), shelf=("B1", "B2"))
    doors = at_work(cabinet, heard)
    cabinet.broken = True
    heard.until(lambda: heard.deaths == 1)

    assert cabinet.closed
    doors.close()
    assert heard.deaths == 1


def test_the_port_the_machine_and_the_thread_do_not_load_gpiozero() -> None:
    code = (
        "import sys, edge.devices.cabinet, edge.devices.doors, edge.devices.hardware;"
        "sys.exit('gpiozero' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
