"""One turn of the hardware thread: banks, doors, at most one pulse, lights.

Rule: everything that touches the cabinet happens in here, one thing after the other; so never
two coils at once, and never two pulses without a rest between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from edge.core.decision import DoorFault
from edge.devices.cabinet import Cabinet, DoorReport, DoorState, Light
from edge.devices.doors import Door
from edge.devices.sensing import ROUNDING
from edge.errors import CabinetOffline

BUSY_POLL = 0.05
IDLE_POLL = 0.25
BANK_POLL = 1.0
"""A coil whose line could not be switched off hangs no longer: taking a bank anew drives it low."""
PULSE_GAP = 0.3
"""Seconds between any two pulses: the supply recovers (from sources, not measured)."""


class Loop:
    """The doors of one cabinet and what has been asked of them; called by one thread only."""

    def __init__(
        self,
        cabinet: Cabinet,
        doors: Iterable[Door],
        *,
        report: Callable[[DoorReport], None],
        clock: Callable[[], float],
    ) -> None:
        self._cabinet = cabinet
        self._doors = {door.place_id: door for door in doors}
        self._report = report
        self._clock = clock
        self._offline = cabinet.offline()
        self._banks_due = clock() + BANK_POLL
        self._looked_at = dict.fromkeys(self._doors, float("-inf"))
        self._gap_until = float("-inf")

    def unlock(self, place_id: str, token: int) -> None:
        """Start the door on its way; what becomes of it is reported."""
        self._tell(self._doors[place_id].unlock(token, self._clock()))

    def indicate(self, place_id: str, light: Light) -> None:
        """Set a place's light."""
        self._cabinet.indicate(place_id, light)

    def turn(self) -> float:
        """Do what is due now; the answer is how many seconds may pass until the next turn."""
        if self._clock() >= self._banks_due:
            self._ask_banks()
        for door in self._doors.values():
            if door.busy or self._clock() - self._looked_at[door.place_id] >= IDLE_POLL - ROUNDING:
                self._look_at(door)
        self._pulse_one()
        self._cabinet.beat()
        busy = any(door.busy for door in self._doors.values())
        return BUSY_POLL if busy else IDLE_POLL

    @property
    def faults(self) -> Mapping[str, DoorFault]:
        """What is wrong with places now; a place that is well is not in it."""
        already_open = {
            place_id: DoorFault.ALREADY_OPEN
            for place_id, state in self.states.items()
            if state is DoorState.OPEN
        }
        return {**already_open, **dict.fromkeys(self._offline, DoorFault.OFFLINE)}

    @property
    def states(self) -> Mapping[str, DoorState]:
        """What each door's sensor says."""
        return {place_id: door.sensor.state for place_id, door in self._doors.items()}

    def _ask_banks(self) -> None:
        self._offline = self._cabinet.offline()
        self._banks_due = self._clock() + BANK_POLL

    def _look_at(self, door: Door) -> None:
        reading, now = self._cabinet.door_state(door.place_id), self._clock()
        self._looked_at[door.place_id] = now
        self._tell(door.observe(reading, now))

    def _pulse_one(self) -> None:
        now = self._clock()
        due = [door for door in self._doors.values() if door.pulse_due(now) is not None]
        if due and now >= self._gap_until - ROUNDING:
            self._pulse(min(due, key=lambda door: door.asked_at), now)

    def _pulse(self, door: Door, now: float) -> None:
        seconds = door.pulse_due(now)
        if seconds is None:
            return
        try:
            self._cabinet.pulse(door.place_id, seconds)
        except CabinetOffline:
            self._ask_banks()
            self._tell(door.pulse_failed(self._clock()))
        else:
            self._tell(door.pulsed(self._clock()))
        finally:
            self._gap_until = self._clock() + PULSE_GAP

    def _tell(self, reports: Iterable[DoorReport]) -> None:
        for report in reports:
            self._report(report)
