"""A wall clock that is set while the kiosk runs: the cloud hears of it, for times before differ."""

from __future__ import annotations

from datetime import datetime, timedelta

from edge.core.events import Event, EventType
from edge.core.moment import ClockQuality, Moment
from edge.flows.point import Point

STEP = timedelta(seconds=5)
"""Less than this between two looks is a clock that is being disciplined."""


class ClockWatch:
    """Compares the wall clock with the time since boot, which nobody sets."""

    def __init__(self, point: Point) -> None:
        self._point = point
        self._booted = _booted(point.clock.now())

    def look(self) -> None:
        """Record an event if the wall clock was set since the last look."""
        moment = self._point.clock.now()
        # Behind its floor the clock reads the floor, which stands still: nothing to compare.
        if moment.quality is ClockQuality.UNTRUSTED:
            return
        before, self._booted = self._booted, _booted(moment)
        step = self._booted - before
        if abs(step) >= STEP:
            data = {"by_ms": step // timedelta(milliseconds=1)}
            event = Event(EventType.CLOCK_STEPPED, None, data)
            self._point.writer.call(lambda txn: self._point.outbox.append(txn, event, moment))


def _booted(moment: Moment) -> datetime:
    """When the machine was started, by this wall clock."""
    return moment.wall - timedelta(seconds=moment.boot_seconds)
