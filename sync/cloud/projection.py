"""What the closures in the ledger mean for the orders: always computed afresh, never patched."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import starmap
from typing import Any, NamedTuple

from peewee import Database

from edge.core.order import CloudState, OrderRef
from sync.cloud.closures import ClosureFact, ClosureKind, Outcome, judge_order
from sync.cloud.doubts import doubt
from sync.cloud.tables import Closure, Conflict, insert_once, marks, select, update

COLLECTED_AFTER = {
    CloudState.CANCELLED: "collected_after_cancellation",
    CloudState.MOVED: "collected_after_move",
}
UNKNOWN_ORDER = "unknown_order"
OTHER_POINT = "other_point"
CLOSED_TWICE = "closed_twice"


def keep(database: Database, fact: ClosureFact, now: datetime) -> bool:
    """Store a fact of the ledger, with a doubt about it; False when it is kept already."""
    row = {
        "event_id": fact.event_id,
        "issuer": fact.issuer,
        "order_id": fact.order_id,
        "point_id": fact.point_id,
        "parcel_id": fact.parcel_id,
        "hand_over": fact.hand_over,
        "kind": fact.kind.value,
        "lines": json.dumps(fact.line_ids),
    }
    fresh = insert_once(database, Closure, row)
    about = doubt(database, fact) if fresh else None
    if about is not None:
        kind, detail = about
        _book(database, kind, [fact], detail, now)
    return fresh


def refresh(database: Database, refs: Collection[OrderRef], now: datetime) -> None:
    """Bring the progress of these orders up to date, and book what does not agree."""
    if not refs:
        return
    facts = _facts(database, refs)
    known = set()
    for row in starmap(_Order, _among(database, _ORDERS, refs)):
        ref = OrderRef(row.issuer, row.order_id)
        known.add(ref)
        _refresh_order(database, row, facts.get(ref, []), now)
    for ref, strays in facts.items():
        if ref not in known:
            _book(database, UNKNOWN_ORDER, strays, "The closure came before its order.", now)
        else:
            _settle_stray(database, ref)


class _Order(NamedTuple):
    """Of an order what its closures are held against."""

    issuer: str
    order_id: str
    point_id: str
    state: str
    progress: str
    line_ids: str


_ORDERS = "SELECT issuer, order_id, point_id, state, progress, line_ids FROM customer_order"
_CLOSURES = (
    "SELECT event_id, issuer, order_id, point_id, parcel_id, hand_over, kind, lines FROM closure"
)


def _refresh_order(
    database: Database, row: _Order, facts: Sequence[ClosureFact], now: datetime
) -> None:
    own = [fact for fact in facts if fact.point_id == row.point_id]
    foreign = [fact for fact in facts if fact.point_id != row.point_id]
    outcome = judge_order(json.loads(row.line_ids), own)
    if outcome.progress != row.progress:
        update(
            database,
            "UPDATE customer_order SET progress = ? WHERE issuer = ? AND order_id = ?",
            *(outcome.progress.value, row.issuer, row.order_id),
        )
    _book(database, OTHER_POINT, foreign, f"The order is at {row.point_id}.", now)
    _book_disputes(database, row.state, own, outcome, now)


def _book_disputes(
    database: Database, state: str, own: Sequence[ClosureFact], outcome: Outcome, now: datetime
) -> None:
    twice = [fact for fact in own if fact.event_id in outcome.closed_twice]
    _book(database, CLOSED_TWICE, twice, "A line was closed by two hand-overs.", now)
    if state in COLLECTED_AFTER:
        collected = [fact for fact in own if fact.kind is ClosureKind.COLLECTED]
        detail = f"The order was {state} when the closure came."
        _book(database, COLLECTED_AFTER[CloudState(state)], collected, detail, now)


def _facts(database: Database, refs: Collection[OrderRef]) -> dict[OrderRef, list[ClosureFact]]:
    found: dict[OrderRef, list[ClosureFact]] = defaultdict(list)
    for event_id, issuer, order_id, *where, kind, lines in _among(database, _CLOSURES, refs):
        point_id, parcel_id, hand_over = where
        fact = ClosureFact(
            event_id=event_id,
            issuer=issuer,
            order_id=order_id,
            point_id=point_id,
            parcel_id=parcel_id,
            hand_over=hand_over,
            kind=ClosureKind(kind),
            line_ids=tuple(json.loads(lines)),
        )
        found[OrderRef(issuer, order_id)].append(fact)
    return found


def _among(database: Database, sql: str, refs: Collection[OrderRef]) -> list[tuple[Any, ...]]:
    """Any of these issuers and any of these numbers: by a number alone all orders are read."""
    issuers = sorted({ref.issuer for ref in refs})
    order_ids = sorted({ref.order_id for ref in refs})
    where = f" WHERE issuer IN {marks(issuers)} AND order_id IN {marks(order_ids)}"
    return select(database, sql + where, *issuers, *order_ids)


def _book(
    database: Database, kind: str, facts: Iterable[ClosureFact], detail: str, now: datetime
) -> None:
    for fact in facts:
        row = {
            "issuer": fact.issuer,
            "order_id": fact.order_id,
            "kind": kind,
            "event_id": fact.event_id,
            "detail": detail,
            "booked_ms": int(now.timestamp() * 1000),
            "open": True,
        }
        insert_once(database, Conflict, row)


def _settle_stray(database: Database, ref: OrderRef) -> None:
    update(
        database,
        "UPDATE conflict SET open = ? WHERE issuer = ? AND order_id = ? AND kind = ? AND open = ?",
        *(False, ref.issuer, ref.order_id, UNKNOWN_ORDER, True),
    )
