"""What a point's log says, read by plain means: no table but the events', no code of the point."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.model.faults import Promise, hold


@dataclass
class ParcelFacts:
    """What happened to one parcel; `hand_over` is the position of the one in force."""

    place: str | None = None
    hand_over: int | None = None
    handed_at: str | None = None
    lines: frozenset[str] = frozenset()
    attempts: int = 0
    collected: bool = False
    returned: bool = False
    returned_lines: frozenset[str] = frozenset()


@dataclass
class OrderFacts:
    """One order's parcels by id, and whether its goods were ever said to be here."""

    parcels: dict[str, ParcelFacts] = field(default_factory=dict)
    received: bool = False

    def parcel(self, parcel_id: str) -> ParcelFacts:
        return self.parcels.setdefault(parcel_id, ParcelFacts())

    def in_force(self) -> Iterator[ParcelFacts]:
        return (parcel for parcel in self.parcels.values() if parcel.hand_over is not None)


class Log:
    """A point's log as far as it was read; it may only grow."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.events: list[dict[str, Any]] = []
        self.orders: dict[str, OrderFacts] = {}

    def read(self, edge_db: Path) -> None:
        """Take in what is new, and see that nothing else changed."""
        with closing(sqlite3.connect(f"file:{edge_db}?mode=ro", uri=True)) as file:
            rows = file.execute("SELECT position, body FROM event ORDER BY position").fetchall()
        known = len(self.bodies)
        whole = [position for position, _ in rows] == list(range(1, len(rows) + 1))
        hold(Promise.I1, whole, "the log has a gap")
        same = [body for _, body in rows[:known]] == self.bodies
        hold(Promise.I1, same, "something that was committed is gone or changed")
        for position, body in rows[known:]:
            event = json.loads(body)
            self.bodies.append(body)
            self.events.append(event)
            self._take(position, event["type"].removeprefix("pickup."), event["data"])

    def places(self) -> list[tuple[str, int]]:
        """Epoch and sequence of every event, in the log's own order."""
        return [(event["source"].split("/")[3], int(event["sequence"])) for event in self.events]

    def told(self, token: int) -> list[str]:
        """The types of the events that speak of one hand-over, from its own on."""
        own = self.events[token - 1 : token]
        later = [event for event in self.events[token:] if event["data"].get("hand_over") == token]
        return [event["type"].removeprefix("pickup.") for event in own + later]

    def order(self, order_id: str) -> OrderFacts:
        return self.orders.setdefault(order_id, OrderFacts())

    def _take(self, position: int, kind: str, data: dict[str, Any]) -> None:
        if kind == "goods.received":
            for named in data["orders"]:
                self.order(named["order_id"]).received = True
        elif kind == "leader.override" and data["what"] == "clear":
            self._vacate(data["place"])
        elif "parcel_id" in data:
            self._happen(position, kind, data)

    def _happen(self, position: int, kind: str, data: dict[str, Any]) -> None:
        order = self.order(data["order_id"])
        parcel = order.parcel(data["parcel_id"])
        if kind == "parcel.put_away":
            self._vacate(data["place"])
            parcel.place = data["place"]
        elif kind == "order.released":
            self._release(order, parcel, position, data)
        elif kind == "order.reopened" and data["cause"] == "retry":
            parcel.attempts += 1
        elif kind in ("order.collected", "order.partly_collected"):
            once = parcel.hand_over == data["hand_over"] and not parcel.collected
            hold(Promise.I3, once, f"{data['parcel_id']} was closed twice, or without a hand-over")
            parcel.collected = True
        elif kind == "order.annulled":
            parcel.hand_over, parcel.collected = None, False
        elif kind == "order.returned":
            parcel.returned, parcel.place = True, None
            parcel.returned_lines = _lines(data)

    def _release(
        self, order: OrderFacts, parcel: ParcelFacts, position: int, data: dict[str, Any]
    ) -> None:
        lines = _lines(data)
        gone = {line for other in order.in_force() for line in other.lines}
        twice = parcel.hand_over is not None or parcel.returned or gone & lines
        hold(Promise.I3, not twice, f"{data['parcel_id']} was handed over again at {position}")
        parcel.hand_over, parcel.handed_at = position, data["place"]
        parcel.lines, parcel.attempts = lines, 1

    def _vacate(self, place_id: str) -> None:
        for order in self.orders.values():
            for parcel in order.parcels.values():
                if parcel.place == place_id:
                    parcel.place = None


def _lines(data: dict[str, Any]) -> frozenset[str]:
    return frozenset(line["line_id"] for line in data["lines"])
