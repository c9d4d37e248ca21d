"""Now and then a proven time goes to disk, so that the next boot cannot believe in 1970."""

from __future__ import annotations

from datetime import timedelta

from edge.core.moment import ClockQuality
from edge.flows.point import Point
from edge.store import floor

KEPT_EVERY = timedelta(minutes=10)


def keep_floor(point: Point) -> None:
    """Keep this moment as the floor, if the clock is disciplined and the kept floor is old."""
    now = point.clock.now()
    kept = floor.trusted_floor(point.edge_file)
    if now.quality is ClockQuality.SYNCED and (kept is None or now.wall - kept >= KEPT_EVERY):
        point.writer.call(lambda txn: floor.raise_floor(txn, now.wall))
