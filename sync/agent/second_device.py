"""Whether another device uses this point's name: the broker lets only one of them stay.

A broker may say so when it cuts a line, or just cut it; the cloud sees the two take turns and tells
both. Once may be a person who looks in with our credentials; again and again is a second device.
"""

from __future__ import annotations

PUSHES = 2
CLOSE_SECONDS = 600.0
"""So many pushes off the line within this time are a second device."""
QUIET_SECONDS = 600.0
"""A connection that stands this long has the name for itself."""


class SecondDevice:
    """Watches how connections begin and end; times are seconds since boot."""

    def __init__(self) -> None:
        self._pushes: list[float] = []
        self._up_since: float | None = None
        self._is_there = False

    def up(self, seconds: float) -> None:
        """A connection stands."""
        self._up_since = seconds

    def down(self, seconds: float, *, pushed_off: bool) -> None:
        """It is over; `pushed_off` when somebody else connected under our name."""
        self._up_since = None
        if pushed_off:
            close = [at for at in self._pushes if seconds - at < CLOSE_SECONDS]
            self._pushes = [*close, seconds]
            self._is_there = self._is_there or len(self._pushes) >= PUSHES

    def told(self) -> None:
        """The cloud has seen it."""
        self._is_there = True

    def is_there(self, seconds: float) -> bool:
        """Whether there is one, as far as can be known."""
        if self._up_since is not None and seconds - self._up_since >= QUIET_SECONDS:
            self._pushes, self._is_there = [], False
        return self._is_there
