"""Now and then a proven time goes to disk, so that the next boot cannot believe in 1970."""

from __future__ import annotations

from datetime import timedelta

from edge.core.moment import ClockQuality, instant_from_rfc3339
from edge.flows.point import Point
from edge.store import floor, inbox

KEPT_EVERY = timedelta(minutes=10)
MUST_AGREE_WITHIN = timedelta(days=1)
"""Two witnesses: a floor only rises, so one wrong clock must not be able to raise it for good."""


def keep_floor(point: Point) -> None:
    """Keep what the cloud said the time was, if our own disciplined clock agrees with it."""
    now = point.clock.now()
    if now.quality is not ClockQuality.SYNCED:
        return
    told = inbox.documents(point.edge_file).get("server_time")
    proven = None if told is None else instant_from_rfc3339(told)
    kept = floor.trusted_floor(point.edge_file)
    if proven is None or abs(now.wall - proven) > MUST_AGREE_WITHIN:
        return
    if kept is None or proven - kept >= KEPT_EVERY:
        point.writer.call(lambda txn: floor.raise_floor(txn, proven))
