"""The orders of all points: put in, cancelled, pulled and listed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from peewee import Database, Expression

from edge.core.ids import is_issuer, is_order_id
from edge.core.order import CloudState, OrderRef
from edge.core.order_json import order_to_json, parse_order
from edge.errors import MalformedMessage
from sync.cloud import points
from sync.cloud.assemble import dump
from sync.cloud.changes import ChangeCounter, Cursor, Position, current
from sync.cloud.tables import Conflict, CustomerOrder

OPEN = "open"
COLLECTED = "collected"


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to a pull: order documents as text, and where the point stands after it."""

    bodies: tuple[str, ...]
    cursor: Cursor
    more: bool


def cancel(database: Database, ref: OrderRef, point_id: str) -> bool:
    """Take an order back; False when it was cancelled before. Refuses a collected one."""
    row = must_find(database, ref, point_id)
    refuse_to_cancel(row)
    if row["state"] == CloudState.CANCELLED:
        return False
    order = replace(
        parse_order(json.loads(row["body"])),
        cloud_state=CloudState.CANCELLED,
        revision=row["revision"] + 1,
    )
    counter = ChangeCounter(database)
    columns = {
        "state": CloudState.CANCELLED.value,
        "revision": order.revision,
        "body": dump(order_to_json(order)),
        "change": counter.next(),
    }
    CustomerOrder.update(columns).where(is_order(ref)).execute(database)
    counter.save()
    return True


def refuse_to_cancel(row: Mapping[str, Any]) -> None:
    """MalformedMessage where something of the order was handed over."""
    if row["progress"] != OPEN:
        raise MalformedMessage(
            f"Order {row['order_id']} is {row['progress']} already; it was not cancelled.",
            "What was handed over is settled by a claim.",
        )


def start_of_pull(now: Position) -> Cursor:
    """The cursor of a point that has nothing yet."""
    return Cursor(replace(now, change=0), held=True)


def page(database: Database, point_id: str, since: Cursor, *, limit: int, now: datetime) -> Page:
    """The next orders after a cursor; in a first full pass only what is still held."""
    newest = current(database)
    query = CustomerOrder.select(CustomerOrder.change, CustomerOrder.body).where(
        (CustomerOrder.point_id == point_id)
        & (CustomerOrder.change > since.position.change)
        & (CustomerOrder.change <= newest.change)
    )
    if since.held:
        still_held = CustomerOrder.hold_until_ms > int(now.timestamp() * 1000)
        query = query.where(still_held & (CustomerOrder.progress != COLLECTED))
    ordered = query.order_by(CustomerOrder.change).limit(limit + 1)
    rows = list(ordered.tuples().execute(database))
    bodies = tuple(body for _, body in rows[:limit])
    if len(rows) <= limit:
        return Page(bodies, Cursor(newest, held=False), more=False)
    last = replace(newest, change=rows[limit - 1][0])
    return Page(bodies, Cursor(last, since.held), more=True)


def expected_at(database: Database, point_id: str, today: date) -> int | None:
    """When today's goods are to be there (ms): when the first window of the day opens."""
    query = CustomerOrder.select(CustomerOrder.opens_ms).where(
        (CustomerOrder.point_id == point_id)
        & (CustomerOrder.pickup_date == today.isoformat())
        & (CustomerOrder.state == CloudState.OPEN)
    )
    first = query.order_by(CustomerOrder.opens_ms).limit(1).tuples().execute(database)
    return next((opens for (opens,) in first), None)


def listing(
    database: Database, *, point_id: str | None = None, pickup_date: str | None = None
) -> Iterator[Mapping[str, Any]]:
    """The stored columns of orders, by point and id."""
    query = CustomerOrder.select()
    if point_id is not None:
        query = query.where(CustomerOrder.point_id == point_id)
    if pickup_date is not None:
        query = query.where(CustomerOrder.pickup_date == pickup_date)
    ordered = query.order_by(CustomerOrder.point_id, CustomerOrder.order_id).dicts()
    yield from ordered.iterator(database)


def chosen(
    database: Database, point_id: str | None, pickup_date: str | None
) -> Iterator[Mapping[str, Any]]:
    """The same, for a command; a point that nobody added is named."""
    if point_id is not None:
        points.must_find(database, point_id)
    yield from listing(database, point_id=point_id, pickup_date=pickup_date)


def shown_state(row: Mapping[str, Any]) -> str:
    """One word for an order: what was handed over counts before what the cloud wishes."""
    return str(row["progress"] if row["progress"] != OPEN else row["state"])


def conflicts(database: Database) -> dict[tuple[str, str], list[str]]:
    """The open conflicts by order."""
    query = Conflict.select(Conflict.issuer, Conflict.order_id, Conflict.kind).where(Conflict.open)
    found: dict[tuple[str, str], list[str]] = {}
    for issuer, order_id, kind in query.order_by(Conflict.kind).tuples().execute(database):
        found.setdefault((issuer, order_id), []).append(kind)
    return found


def pass_of(database: Database, ref: OrderRef) -> str | None:
    """The pass of one order."""
    row = find(database, ref)
    return None if row is None else str(row["pass_text"])


def find(database: Database, ref: OrderRef) -> Mapping[str, Any] | None:
    """The stored columns of one order; None where it never came."""
    # Some databases refuse a text that could be no id, instead of finding nothing.
    if not (is_issuer(ref.issuer) and is_order_id(ref.order_id)):
        return None
    rows: Sequence[Mapping[str, Any]] = list(
        CustomerOrder.select().where(is_order(ref)).dicts().execute(database)
    )
    return rows[0] if rows else None


def must_find(database: Database, ref: OrderRef, point_id: str) -> Mapping[str, Any]:
    """The same of an order at this point, or an error that names it."""
    row = find(database, ref)
    if row is None or row["point_id"] != point_id:
        raise MalformedMessage(
            f"Point {point_id} has no order {ref.order_id!r} of {ref.issuer}.",
            "List its orders with 'pickup-cloud orders --point'.",
        )
    return row


def is_order(ref: OrderRef) -> Expression:
    """The row of one order, as a condition."""
    return (CustomerOrder.issuer == ref.issuer) & (CustomerOrder.order_id == ref.order_id)
