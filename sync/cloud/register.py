"""The register of orders: new ones get code and pass, known ones a new revision."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from peewee import Database

from edge.core.order import Order, OrderRef
from edge.core.pickup_code import hash_code
from sync.cloud import codes, points, projection
from sync.cloud.assemble import Assembled, dump
from sync.cloud.changes import ChangeCounter
from sync.cloud.issuer import mint_pass
from sync.cloud.keyring import Keyring
from sync.cloud.orders import OPEN
from sync.cloud.points import KnownPoint
from sync.cloud.tables import CustomerOrder, replace_all

KEPT = ("progress", "pickup_code", "pass_text")
"""Columns of a known order that a new revision leaves alone."""


class Register:
    """A portion's worth of orders of one issuer, looked up together and written by `close`.

    A query per order would cost far more.
    """

    def __init__(
        self,
        database: Database,
        issuer: str,
        order_ids: Sequence[str],
        keyring: Keyring,
        now: datetime,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._now = now
        self._points: dict[str, KnownPoint] = {}
        self._known = _known_orders(database, issuer, order_ids)
        self._codes = codes.unused(database, len(order_ids))
        self._counter = ChangeCounter(database)
        self._new: dict[OrderRef, Mapping[str, Any]] = {}
        self.changed_points: set[str] = set()

    def point(self, point_id: str) -> KnownPoint:
        """One point; MalformedMessage where nobody added it."""
        if point_id not in self._points:
            self._points[point_id] = points.must_find(self._database, point_id)
        return self._points[point_id]

    def known(self, order_id: str) -> Mapping[str, Any] | None:
        """The columns of an order that is here."""
        return self._known.get(order_id)

    def add(self, assembled: Assembled) -> None:
        """A first revision, with its code and its pass."""
        order = assembled.order
        made = {
            "progress": OPEN,
            "pickup_code": next(self._codes),
            "pass_text": self._mint(order),
        }
        self._keep(order, self._columns(assembled, made))

    def revise(self, assembled: Assembled) -> None:
        """The next revision of a known order; its code stays, and its pass while that is good."""
        order = assembled.order
        known = self._known[order.ref.order_id]
        kept = {name: known[name] for name in KEPT}
        if _needs_another_pass(order, known):
            kept["pass_text"] = self._mint(order)
        self._keep(order, self._columns(assembled, kept))

    def close(self) -> None:
        """Write the orders, the counter, and what the ledger already says about these orders."""
        replace_all(self._database, CustomerOrder, [*self._new.values()])
        self._counter.save()
        projection.refresh(self._database, self._new, self._now)

    def _keep(self, order: Order, columns: Mapping[str, Any]) -> None:
        self._known[order.ref.order_id] = self._new[order.ref] = columns
        self.changed_points.add(order.point_id)

    def _mint(self, order: Order) -> str:
        point = self.point(order.point_id)
        return mint_pass(self._keyring, point, order.ref, order.pickup_date, self._now)

    def _columns(self, assembled: Assembled, made: Mapping[str, Any]) -> dict[str, Any]:
        order = assembled.order
        code_key = self.point(order.point_id).code_key
        served = {
            **assembled.document,
            "pickup_code_hash": hash_code(made["pickup_code"], code_key),
        }
        return {
            **made,
            "issuer": order.ref.issuer,
            "order_id": order.ref.order_id,
            "point_id": order.point_id,
            "revision": order.revision,
            "state": order.cloud_state.value,
            "change": self._counter.next(),
            "pickup_date": order.pickup_date.isoformat(),
            "opens_ms": int(order.window.opens.timestamp() * 1000),
            "hold_until_ms": int(order.hold_until.timestamp() * 1000),
            "line_ids": json.dumps([line.line_id for line in order.lines]),
            "body": dump(served),
            "content_hash": assembled.content_hash,
        }


def _needs_another_pass(order: Order, known: Mapping[str, Any]) -> bool:
    """The pass at hand stays good, but for a later longest hold and a deliberate re-issue."""
    if known["pickup_date"] < order.pickup_date.isoformat():
        return True
    mark = order.pass_not_before
    if mark is None:
        return False
    before = json.loads(known["body"])["pass_not_before"]
    return before is None or datetime.fromisoformat(before) < mark


def _known_orders(
    database: Database, issuer: str, order_ids: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    query = CustomerOrder.select().where(
        (CustomerOrder.issuer == issuer) & CustomerOrder.order_id.in_(sorted(set(order_ids)))
    )
    return {row["order_id"]: row for row in query.dicts().execute(database)}
