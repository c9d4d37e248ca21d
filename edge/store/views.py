"""Rows into the core's values: every checksum on the way is checked; a doubt is StoreCorrupt."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from edge.core.moment import instant_from_ms
from edge.core.order import Order, Parcel
from edge.core.order_json import order_to_json, parse_order
from edge.core.view import ConfirmedBy, HandOver, OrderView, Outcome, ParcelView, Trust
from edge.errors import MalformedMessage, StoreCorrupt
from edge.store.checksum import checksum, checksum_with_body, corrupt_row, expect
from edge.store.transaction import Row, Source, Value

ORDER_COLUMNS = (
    "o.order_key, o.issuer, o.order_id, o.revision, o.change, o.cloud_state, o.pickup_date,"
    " o.checksum, o.body"
)
HAND_OVER_COLUMNS = (
    "h.position, h.parcel_key, h.place, h.trust, h.method, h.released_ms, h.attempts, h.reopens,"
    " h.outcome, h.outcome_position, h.outcome_ms, h.confirmed_by, h.annulled_by, h.checksum"
)
PARCEL_COLUMNS = (
    "p.order_key, p.parcel_id, p.received_position, p.returned_position, p.retired,"
    " p.parcel_key, p.checksum,"
    " l.place, l.parcel_key, l.position, l.checksum,"
    f" {HAND_OVER_COLUMNS}"
)
PARCEL_TABLES = (
    "parcel p LEFT JOIN placement l ON l.parcel_key = p.parcel_key"
    " LEFT JOIN hand_over h ON h.parcel_key = p.parcel_key AND h.annulled_by IS NULL"
)


def canonical_body(order: Order) -> bytes:
    """The one way an order is written as bytes."""
    return json.dumps(
        order_to_json(order), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


@lru_cache(maxsize=1024)
def order_from_body(body: bytes) -> Order:
    """The order in those bytes; cached, because equal bytes always hold an equal order."""
    return parse_order(json.loads(body), most_lines=sys.maxsize)


class OrderViews(list[OrderView]):
    """Orders whose rows say what was written; `damaged` counts those left out."""

    damaged = 0


def order_views(orders: Iterable[Row], parcels: Iterable[Row]) -> OrderViews:
    """Join rows of ORDER_COLUMNS and of PARCEL_COLUMNS, in the sequence of the orders."""
    by_order: dict[int, list[Row]] = defaultdict(list)
    for row in parcels:
        by_order[row[0]].append(row)
    views = OrderViews()
    for row in orders:
        try:
            views.append(order_view(row, by_order[row[0]]))
        except (StoreCorrupt, MalformedMessage):
            views.damaged += 1
    return views


def select_views(source: Source, condition: str, parameters: Sequence[Value] = ()) -> OrderViews:
    """The orders that a condition on `o` (table orders) holds for, in the sequence they came."""
    with source.snapshot() as seen:
        orders = seen.rows(
            f"SELECT {ORDER_COLUMNS} FROM orders o WHERE {condition} ORDER BY o.order_key",
            parameters,
        )
        parcels = seen.rows(
            f"SELECT {PARCEL_COLUMNS} FROM {PARCEL_TABLES} WHERE p.retired = 0 AND p.order_key IN"
            f" (SELECT o.order_key FROM orders o WHERE {condition})",
            parameters,
        )
    return order_views(orders, parcels)


def views_of_keys(source: Source, query: str, parameters: Sequence[Value] = ()) -> OrderViews:
    """The orders whose keys a query finds, in the sequence they came.

    It is asked once and by itself, so that its indexes count and not the sequence's.
    """
    with source.snapshot() as seen:
        keys = json.dumps([key for (key,) in seen.rows(query, parameters)])
        return select_views(seen, "o.order_key IN (SELECT value FROM json_each(?))", (keys,))


def order_view(row: Row, parcels: Iterable[Row]) -> OrderView:
    """One order with its parcels in the order's own sequence; raises StoreCorrupt."""
    told, body = row[1:7], row[8]
    expect(row[7], checksum_with_body(body, *told), "orders", told[1])
    order = order_from_body(body)
    known = {parcel[1]: parcel for parcel in parcels}
    try:
        found = [(parcel, known[parcel.parcel_id]) for parcel in order.parcels]
    except KeyError:
        raise corrupt_row("orders", told[1]) from None
    return OrderView(row[0], order, tuple([_parcel_view(*pair) for pair in found]))


def _parcel_view(parcel: Parcel, row: Row) -> ParcelView:
    told, key = row[:5], row[5]
    expect(row[6], checksum(*told), "parcel", key)
    return ParcelView(
        key,
        parcel,
        received=told[2] is not None,
        returned=told[3] is not None,
        place_id=None if row[7] is None else _place(row[7:10], row[10]),
        hand_over=None if row[11] is None else hand_over_columns(row[11:]).value(),
    )


def _place(told: Row, stored: int) -> str:
    expect(stored, checksum(*told), "placement", told[0])
    place: str = told[0]
    return place


class HandOverColumns(NamedTuple):
    """One row of hand_over as the table has it, without its checksum."""

    position: int
    parcel_key: int
    place: str
    trust: str
    method: str
    released_ms: int
    attempts: int
    reopens: int
    outcome: str | None
    outcome_position: int | None
    outcome_ms: int | None
    confirmed_by: str | None
    annulled_by: int | None

    def value(self) -> HandOver:
        """What the core knows of it."""
        return HandOver(
            position=self.position,
            place_id=self.place,
            trust=Trust(self.trust),
            method=self.method,
            released_at=instant_from_ms(self.released_ms),
            attempts=self.attempts,
            reopens=self.reopens,
            outcome=None if self.outcome is None else Outcome(self.outcome),
            outcome_at=None if self.outcome_ms is None else instant_from_ms(self.outcome_ms),
            confirmed_by=None if self.confirmed_by is None else ConfirmedBy(self.confirmed_by),
        )


def hand_over_columns(row: Row) -> HandOverColumns:
    """A row of HAND_OVER_COLUMNS, its checksum checked; raises StoreCorrupt."""
    told = row[:-1]
    expect(row[-1], checksum(*told), "hand_over", told[0])
    return HandOverColumns._make(told)
