"""Now and then a proven time goes to disk, so that the next boot cannot believe in 1970."""

from __future__ import annotations

from datetime import datetime, timedelta

from edge.core.moment import ClockQuality, Moment, instant_from_rfc3339
from edge.flows.point import Point
from edge.store import floor, inbox

KEPT_EVERY = timedelta(minutes=10)
MUST_AGREE_WITHIN = timedelta(days=1)
"""Two witnesses: a floor only rises, so one wrong clock must not be able to raise it for good."""
MAY_LEAP = timedelta(hours=36)
"""So far beyond this start's floor and the time since the boot the cloud alone is believed."""


def keep_floor(point: Point) -> None:
    """Keep what the cloud said the time was, if a clock of ours bears it out."""
    now = point.clock.now()
    told = inbox.documents(point.edge_file).get("server_time")
    proven = None if told is None else instant_from_rfc3339(told)
    kept = floor.trusted_floor(point.edge_file)
    if proven is None or not _is_borne_out(proven, now):
        return
    if kept is None or proven - kept >= KEPT_EVERY:
        point.writer.call(lambda txn: floor.raise_floor(txn, proven))


def _is_borne_out(told: datetime, now: Moment) -> bool:
    """By the wall clock; by the time since the boot where no time server vouches for that one."""
    if now.quality is not ClockQuality.UNTRUSTED and abs(now.wall - told) <= MUST_AGREE_WITHIN:
        return True
    if now.quality is ClockQuality.SYNCED:
        return False
    return told - now.floor <= timedelta(seconds=now.boot_seconds) + MAY_LEAP
