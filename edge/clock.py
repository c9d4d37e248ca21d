"""The only place that asks what time it is."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from edge.core.moment import ClockQuality, Moment

RELEASED_AT = datetime(2026, 11, 1, tzinfo=UTC)
"""No moment lies before this software was made."""
SYNCED_MAX_ERROR_US = 16_000_000
"""systemd's own bar: the kernel's estimated error below 16 s means disciplined."""
SYNC_ASKED_EVERY_NS = 1_000_000_000
"""The kernel's estimate moves by half a millisecond a second: asking at every moment tells less."""
BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """Where moments come from."""

    def now(self) -> Moment:
        """This moment, never before the floor."""

    def seconds(self) -> float:
        """Seconds since boot, for timers."""


class SystemClock:
    """The machine's clocks behind a floor that only moves forward."""

    def __init__(
        self,
        floor: datetime = RELEASED_AT,
        *,
        wall: Callable[[], float] = time.time,
        max_error_us: Callable[[], int] | None = None,
    ) -> None:
        self._floor = max(floor, RELEASED_AT)
        self._wall = wall
        self._max_error_us = max_error_us or _kernel_max_error_us
        self._boot_id = BOOT_ID_FILE.read_text(encoding="ascii").strip()
        self._asked_ns, self._synced = -SYNC_ASKED_EVERY_NS, False

    def now(self) -> Moment:
        """This moment: the wall clock where it can be believed, else the floor."""
        wall = datetime.fromtimestamp(self._wall(), UTC)
        boot_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return Moment(
            wall=max(wall, self._floor),
            quality=self._quality(wall, boot_ns),
            floor=self._floor,
            boot_id=self._boot_id,
            boot_ns=boot_ns,
        )

    def seconds(self) -> float:
        """Seconds since boot, suspended time included."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def raise_floor(self, proven: datetime) -> None:
        """Learn that `proven` has surely passed."""
        self._floor = max(self._floor, proven)

    def _quality(self, wall: datetime, boot_ns: int) -> ClockQuality:
        if wall < self._floor:
            return ClockQuality.UNTRUSTED
        if boot_ns - self._asked_ns >= SYNC_ASKED_EVERY_NS:
            self._synced = self._max_error_us() < SYNCED_MAX_ERROR_US
            self._asked_ns = boot_ns
        return ClockQuality.SYNCED if self._synced else ClockQuality.FLOOR


class _Timex(ctypes.Structure):
    # struct timex of adjtimex(2) up to maxerror; the rest is room that the kernel fills.
    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    )


_libc = ctypes.CDLL(None, use_errno=True)


def _kernel_max_error_us() -> int:
    timex = _Timex()
    if _libc.adjtimex(ctypes.byref(timex)) < 0:
        return SYNCED_MAX_ERROR_US
    return int(timex.maxerror)
