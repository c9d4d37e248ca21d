"""One door from command to closed again, as a state machine without any I/O.

Rule: a pulse answers a command, never anything else; time comes in as seconds since boot.
The times are from lock makers' papers and other cabinets' experience, not measured on a bench.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from enum import StrEnum

from edge.devices.cabinet import DoorReport, DoorState, ReportKind
from edge.devices.sensing import ROUNDING, Sensor

OPEN_WITHIN = 1.5
"""Seconds after a pulse in which a door that works has sprung open."""
RETRIES = 2
COOL_DOWN = 2.0
LONGER_BY = 0.1
LONGEST_PULSE = 0.8
PULSES_A_MINUTE = 6
LATE_WITHIN = 10.0
"""An opening so soon after a command that gave up is the customer's, not a burglar's."""
REMINDERS = (30.0, 60.0, 180.0)
COLD_REMINDERS = (20.0, 45.0, 90.0)


class Stage(StrEnum):
    """Where a door stands between a command and its end."""

    RESTING = "resting"
    CHECKING = "checking"
    OPENING = "opening"
    COOLING = "cooling"
    OPEN = "open"


COMMANDED = frozenset({Stage.CHECKING, Stage.OPENING, Stage.COOLING})


class Door:
    """One door; `pulse` is the first pulse's length in seconds, `cold` shortens the reminders."""

    def __init__(self, place_id: str, *, pulse: float, cold: bool) -> None:
        self.place_id = place_id
        self.sensor = Sensor()
        self.stage = Stage.RESTING
        self.asked_at = 0.0
        self._pulse = pulse
        self._levels = COLD_REMINDERS if cold else REMINDERS
        self._token: int | None = None
        self._pulses: deque[float] = deque(maxlen=PULSES_A_MINUTE)
        self._tries = 0
        self._until = 0.0
        self._late_until = 0.0
        self._opened_at = 0.0
        self._reminded = 0
        self._was_closed = False
        self._steps: Mapping[Stage, Callable[[float], list[DoorReport]]] = {
            Stage.RESTING: self._resting,
            Stage.CHECKING: self._checking,
            Stage.OPENING: self._opening,
            Stage.COOLING: self._checking,
            Stage.OPEN: self._standing_open,
        }

    @property
    def busy(self) -> bool:
        """Whether it wants to be looked at often."""
        return self.stage in COMMANDED or self.sensor.settling

    def unlock(self, token: int, now: float) -> list[DoorReport]:
        """Take a command; the next reading decides whether it needs a pulse at all."""
        if self.stage in COMMANDED:
            repeated, self._token = self._token == token, token
            return [] if repeated else [self._report(ReportKind.UNLOCKING)]
        self.stage, self._token, self._tries = Stage.CHECKING, token, 0
        self.asked_at = self._until = now
        return [self._report(ReportKind.UNLOCKING)]

    def observe(self, reading: DoorState, now: float) -> list[DoorReport]:
        """Take the sensor's reading and say what has happened."""
        self.sensor.observe(reading, now)
        reports = self._steps[self.stage](now)
        if self.sensor.steady in (DoorState.OPEN, DoorState.CLOSED):
            self._was_closed = self.sensor.steady is DoorState.CLOSED
        return reports

    def pulse_due(self, now: float) -> float | None:
        """The length in seconds of the pulse that the command wants now, if it wants one."""
        if not self._wants_pulse(now) or self._spent(now):
            return None
        return min(self._pulse + LONGER_BY * self._tries, LONGEST_PULSE)

    def pulsed(self, now: float) -> list[DoorReport]:
        """The pulse was given and is over."""
        self._pulses.append(now)
        if self.sensor.raw is DoorState.UNKNOWN:
            return self._give_up(ReportKind.BLIND, now)
        self.stage, self._until = Stage.OPENING, now + OPEN_WITHIN
        return []

    def pulse_failed(self, now: float) -> list[DoorReport]:
        """The bank did not answer: nothing more is tried for this command."""
        self._pulses.append(now)
        return self._give_up(ReportKind.STUCK, now)

    def _resting(self, now: float) -> list[DoorReport]:
        if self.sensor.steady is not DoorState.OPEN:
            return []
        if self._token is not None and now <= self._late_until:
            return self._opened(now)
        self._token = None
        forced = self._was_closed
        self._stand_open(now)
        # A door found open at the start, or when its sensor comes back, may have a story.
        return [self._report(ReportKind.FORCED)] if forced else []

    def _checking(self, now: float) -> list[DoorReport]:
        if self.sensor.steady is DoorState.OPEN:
            return self._opened(now)
        if self._tries and self._rested(now) and self.sensor.blind(now):
            return self._give_up(ReportKind.BLIND, now)
        if self._wants_pulse(now) and self._spent(now):
            return self._give_up(ReportKind.STUCK, now)
        return []

    def _opening(self, now: float) -> list[DoorReport]:
        if self.sensor.steady is DoorState.OPEN:
            return self._opened(now)
        if not self._rested(now):
            return []
        if self.sensor.blind(now):
            return self._give_up(ReportKind.BLIND, now)
        return self._retry(now) if self.sensor.raw is DoorState.CLOSED else []

    def _standing_open(self, now: float) -> list[DoorReport]:
        if self.sensor.steady is DoorState.CLOSED:
            closed = self._report(ReportKind.CLOSED)
            self.stage, self._token = Stage.RESTING, None
            return [closed]
        due = self._reminded < len(self._levels) and (
            now - self._opened_at >= self._levels[self._reminded]
        )
        if not due or self.sensor.raw is not DoorState.OPEN:
            return []
        self._reminded += 1
        return [self._report(ReportKind.LEFT_OPEN)]

    def _retry(self, now: float) -> list[DoorReport]:
        if self._tries == RETRIES:
            return self._give_up(ReportKind.STUCK, now)
        self._tries += 1
        self.stage, self._until = Stage.COOLING, now + COOL_DOWN
        return [self._report(ReportKind.RETRYING)]

    def _wants_pulse(self, now: float) -> bool:
        if self.stage not in (Stage.CHECKING, Stage.COOLING) or not self._rested(now):
            return False
        first_and_blind = self._tries == 0 and self.sensor.blind(now)
        return self.sensor.raw is DoorState.CLOSED or first_and_blind

    def _rested(self, now: float) -> bool:
        return now >= self._until - ROUNDING

    def _spent(self, now: float) -> bool:
        return len(self._pulses) == PULSES_A_MINUTE and now - self._pulses[0] < 60

    def _give_up(self, kind: ReportKind, now: float) -> list[DoorReport]:
        self.stage, self._late_until = Stage.RESTING, now + LATE_WITHIN
        return [self._report(kind)]

    def _opened(self, now: float) -> list[DoorReport]:
        self._stand_open(now)
        return [self._report(ReportKind.OPENED)]

    def _stand_open(self, now: float) -> None:
        self.stage, self._opened_at, self._reminded = Stage.OPEN, now, 0

    def _report(self, kind: ReportKind) -> DoorReport:
        return DoorReport(kind, self.place_id, self._token)
