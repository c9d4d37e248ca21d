"""A door that is watched second by second."""

from __future__ import annotations

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
