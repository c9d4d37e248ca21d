"""After the file lost something: a parcel that may have been handed over is nobody's to open.

It is booked as released, by nobody seen, and tried often enough. So every pass is sent to the
leader, who finds it among "maybe opened" and says what became of it: collected, or still here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from edge.core.decision import MAX_ATTEMPTS, Release
from edge.core.moment import ClockQuality
from edge.core.order import Progress
from edge.core.places import COUNTER
from edge.core.view import OrderView, ParcelView, Trust
from edge.flows import telling
from edge.flows.bearer import Bearer
from edge.flows.point import Point
from edge.store import journal, unseen
from edge.store.database import Txn
from edge.store.losses import Losses, keep_losses, losses

METHOD = "doubt"
"""How a hand-over that perhaps happened is marked."""


def put_in_doubt(point: Point, txn: Txn, *, after_key: int = 0) -> int:
    """Do so for every parcel, of orders behind that key, not seen collected; how many those are."""
    found = losses(txn)
    if found is None or not found.doubt:
        return 0
    last = date.fromisoformat(found.until) if found.until else _last_day(point, txn, found)
    views = unseen.not_seen_collected(txn, last, after_key)
    return sum(_doubt(point, txn, view, parcel) for view in views for parcel in view.parcels)


def doubt_late_ones(point: Point, txn: Txn, after_key: int) -> None:
    """Orders that come back only after the loss was told are in doubt like the others."""
    found = losses(txn)
    if found is not None and found.told:
        put_in_doubt(point, txn, after_key=after_key)


def _last_day(point: Point, txn: Txn, found: Losses) -> date:
    """Goods for later days were not here yet; while nobody knows the day, any may have been."""
    if point.clock.now().quality is not ClockQuality.SYNCED:
        return date.max
    last = max(point.today(), unseen.last_received_day(txn) or date.min)
    keep_losses(txn, replace(found, until=last.isoformat()))
    return last


def _doubt(point: Point, txn: Txn, view: OrderView, parcel: ParcelView) -> int:
    if parcel.hand_over is not None and parcel.progress is Progress.RELEASED:
        journal.exhaust(txn, parcel.hand_over.position, MAX_ATTEMPTS)
        return 0
    if parcel.progress not in {Progress.WAITING, Progress.PLACED}:
        return 0
    moment, place = point.clock.now(), parcel.place_id or COUNTER
    bearer = Bearer(view.order.ref, Trust.LEADER, METHOD)
    event = telling.released(Release(view, parcel, place), bearer)
    position = point.outbox.append(txn, event, moment)
    journal.release(txn, position, parcel.key, place, bearer.trust, METHOD, moment)
    journal.exhaust(txn, position, MAX_ATTEMPTS)
    return 1
