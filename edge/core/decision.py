"""The one decision of the product: whether something opens now, and what.

Rule: no clock, no row, no pin in here; everything known comes in, one value goes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from edge.core.credential import Credential
from edge.core.moment import Moment
from edge.core.order import CloudState, OrderState, Progress
from edge.core.places import COUNTER
from edge.core.reasons import Reason, Refusal
from edge.core.view import HandOver, OrderView, ParcelView

REOPEN_GRACE = timedelta(seconds=120)
"""How long after collecting whoever collected may open the same door once more."""
MAX_REOPENS = 2
MAX_ATTEMPTS = 4
"""Unlock orders for one hand-over (each with its own retries) before the leader has to look."""


class DoorFault(StrEnum):
    """What is known to be wrong with a place before anything is tried."""

    OFFLINE = "offline"
    BLOCKED = "blocked"
    ALREADY_OPEN = "already_open"


FAULT_REASONS: Mapping[DoorFault, Reason] = {
    DoorFault.OFFLINE: Reason.CABINET_OFFLINE,
    DoorFault.BLOCKED: Reason.DOOR_BLOCKED,
    DoorFault.ALREADY_OPEN: Reason.DOOR_OPEN,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the point knows beside the order: its id, places in trouble, hand-overs in motion."""

    point_id: str
    faults: Mapping[str, DoorFault] = field(default_factory=dict)
    in_flight: frozenset[int] = frozenset()
    places: frozenset[str] | None = None
    """The places of today's cabinet; None where that is not asked."""
    collected_at: Mapping[int, float] = field(default_factory=dict)
    """When each hand-over of this start was collected, in seconds since boot."""

    def lacks(self, place_id: str) -> bool:
        """Whether goods are said to lie in a place that the cabinet no longer has."""
        return self.places is not None and place_id not in self.places


@dataclass(frozen=True, slots=True)
class Release:
    """Commit a new hand-over of this parcel, then unlock its place."""

    view: OrderView
    parcel: ParcelView
    place_id: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Unlock again for a hand-over that is committed but was never seen to open."""

    view: OrderView
    parcel: ParcelView
    hand_over: HandOver


@dataclass(frozen=True, slots=True)
class Underway:
    """This hand-over's door is moving right now: show it, command nothing."""

    view: OrderView
    parcel: ParcelView
    hand_over: HandOver


@dataclass(frozen=True, slots=True)
class SeenOpen:
    """The hand-over is committed and its door stands open: confirm it, move nothing."""

    view: OrderView
    parcel: ParcelView
    hand_over: HandOver


@dataclass(frozen=True, slots=True)
class Reopen:
    """Inside the grace: who collected opens the same, still assigned compartment."""

    view: OrderView
    parcel: ParcelView
    hand_over: HandOver


Decision = Release | Retry | Underway | SeenOpen | Reopen | Refusal


def decide(
    view: OrderView | None, credential: Credential, facts: Facts, moment: Moment
) -> Decision:
    """What an authentic pass does now, but for whose the grace is (`keep_grace`).

    A refusal is a value, never an exception.
    """
    if view is None:
        return _refuse_unknown(credential, facts)
    refusal = _pass_refusal(view, credential, moment)
    if refusal is not None:
        return refusal
    return decide_release(view, facts, moment)


def keep_grace(reopen: Reopen, sub_pass_id: str | None, collected_with: str | None) -> Decision:
    """The grace is for who collected: the customer, or the neighbour with that one sub-pass."""
    if sub_pass_id == collected_with:
        return reopen
    return _collected(reopen.view, reopen.hand_over)


def decide_release(view: OrderView, facts: Facts, moment: Moment) -> Decision:
    """What happens to an order whose bearer is entitled to it: the rungs below the pass."""
    for parcel in view.parcels:
        if parcel.progress is Progress.RELEASED and parcel.hand_over is not None:
            return _again(view, parcel, parcel.hand_over, facts)
    state = view.state
    if state is OrderState.COLLECTED:
        return _after_collection(view, facts, moment)
    # The cache decides whose order this is: a pass that names another point is good here when
    # its order was moved here, and an order of another point is nobody's to open here.
    if view.order.point_id != facts.point_id:
        return Refusal(Reason.WRONG_POINT, view, point_id=view.order.point_id)
    refusal = _state_refusal(view, state)
    return refusal if refusal is not None else _first_release(view, facts)


def decide_sibling(
    view: OrderView, shown: OrderView | None, facts: Facts, moment: Moment
) -> Decision:
    """What the pass or code of the order `shown` does for another one of the same customer."""
    if shown is None or not view.order.is_of_same_customer(shown.order):
        return Refusal(Reason.SEE_LEADER, view)
    return decide_release(view, facts, moment)


TELLS_OF_SIBLINGS = frozenset(
    {
        Reason.ALREADY_COLLECTED,
        Reason.NOT_ARRIVED,
        Reason.NOT_PLACED,
        Reason.PAYMENT_DUE,
        Reason.CANCELLED,
    }
)
"""Refusals of a good pass at the right point: what else waits here is still the customer's."""

LEADER_MAY_OVERRIDE = frozenset(
    {
        Reason.NOT_ARRIVED,
        Reason.NOT_PLACED,
        Reason.DOOR_BLOCKED,
        Reason.DOOR_OPEN,
        Reason.CABINET_OFFLINE,
    }
)
"""Refusals that end where the leader holds the goods in hand."""


