"""True time, and the clocks of machines that know it more or less well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from edge.clock import RELEASED_AT
from edge.core.moment import ClockQuality, Moment

FOUR_O_CLOCK = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""When every run begins: the first customers are coming."""
NINETEEN_SEVENTY = datetime(1970, 1, 1, 0, 3, tzinfo=UTC)


class Wrong(StrEnum):
    """What may be the matter with a machine's clock."""

    NOTHING = "nothing"
    UNSYNCED = "unsynced"
    IN_1970 = "in 1970"
    TEN_YEARS_AHEAD = "ten years ahead"
    AN_HOUR_BEHIND = "an hour behind"


class TrueTime:
    """What nobody in the system can ask; the cloud is believed to know it."""

    def __init__(self) -> None:
        self.passed = 0.0

    def pass_by(self, seconds: float) -> None:
        self.passed += seconds

    @property
    def wall(self) -> datetime:
        return FOUR_O_CLOCK + timedelta(seconds=self.passed)

    def now(self) -> Moment:
        return Moment(self.wall, ClockQuality.SYNCED, RELEASED_AT, "c" * 32, self._boot_ns())

    def seconds(self) -> float:
        return self.passed

    def _boot_ns(self) -> int:
        return int(self.passed * 1e9)


class MachineClock:
    """One machine's clock behind its floor, with the rules of edge.clock.SystemClock."""

    def __init__(self, time: TrueTime) -> None:
        self._time = time
        self._boots = 0
        self.floor = RELEASED_AT
        self.boot()
        self.goes(Wrong.NOTHING)

    def boot(self) -> None:
        """Another boot: timers begin anew."""
        self._boots += 1
        self._booted_at = self._time.passed

    def goes(self, wrong: Wrong) -> None:
        """From now on this is the matter with it."""
        self._error = {
            Wrong.IN_1970: NINETEEN_SEVENTY - self._time.wall,
            Wrong.TEN_YEARS_AHEAD: timedelta(days=3653),
            Wrong.AN_HOUR_BEHIND: timedelta(hours=-1),
        }.get(wrong, timedelta())
        self._disciplined = wrong in (Wrong.NOTHING, Wrong.AN_HOUR_BEHIND)

    def now(self) -> Moment:
        wall = self._time.wall + self._error
        boot_ns = int(self.seconds() * 1e9)
        boot_id = f"{self._boots:032x}"
        return Moment(max(wall, self.floor), self._quality(wall), self.floor, boot_id, boot_ns)

    def seconds(self) -> float:
        return 1.0 + self._time.passed - self._booted_at

    def _quality(self, wall: datetime) -> ClockQuality:
        if wall < self.floor:
            return ClockQuality.UNTRUSTED
        return ClockQuality.SYNCED if self._disciplined else ClockQuality.FLOOR
