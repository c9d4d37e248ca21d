"""What the closures in the ledger mean for the orders: always computed afresh, never patched."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from peewee import Database, Expression

from edge.core.order import CloudState, OrderRef
from sync.cloud.closures import ClosureFact, ClosureKind, Outcome, judge_order
from sync.cloud.doubts import doubt
from sync.cloud.tables import Closure, Conflict, CustomerOrder, insert_once, update

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
    known = {}
    query = CustomerOrder.select(
        CustomerOrder.issuer,
        CustomerOrder.order_id,
        CustomerOrder.point_id,
        CustomerOrder.state,
        CustomerOrder.progress,
        CustomerOrder.line_ids,
    ).where(_among(CustomerOrder, refs))
    for row in query.dicts().execute(database):
        ref = OrderRef(row["issuer"], row["order_id"])
        known[ref] = row
        _refresh_order(database, row, facts.get(ref, []), now)
    for ref, strays in facts.items():
        if ref not in known:
            _book(database, UNKNOWN_ORDER, strays, "The closure came before its order.", now)
        else:
            _settle_stray(database, ref)


def _refresh_order(
    database: Database, row: dict[str, Any], facts: Sequence[ClosureFact], now: datetime
) -> None:
    own = [fact for fact in facts if fact.point_id == row["point_id"]]
    foreign = [fact for fact in facts if fact.point_id != row["point_id"]]
    outcome = judge_order(json.loads(row["line_ids"]), own)
    if outcome.progress != row["progress"]:
        update(
            database,
            "UPDATE customer_order SET progress = ? WHERE issuer = ? AND order_id = ?",
            *(outcome.progress.value, row["issuer"], row["order_id"]),
        )
    _book(database, OTHER_POINT, foreign, f"The order is at {row['point_id']}.", now)
    _book_disputes(database, row["state"], own, outcome, now)


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
    query = Closure.select().where(_among(Closure, refs)).dicts()
    for row in query.execute(database):
        lines = tuple(json.loads(row.pop("lines")))
        kind = ClosureKind(row.pop("kind"))
        fact = ClosureFact(**row, kind=kind, line_ids=lines)
        found[OrderRef(fact.issuer, fact.order_id)].append(fact)
    return found


def _among(table: type[CustomerOrder | Closure], refs: Collection[OrderRef]) -> Expression:
    """Any of these issuers and any of these numbers: by a number alone all orders are read."""
    issuers, order_ids = ({ref.issuer for ref in refs}, {ref.order_id for ref in refs})
    return table.issuer.in_(sorted(issuers)) & table.order_id.in_(sorted(order_ids))


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
