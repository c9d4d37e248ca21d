"""Time that only moves when a test moves it."""

from __future__ import annotations

from collections.abc import Callable


class SteppedTime:
    """A clock and its sleep: sleeping is the only thing that takes time.

    It runs its alarms on the way, as `threading.Timer` would, so that a watchdog can bark.
    """

    def __init__(self, start: float = 1000.0) -> None:
        self.now = start
        self._alarms: list[Alarm] = []

    def seconds(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [alarm for alarm in self._alarms if alarm.at <= end]:
            alarm = min(due, key=lambda alarm: alarm.at)
            self._alarms.remove(alarm)
            self.now = max(self.now, alarm.at)
            alarm.ring()
        self.now = end

    def alarm(self, seconds: float, ring: Callable[[], None]) -> Alarm:
        return Alarm(self, seconds, ring)


class Alarm:
    """Looks like `threading.Timer`."""

    def __init__(self, time: SteppedTime, seconds: float, ring: Callable[[], None]) -> None:
        self._time = time
        self._seconds = seconds
        self.ring = ring
        self.at = float("inf")

    def start(self) -> None:
        self.at = self._time.now + self._seconds
        self._time._alarms.append(self)

    def cancel(self) -> None:
        if self in self._time._alarms:
            self._time._alarms.remove(self)
