"""What else waits here for the customer who just showed a pass or typed a code."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from edge.core.decision import Release, Retry, decide_release
from edge.core.order import OrderRef, Progress
from edge.core.reasons import Reason, Refusal
from edge.core.view import OrderView
from edge.errors import StoreCorrupt
from edge.flows.bearer import Bearer
from edge.flows.point import Point
from edge.store import finder

log = logging.getLogger(__name__)

GOODS_LEFT = frozenset({Progress.PLACED, Progress.RELEASED})


@dataclass(frozen=True, slots=True)
class SiblingOrders:
    """The same customer's other orders: which a pass of their own would open now, and bags.

    `due` counts those that only wait for money.
    """

    refs: tuple[OrderRef, ...] = ()
    bags: int = 0
    due: int = 0


NO_SIBLINGS = SiblingOrders()


def siblings_of(point: Point, bearer: Bearer) -> SiblingOrders:
    """The other orders that this bearer may take, too: no guess, the same decision as a scan's."""
    if not bearer.brings_siblings:
        return NO_SIBLINGS
    facts, moment = point.facts(), point.clock.now()
    refs, bags, due = [], 0, 0
    for view in _others(point, bearer):
        decision = decide_release(view, facts, moment)
        if isinstance(decision, Release | Retry):
            refs.append(view.order.ref)
            bags += _bags(view)
        elif isinstance(decision, Refusal) and decision.reason is Reason.PAYMENT_DUE:
            due += 1
    return SiblingOrders(tuple(refs), bags, due)


def _others(point: Point, bearer: Bearer) -> list[OrderView]:
    try:
        found = finder.of_same_customer(point.edge_file, bearer.shown_for)
    except StoreCorrupt as error:
        # A door may stand open by now: its card must not fail for want of what else there is.
        log.warning("Other orders of the same customer cannot be read: %s", error)
        return []
    return [view for view in found if view.order.ref not in {bearer.ref, bearer.shown_for}]


def _bags(view: OrderView) -> int:
    return sum(1 for parcel in view.parcels if parcel.progress in GOODS_LEFT)