def decide_manual(view: OrderView, facts: Facts, moment: Moment) -> Decision:
    """What the leader's own word does: as a pass would, else over the counter by hand."""
    decision = decide_release(view, facts, moment)
    begun = any(parcel.progress is Progress.RELEASED for parcel in view.parcels)
    if isinstance(decision, Refusal) and decision.reason is Reason.PAYMENT_DUE:
        # The leader's word includes that the money is in the drawer; the goods are in their place.
        decision = _first_release(view, facts)
    if begun or not isinstance(decision, Refusal) or decision.reason not in LEADER_MAY_OVERRIDE:
        return decision
    here = (Progress.WAITING, Progress.PLACED)
    parcel = next((parcel for parcel in view.parcels if parcel.progress in here), None)
    return decision if parcel is None else Release(view, parcel, COUNTER)


def _refuse_unknown(credential: Credential, facts: Facts) -> Refusal:
    if credential.point_id != facts.point_id:
        return Refusal(Reason.WRONG_POINT, point_id=credential.point_id)
    return Refusal(Reason.UNKNOWN_ORDER)


def _pass_refusal(view: OrderView, credential: Credential, moment: Moment) -> Refusal | None:
    not_before = view.order.pass_not_before
    if not_before is not None and credential.issued_at < not_before:
        return Refusal(Reason.REISSUED, view)
    if moment.surely_after(credential.expires_at):
        return Refusal(Reason.EXPIRED, view)
    return None


def _again(view: OrderView, parcel: ParcelView, hand_over: HandOver, facts: Facts) -> Decision:
    if hand_over.position in facts.in_flight:
        return Underway(view, parcel, hand_over)
    if parcel.place_id != hand_over.place_id or hand_over.attempts >= MAX_ATTEMPTS:
        # The goods are not behind that door any more, or the door was tried often enough.
        return Refusal(Reason.SEE_LEADER, view, place_id=hand_over.place_id)
    fault = facts.faults.get(hand_over.place_id)
    if fault is DoorFault.ALREADY_OPEN:
        return SeenOpen(view, parcel, hand_over)
    if fault is not None:
        return Refusal(FAULT_REASONS[fault], view, place_id=hand_over.place_id)
    return Retry(view, parcel, hand_over)


def _after_collection(view: OrderView, facts: Facts, moment: Moment) -> Decision:
    last = max(view.parcels, key=lambda parcel: _collected_at(parcel) or view.order.ordered_at)
    hand_over, at = last.hand_over, _collected_at(last)
    refusal = _collected(view, hand_over)
    if hand_over is not None and hand_over.position in facts.in_flight:
        return Underway(view, last, hand_over)
    if hand_over is None or at is None or hand_over.place_id in facts.faults:
        return refusal
    still_its_place = last.place_id == hand_over.place_id
    in_grace = _in_grace(at, facts.collected_at.get(hand_over.position), moment)
    if in_grace and hand_over.reopens < MAX_REOPENS and still_its_place:
        return Reopen(view, last, hand_over)
    return refusal


def _in_grace(at: datetime, at_seconds: float | None, moment: Moment) -> bool:
    """Both clocks must say so: the wall clock may have been set back, the other one may be lost."""
    if at_seconds is not None and moment.boot_seconds - at_seconds > REOPEN_GRACE.total_seconds():
        return False
    return timedelta(0) <= moment.wall - at <= REOPEN_GRACE


def _collected(view: OrderView, hand_over: HandOver | None) -> Refusal:
    if hand_over is None:
        return Refusal(Reason.ALREADY_COLLECTED, view)
    by = hand_over.to_neighbour
    return Refusal(Reason.ALREADY_COLLECTED, view, at=hand_over.outcome_at, by_neighbour=by)


def _collected_at(parcel: ParcelView) -> datetime | None:
    return None if parcel.hand_over is None else parcel.hand_over.outcome_at


_CLOUD_REASONS: Mapping[CloudState, Reason] = {
    CloudState.CANCELLED: Reason.CANCELLED,
    CloudState.MOVED: Reason.MOVED,
}


def _state_refusal(view: OrderView, state: OrderState) -> Refusal | None:
    # What is already taken stays taken; what is not yet taken follows the cloud's latest word.
    reason = _CLOUD_REASONS.get(view.order.cloud_state)
    if reason is None and state is OrderState.RETURNED:
        reason = Reason.RETURNED
    if reason is None and state is OrderState.EXPECTED:
        reason = _why_unplaced(view)
    if reason is None and view.owes:
        reason = Reason.PAYMENT_DUE
    return None if reason is None else Refusal(reason, view)


def _why_unplaced(view: OrderView) -> Reason:
    waiting = [parcel for parcel in view.parcels if parcel.progress is Progress.WAITING]
    if not waiting:
        return Reason.SEE_LEADER
    arrived = all(parcel.received for parcel in waiting)
    return Reason.NOT_PLACED if arrived else Reason.NOT_ARRIVED


def _first_release(view: OrderView, facts: Facts) -> Decision:
    waiting = [parcel for parcel in view.parcels if parcel.progress is Progress.PLACED]
    blocked: Refusal | None = None
    for parcel in waiting:
        place_id = parcel.place_id
        if place_id is None:
            continue
        fault = facts.faults.get(place_id)
        if facts.lacks(place_id):
            return Refusal(Reason.SEE_LEADER, view, place_id=place_id)
        if fault is None:
            return Release(view, parcel, place_id)
        blocked = blocked or Refusal(FAULT_REASONS[fault], view, place_id=place_id)
    return blocked if blocked is not None else Refusal(_why_unplaced(view), view)
