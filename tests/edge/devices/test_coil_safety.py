"""Whatever is asked and whatever breaks: one coil at a time, never for long, never unasked.

The oracle reads nothing but the levels that were driven onto lock lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.devices.cabinet import DoorReport
from edge.devices.hardware import doors_of
from edge.devices.loop import PULSE_GAP, Loop
from tests.edge.devices.benches import Change, Wires, wired_cabinet
from tests.edge.devices.stepped_time import SteppedTime

DOORS = ("1", "2", "3", "9")
door_ids = st.sampled_from(DOORS)
steps = st.one_of(
    st.tuples(st.just("unlock"), door_ids),
    st.tuples(st.just("unlock"), door_ids),
    st.tuples(st.just("close_door"), door_ids),
    st.tuples(st.just("open_by_hand"), door_ids),
    st.tuples(st.just("stick"), door_ids),
    st.tuples(st.just("lose_sensor"), door_ids),
    st.tuples(st.just("unplug"), st.booleans()),
    st.tuples(st.just("wait"), st.floats(0.01, 15.0)),
)


@dataclass(frozen=True)
class Pulse:
    """One coil, from its rise to its fall."""

    bank: str
    line: int
    rose: float
    fell: float


def coil_pulses(wires: Wires) -> list[Pulse]:
    """Every pulse in order; fails where two coils are on, or one stays on."""
    pulses: list[Pulse] = []
    rising: Change | None = None
    for change in wires.changes:
        if (change.bank, change.line) not in wires.locks:
            continue
        if change.high:
            assert rising is None, "a second coil while the first is on"
            rising = change
        elif rising is not None and (change.bank, change.line) == (rising.bank, rising.line):
            pulses.append(Pulse(change.bank, change.line, rising.at, change.at))
            rising = None
    assert rising is None, "a coil is still on"
    return pulses


class Day:
    """A cabinet at work: commands and accidents come in, turns go by."""

    def __init__(self) -> None:
        self.time = SteppedTime()
        self.wires = Wires(self.time)
        self.reports: list[DoorReport] = []
        self.asked: list[tuple[float, str]] = []
        self.loop = Loop(
            wired_cabinet(self.wires),
            doors_of(self.wires.profile),
            report=self.reports.append,
            clock=self.time.seconds,
        )
        self.wait(1.0)

    def wait(self, seconds: float) -> None:
        end = self.time.now + seconds
        while self.time.now < end:
            self.time.sleep(self.loop.turn())

    def do(self, action: str, value: str | float | bool) -> None:
        if action == "wait":
            self.wait(float(value))
        elif action == "unplug":
            self.wires.unplug_expander(bool(value))
        elif action == "unlock":
            self.asked.append((self.time.now, str(value)))
            self.loop.unlock(str(value), len(self.asked))
        else:
            getattr(self.wires, action)(value)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=15))
def test_never_two_coils_never_long_never_without_rest_never_unasked(
    day: list[tuple[str, str | float | bool]],
) -> None:
    at_work = Day()
    for action, value in day:
        at_work.do(action, value)
    at_work.wires.unplug_expander(False)
    at_work.wait(20.0)

    pulses = coil_pulses(at_work.wires)
    assert all(pulse.fell - pulse.rose <= 0.8 + 1e-6 for pulse in pulses)
    for earlier, later in pairwise(pulses):
        assert later.rose - earlier.fell >= PULSE_GAP - 1e-5
    for line, door in at_work.wires.locks.items():
        own = [pulse for pulse in pulses if (pulse.bank, pulse.line) == line]
        for first, seventh in zip(own, own[6:], strict=False):
            assert seventh.rose - first.fell >= 60 - 1e-5
        asked = [at for at, place_id in at_work.asked if place_id == door.wiring.place.place_id]
        for number, pulse in enumerate(own):
            commands = sum(at <= pulse.rose for at in asked)
            assert number < 3 * commands, "a pulse that nobody asked for"


@settings(max_examples=60, deadline=None)
@given(st.lists(door_ids, min_size=1, max_size=8))
def test_every_command_gets_exactly_one_answer_where_everything_works(asked: list[str]) -> None:
    at_work = Day()
    for door in dict.fromkeys(asked):
        at_work.do("unlock", door)
    at_work.wait(10.0)

    answers = [report for report in at_work.reports if report.kind in ("opened", "blind")]
    assert sorted(report.place_id for report in answers) == sorted(set(asked))
    assert len({report.token for report in answers}) == len(answers)
