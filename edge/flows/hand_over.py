"""The pickup, whole: decide, commit, act. The door's answer comes back in `confirm`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from edge.core.credential import Credential, claims_of
from edge.core.decision import (
    Decision,
    Release,
    Reopen,
    Retry,
    SeenOpen,
    Underway,
    decide,
    decide_manual,
    decide_release,
    decide_sibling,
    keep_grace,
)
from edge.core.moment import Moment
from edge.core.order import OrderRef
from edge.core.places import PlaceKind
from edge.core.reasons import Reason, Refusal
from edge.core.view import ConfirmedBy, HandOver, OrderView, Outcome, Trust
from edge.errors import StoreCorrupt
from edge.flows import closure, telling
from edge.flows.bearer import Bearer
from edge.flows.mend import find
from edge.flows.point import Point
from edge.store import journal
from edge.store.database import Txn

log = logging.getLogger(__name__)

Granted = Release | Retry | Underway | SeenOpen | Reopen
MOVING = Release | Retry | Reopen
"""Decisions that something opens or lights up for."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What was decided and is on disk; `position` is the hand-over's own number."""

    decision: Granted
    position: int

    @property
    def place_id(self) -> str:
        """Where the goods are."""
        if isinstance(self.decision, Release):
            return self.decision.place_id
        return self.decision.hand_over.place_id


def hand_over(point: Point, credential: Credential) -> HandedOver | Refusal:
    """Decide, commit, then act: a crash can leave a door shut, never goods unrecorded."""

    def work(txn: Txn) -> HandedOver | Refusal:
        moment, view = point.clock.now(), _find(point, txn, credential.ref)
        if isinstance(view, Refusal):
            return _commit(point, txn, view, Bearer.of_pass(credential), moment)
        bearer = Bearer.of_pass(credential)
        decision = _keep_grace(txn, decide(view, credential, point.facts(), moment), bearer)
        return _commit(point, txn, decision, bearer, moment)

    return _ask(point, work)


def hand_on(point: Point, bearer: Bearer) -> HandedOver | Refusal:
    """The next place of an order whose bearer is already known to be entitled to it."""

    def work(txn: Txn) -> HandedOver | Refusal:
        moment, view = point.clock.now(), _find(point, txn, bearer.ref)
        if isinstance(view, Refusal):
            return _commit(point, txn, view, bearer, moment)
        if view is None:
            return Refusal(Reason.UNKNOWN_ORDER)
        return _commit(point, txn, _decide_on(point, txn, view, bearer, moment), bearer, moment)

    return _ask(point, work)


def _decide_on(point: Point, txn: Txn, view: OrderView, bearer: Bearer, moment: Moment) -> Decision:
    if bearer.trust is Trust.LEADER:
        return decide_manual(view, point.facts(), moment)
    return _keep_grace(txn, _entitled(point, txn, view, bearer, moment), bearer)


def _keep_grace(txn: Txn, decision: Decision, bearer: Bearer) -> Decision:
    if not isinstance(decision, Reopen):
        return decision
    return keep_grace(decision, bearer.sub_pass_id, _collected_with(txn, decision.hand_over))


def _collected_with(txn: Txn, hand_over: HandOver) -> str | None:
    """The id of the sub-pass that collected; one that nobody has where that cannot be read."""
    if not hand_over.to_neighbour:
        return None
    try:
        shown = journal.presented_event(txn, hand_over.position).data.get("pass")
    except StoreCorrupt as error:
        log.warning("grace_damaged", extra={"why": error.what})
        return ""
    claims = claims_of(shown) if isinstance(shown, str) else None
    return "" if claims is None else claims.sub_pass_id or ""


def _entitled(point: Point, txn: Txn, view: OrderView, bearer: Bearer, moment: Moment) -> Decision:
    if bearer.presented_for is None:
        return decide_release(view, point.facts(), moment)
    shown = _find(point, txn, bearer.presented_for)
    own = None if isinstance(shown, Refusal) else shown
    return decide_sibling(view, own, point.facts(), moment)


def _find(point: Point, txn: Txn, ref: OrderRef) -> OrderView | Refusal | None:
    # A damaged row is no failure of the kiosk: this one order needs a person.
    try:
        return find(point, txn, ref)
    except StoreCorrupt as error:
        log.warning("order_damaged", extra={"order": ref.order_id, "why": error.what})
        return Refusal(Reason.SEE_LEADER)


def _ask(point: Point, work: Callable[[Txn], HandedOver | Refusal]) -> HandedOver | Refusal:
    """Commit, then act. What a slow card commits after the asker left moves nothing."""

    def late(handed: HandedOver | Refusal) -> None:
        if isinstance(handed, HandedOver) and isinstance(handed.decision, MOVING):
            point.memory.in_flight.discard(handed.position)

    return _act(point, point.writer.call(work, late=late))


def _commit(
    point: Point, txn: Txn, decision: Decision, bearer: Bearer, moment: Moment
) -> HandedOver | Refusal:
    match decision:
        case Refusal():
            _tell(point, txn, decision, bearer, moment)
            return decision
        case Release():
            position = _release(point, txn, decision, bearer, moment)
        case Retry(hand_over=begun):
            position = begun.position
            told = point.outbox.append(txn, telling.reopened(decision, bearer), moment)
            journal.retry(txn, position, bearer.trust, bearer.method, told)
        case Reopen(hand_over=begun):
            position = begun.position
            point.outbox.append(txn, telling.reopened(decision, bearer), moment)
            journal.reopened(txn, position)
        case SeenOpen(view=view, hand_over=begun):
            position = begun.position
            seen = (Outcome.COLLECTED, ConfirmedBy.SENSOR)
            closure.settle(point, txn, view, position, *seen, moment)
        case Underway(hand_over=begun):
            position = begun.position
        case _:
            assert_never(decision)
    if isinstance(decision, MOVING):
        point.memory.in_flight.add(position)
    return HandedOver(decision, position)


def _release(point: Point, txn: Txn, release: Release, bearer: Bearer, moment: Moment) -> int:
    if bearer.trust is Trust.LEADER and release.view.owes:
        point.outbox.append(txn, telling.paid(release.view), moment)
    position = point.outbox.append(txn, telling.released(release, bearer), moment)
    whose = (release.parcel.key, release.place_id, bearer.trust, bearer.method)
    journal.release(txn, position, *whose, moment)
    return position


def _act(point: Point, handed: HandedOver | Refusal) -> HandedOver | Refusal:
    if isinstance(handed, HandedOver) and isinstance(handed.decision, MOVING):
        place = point.places.get(handed.place_id)
        if place is not None and place.kind is PlaceKind.DOOR:
            point.doors.unlock(place.place_id, handed.position)
        elif place is not None:
            point.doors.show(place.place_id)
    return handed


def _tell(point: Point, txn: Txn, refusal: Refusal, bearer: Bearer, moment: Moment) -> None:
    key = (bearer.ref.issuer, bearer.ref.order_id, refusal.reason.value)
    if point.memory.first_refusal_in(key, moment.boot_seconds, telling.REFUSAL_QUIET_SECONDS):
        point.outbox.append(txn, telling.refused(refusal, bearer), moment)
