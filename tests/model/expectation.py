"""What an authentic pass must lead to, from the log, the cloud's word and the cabinet alone.

Rule: no clock and no network is asked here, so neither can be a reason to refuse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.model.cabinet import SimulatedCabinet
from tests.model.facts import OrderFacts, ParcelFacts

RELEASED, REOPENED = "released", "reopened"
COLLECTED_ONCE = frozenset({REOPENED, "already_collected"})
TROUBLE = frozenset({"door_blocked", "door_open"})
NOT_HERE = frozenset({"not_arrived", "not_placed"})
MOST_ATTEMPTS = 4
NATURAL = COLLECTED_ONCE | TROUBLE | NOT_HERE | {"released", "see_leader", "cancelled", "returned"}
"""What a pass may lead to at all where an order was redrawn while its goods went out."""


@dataclass
class KnownOrder:
    """An order's newest revision as the kiosk has been told."""

    revision: int
    cancelled: bool
    due: bool
    parcels: tuple[str, ...]
    redrawn: bool = False

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> KnownOrder:
        return cls(
            document["revision"],
            document["state"] == "cancelled",
            document["payment"]["state"] == "due",
            tuple(parcel["parcel_id"] for parcel in document["parcels"]),
        )


class Known:
    """What one point knows of its orders: first its agent, then its kiosk."""

    def __init__(self) -> None:
        self._agent: dict[str, KnownOrder] = {}
        self.kiosk: dict[str, KnownOrder] = {}

    def pulled(self, page: bytes) -> None:
        for document in json.loads(page)["orders"]:
            _keep(self._agent, document["id"], KnownOrder.of(document))

    def agent_lost_its_file(self) -> None:
        self._agent.clear()

    def applied(self, facts: Mapping[str, OrderFacts]) -> None:
        """The kiosk took over what the agent had; what went out meanwhile stays as it went."""
        for order_id, told in self._agent.items():
            before = self.kiosk.get(order_id)
            out = order_id in facts and any(facts[order_id].in_force())
            redrawn = before is not None and before.revision < told.revision and out
            was = before is not None and before.redrawn
            copy = KnownOrder(told.revision, told.cancelled, told.due, told.parcels, redrawn or was)
            _keep(self.kiosk, order_id, copy)


def _keep(orders: dict[str, KnownOrder], order_id: str, told: KnownOrder) -> None:
    known = orders.get(order_id)
    if known is None or told.revision >= known.revision:
        orders[order_id] = told


@dataclass(frozen=True)
class Expected:
    """The lawful answers; `pulse` is the one place whose door then moves, None for none."""

    answers: frozenset[str]
    pulse: str | None = None
    exact: bool = True


def expect(
    order: KnownOrder | None,
    facts: OrderFacts,
    cabinet: SimulatedCabinet,
    blocked: frozenset[str],
) -> Expected:
    """The answer to a good pass for this order, shown at the point that the pass names."""
    if order is None:
        return Expected(frozenset({"unknown_order"}))
    if order.redrawn or _busy(facts, cabinet):
        due = {"payment_due"} if order.due else set()
        return Expected(NATURAL | due, exact=False)
    parcels = [facts.parcel(parcel_id) for parcel_id in order.parcels]
    begun = next((p for p in parcels if p.hand_over is not None and not p.collected), None)
    if begun is not None:
        return _again(begun, cabinet, blocked)
    if all(parcel.collected for parcel in parcels):
        return Expected(COLLECTED_ONCE, exact=False)
    return _refused(order, parcels) or _first(parcels, cabinet, blocked)


def _busy(facts: OrderFacts, cabinet: SimulatedCabinet) -> bool:
    """Whether the screen may still be at a door of this order: a scan then brings it to front."""
    tokens = {*cabinet.moving.values(), *cabinet.asked.values(), *cabinet.open.values()}
    return any(
        parcel.hand_over in tokens or (parcel.collected and parcel.handed_at in cabinet.open)
        for parcel in facts.in_force()
    )


def _again(parcel: ParcelFacts, cabinet: SimulatedCabinet, blocked: frozenset[str]) -> Expected:
    place = parcel.handed_at or ""
    if parcel.place != place or parcel.attempts >= MOST_ATTEMPTS:
        return Expected(frozenset({"see_leader"}))
    if place in cabinet.open:
        return Expected(frozenset({RELEASED}))
    if place in blocked:
        return Expected(frozenset({"door_blocked"}))
    return Expected(frozenset({RELEASED}), pulse=place)


def _refused(order: KnownOrder, parcels: list[ParcelFacts]) -> Expected | None:
    left = [parcel for parcel in parcels if not parcel.returned]
    begun = any(parcel.collected for parcel in parcels)
    if order.cancelled and (left or begun):
        return Expected(frozenset({"cancelled"}))
    if not left:
        return Expected(frozenset({"returned", "cancelled"} if order.cancelled else {"returned"}))
    if not begun and any(parcel.place is None for parcel in left):
        nowhere = any(parcel.place is None and parcel.hand_over is None for parcel in left)
        return Expected(NOT_HERE if nowhere else frozenset({"see_leader"}))
    return Expected(frozenset({"payment_due"})) if order.due else None


def _first(
    parcels: list[ParcelFacts], cabinet: SimulatedCabinet, blocked: frozenset[str]
) -> Expected:
    waiting = [p for p in parcels if p.hand_over is None and not p.returned]
    placed = [p.place for p in waiting if p.place is not None]
    free = [place for place in placed if place not in cabinet.open and place not in blocked]
    if free:
        return Expected(frozenset({RELEASED}), pulse=free[0])
    return Expected(TROUBLE if placed else NOT_HERE | {"see_leader"})
