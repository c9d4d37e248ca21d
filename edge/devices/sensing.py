"""From a door sensor's raw readings to what may be believed.

Rule: unknown is never taken for closed, nor for open. The times are from sources on reed and
lever switches, not measured on a bench.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from edge.devices.cabinet import DoorState

SETTLE: Mapping[DoorState, float] = {
    DoorState.OPEN: 0.08,
    DoorState.CLOSED: 0.5,
    DoorState.UNKNOWN: 2.0,
}
"""Seconds for which a reading must hold before it counts."""
BLIND_AFTER = 0.2
"""Seconds without a reading after which nobody waits for one before a pulse."""
MAX_FLAPS = 10
FLAP_WINDOW = 1.0
CALM_AFTER = 5.0
"""More changes than MAX_FLAPS in a window: not believed until it was calm this long."""
ROUNDING = 1e-6
"""Sums of clock readings are a hair off; a time limit reached to the microsecond is reached."""


class Sensor:
    """One sensor: `raw` is the latest reading, `steady` what has held long enough, else None.

    `state` is the last steady word, for those who only look.
    """

    def __init__(self) -> None:
        self.raw = DoorState.UNKNOWN
        self.state = DoorState.UNKNOWN
        self.steady: DoorState | None = None
        self._since = 0.0
        self._reading = DoorState.UNKNOWN
        self._changes: deque[float] = deque(maxlen=MAX_FLAPS + 1)
        self._calm_at = 0.0

    @property
    def settling(self) -> bool:
        """Whether the latest reading still has to prove itself."""
        return self.raw is not self.state

    def observe(self, reading: DoorState, now: float) -> None:
        """Take one reading, now in seconds since boot."""
        believed = DoorState.UNKNOWN if self._flapping(reading, now) else reading
        if believed is not self.raw:
            self.raw, self._since = believed, now
        self.steady = self.raw if self._held(SETTLE[self.raw], now) else None
        if self.steady is not None:
            self.state = self.steady

    def blind(self, now: float) -> bool:
        """Whether it has said nothing for longer than one lost reading."""
        return self.raw is DoorState.UNKNOWN and self._held(BLIND_AFTER, now)

    def _held(self, seconds: float, now: float) -> bool:
        return now - self._since >= seconds - ROUNDING

    def _flapping(self, reading: DoorState, now: float) -> bool:
        if reading is not self._reading:
            self._reading = reading
            self._changes.append(now)
            full = len(self._changes) == self._changes.maxlen
            if now < self._calm_at or (full and now - self._changes[0] <= FLAP_WINDOW):
                self._calm_at = now + CALM_AFTER
        return now < self._calm_at
