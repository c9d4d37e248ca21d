"""Drafts become orders: new ones with code and pass, known ones with a new revision if changed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from peewee import Database

from edge.core.order import CloudState
from edge.errors import MalformedMessage
from sync.cloud import points, projection
from sync.cloud.assemble import Assembled, assemble, dump, hash_code
from sync.cloud.changes import ChangeCounter
from sync.cloud.importing.draft import DraftOrder, RefusedRow
from sync.cloud.issuer import mint_pass
from sync.cloud.keyring import ISSUER, Keyring
from sync.cloud.orders import OPEN, is_order
from sync.cloud.points import KnownPoint
from sync.cloud.tables import CustomerOrder, insert

CODE_DIGITS = 8
KEPT = ("state", "progress", "pickup_code", "pass_text")
"""Columns of a known order that a new revision leaves alone."""


class PutOutcome(StrEnum):
    """What an import did to one order."""

    IMPORTED = "imported"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(slots=True)
class Intake:
    """What became of a portion of drafts."""

    outcomes: dict[PutOutcome, int] = field(default_factory=lambda: dict.fromkeys(PutOutcome, 0))
    refused: list[RefusedRow] = field(default_factory=list)
    changed_points: set[str] = field(default_factory=set)


def put_all(
    database: Database, drafts: Sequence[DraftOrder], keyring: Keyring, now: datetime
) -> Intake:
    """Store a portion of drafts; each that cannot be an order is refused with its line."""
    desk = _Desk(database, drafts, keyring, now)
    intake = Intake()
    stored: set[str] = set()
    for draft in drafts:
        try:
            outcome = desk.put(draft)
        except MalformedMessage as error:
            intake.refused.append(RefusedRow(draft.line, f"{draft.place}{error}"))
            continue
        intake.outcomes[outcome] += 1
        if outcome is not PutOutcome.UNCHANGED:
            stored.add(draft.order_id)
            intake.changed_points.add(draft.point_id)
    desk.counter.save()
    projection.refresh(database, stored, now)
    return intake


class _Desk:
    """One portion's worth of lookups, made together: a query per order would cost far more."""

    def __init__(
        self, database: Database, drafts: Sequence[DraftOrder], keyring: Keyring, now: datetime
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._now = now
        self._points = {
            point_id: points.find(database, point_id)
            for point_id in {draft.point_id for draft in drafts}
        }
        self._known = _known_orders(database, [draft.order_id for draft in drafts])
        self._codes = _unused_codes(database, len(drafts))
        self.counter = ChangeCounter(database)

    def put(self, draft: DraftOrder) -> PutOutcome:
        point = self._points[draft.point_id] or points.must_find(self._database, draft.point_id)
        assembled = assemble(draft, point, self._now.astimezone(point.zone).date())
        known = self._known.get(draft.order_id)
        if known is None:
            self._add(assembled, point)
            return PutOutcome.IMPORTED
        if known["point_id"] != point.point_id:
            raise MalformedMessage(
                f"Order {draft.order_id} belongs to point {known['point_id']}.",
                "An import moves no order: give it another id, or cancel it there first.",
            )
        if bytes(known["content_hash"]) == assembled.content_hash:
            return PutOutcome.UNCHANGED
        self._revise(assembled, point, known)
        return PutOutcome.CHANGED

    def _add(self, assembled: Assembled, point: KnownPoint) -> None:
        order = assembled.order
        columns = self._columns(
            assembled,
            point,
            {
                "revision": 1,
                "state": CloudState.OPEN.value,
                "progress": OPEN,
                "pickup_code": next(self._codes),
                "pass_text": self._mint(assembled, point),
            },
        )
        identity = {"issuer": order.ref.issuer, "order_id": order.ref.order_id}
        insert(self._database, CustomerOrder, {**identity, **columns})
        self._known[order.ref.order_id] = columns

    def _revise(self, assembled: Assembled, point: KnownPoint, known: Mapping[str, Any]) -> None:
        kept = {name: known[name] for name in KEPT}
        if known["pickup_date"] < assembled.order.pickup_date.isoformat():
            # The pass at hand stays good, but it would end before the new longest hold.
            kept["pass_text"] = self._mint(assembled, point)
        columns = self._columns(assembled, point, {**kept, "revision": known["revision"] + 1})
        update = CustomerOrder.update(columns).where(is_order(assembled.order.ref))
        update.execute(self._database)

    def _mint(self, assembled: Assembled, point: KnownPoint) -> str:
        order = assembled.order
        return mint_pass(self._keyring, point, order.ref.order_id, order.pickup_date, self._now)

    def _columns(
        self, assembled: Assembled, point: KnownPoint, known: Mapping[str, Any]
    ) -> dict[str, Any]:
        order = assembled.order
        served = {
            **assembled.document,
            "revision": known["revision"],
            "state": known["state"],
            "pickup_code_hash": hash_code(known["pickup_code"], point.code_key),
        }
        return {
            **known,
            "point_id": order.point_id,
            "change": self.counter.next(),
            "pickup_date": order.pickup_date.isoformat(),
            "opens_ms": int(order.window.opens.timestamp() * 1000),
            "hold_until_ms": int(order.hold_until.timestamp() * 1000),
            "line_ids": json.dumps([line.line_id for line in order.lines]),
            "body": dump(served),
            "content_hash": assembled.content_hash,
        }


def _known_orders(database: Database, order_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    query = CustomerOrder.select().where(
        (CustomerOrder.issuer == ISSUER) & CustomerOrder.order_id.in_(order_ids)
    )
    return {row["order_id"]: row for row in query.dicts().execute(database)}


def _unused_codes(database: Database, count: int) -> Iterator[str]:
    """Random codes that no open order has; as many as asked for."""
    codes: set[str] = set()
    while len(codes) < count:
        drawn = {
            f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
            for _ in range(count - len(codes))
        }
        taken = CustomerOrder.select(CustomerOrder.pickup_code).where(
            CustomerOrder.pickup_code.in_(sorted(drawn)) & (CustomerOrder.progress == OPEN)
        )
        codes |= drawn - {code for (code,) in taken.tuples().execute(database)}
    return iter(codes)
