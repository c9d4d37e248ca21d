"""Orders, parcels and places: what the cloud told, and where the goods are.

Rule: a list leaves a damaged order out, so that it stops nobody else's; only looking for that
order itself raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from edge.core.forgetting import as_kept
from edge.core.order import Order
from edge.core.revision import keep_handed_over
from edge.core.view import HandOver, OrderView, Outcome
from edge.store import finder, floor, journal, look_up
from edge.store.checksum import checksum, checksum_with_body, corrupt_row
from edge.store.lying import ORDERS_THAT_LIE, STILL_LIES
from edge.store.transaction import Source, Txn
from edge.store.views import (
    OrderViews,
    canonical_body,
    order_from_body,
    select_views,
    views_of_keys,
)

_HANDED_OVER = (
    "SELECT 1 FROM hand_over h WHERE h.parcel_key = p.parcel_key AND h.annulled_by IS NULL"
)
_PARCEL = "order_key, parcel_id, received_position, returned_position, retired"


def upsert(txn: Txn, order: Order, change: int) -> None:
    """Take over an order's newest revision; an older one, or the same again, changes nothing.

    Raises, before it writes anything, MalformedMessage where the order cannot be written so that
    it can be read again, and StoreCorrupt where the rows it meets are damaged.
    """
    known, told = journal.find(txn, order.ref), as_kept(order, floor.trusted_floor(txn))
    if known is None:
        _write(txn, told, change, None)
    elif told.revision >= known.order.revision:
        handed_over = {p.parcel.parcel_id for p in known.parcels if p.hand_over is not None}
        _write(txn, keep_handed_over(known.order, told, handed_over), change, known)


def _write(txn: Txn, order: Order, change: int, known: OrderView | None) -> None:
    body = canonical_body(order)
    readable = order_from_body(body)
    if known is None:
        order_key = _insert(txn, readable, change, body)
    elif readable == known.order:
        return
    else:
        order_key = known.key
        _update(txn, order_key, readable, change, body)
    let_be_found(txn, order_key, readable)
    _keep_parcels(txn, order_key, readable)


def write_again(txn: Txn, order_key: int, order: Order, change: int) -> None:
    """Replace what the cloud told of an order, whatever the row says now."""
    body = canonical_body(as_kept(order, floor.trusted_floor(txn)))
    readable = order_from_body(body)
    _update(txn, order_key, readable, change, body)
    let_be_found(txn, order_key, readable)


def let_be_found(txn: Txn, order_key: int, order: Order) -> None:
    """Let an order be found by other things than its id, as its newest revision says."""
    look_up.keep(txn, order_key, order)
    finder.keep(txn, order_key, order)


def _insert(txn: Txn, order: Order, change: int, body: bytes) -> int:
    told = _told(order, change)
    rows = txn.rows(
        "INSERT INTO orders (issuer, order_id, revision, change, cloud_state, pickup_date, body,"
        " checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING order_key",
        (*told, body, checksum_with_body(body, *told)),
    )
    order_key: int = rows[0][0]
    return order_key


def _update(txn: Txn, order_key: int, order: Order, change: int, body: bytes) -> None:
    told = _told(order, change)
    txn.execute(
        "UPDATE orders SET revision = ?, change = ?, cloud_state = ?, pickup_date = ?, body = ?,"
        " checksum = ? WHERE order_key = ?",
        (*told[2:], body, checksum_with_body(body, *told), order_key),
    )


def _told(order: Order, change: int) -> tuple[str, str, int, int, str, str]:
    issuer, order_id = order.ref.issuer, order.ref.order_id
    day = order.pickup_date.isoformat()
    return (issuer, order_id, order.revision, change, order.cloud_state.value, day)


def _keep_parcels(txn: Txn, order_key: int, order: Order) -> None:
    """Add what is new, retire what is gone; no parcel is ever deleted, it may lie in a place."""
    rows = txn.rows(f"SELECT parcel_key, {_PARCEL} FROM parcel WHERE order_key = ?", (order_key,))
    known = {row[2]: row for row in rows}
    wanted = {parcel.parcel_id for parcel in order.parcels}
    for parcel_id, (key, *columns, retired) in known.items():
        if (parcel_id not in wanted) != bool(retired):
            _rewrite_parcel(txn, key, (*columns, int(not retired)))
    for parcel in order.parcels:
        if parcel.parcel_id not in known:
            columns_of_new = (order_key, parcel.parcel_id, None, None, 0)
            txn.execute(
                f"INSERT INTO parcel ({_PARCEL}, checksum) VALUES (?, ?, ?, ?, ?, ?)",
                (*columns_of_new, checksum(*columns_of_new)),
            )


def _rewrite_parcel(txn: Txn, parcel_key: int, columns: Sequence[int | str | None]) -> None:
    txn.execute(
        f"UPDATE parcel SET ({_PARCEL}, checksum) = (?, ?, ?, ?, ?, ?) WHERE parcel_key = ?",
        (*columns, checksum(*columns), parcel_key),
    )


def receive(txn: Txn, order_key: int, position: int) -> None:
    """The goods of an order are here, as the received event at `position` says."""
    for key, *columns in txn.rows(
        f"SELECT parcel_key, {_PARCEL} FROM parcel"
        " WHERE order_key = ? AND retired = 0 AND received_position IS NULL",
        (order_key,),
    ):
        columns[2] = position
        _rewrite_parcel(txn, key, columns)


def mark_returned(txn: Txn, parcel_key: int, position: int) -> None:
    """A parcel's goods are gone for good, as the event at `position` says; its place is free."""
    rows = txn.rows(f"SELECT {_PARCEL} FROM parcel WHERE parcel_key = ?", (parcel_key,))
    if not rows:
        raise corrupt_row("parcel", parcel_key)
    columns = list(rows[0])
    columns[3] = position
    _rewrite_parcel(txn, parcel_key, columns)
    txn.execute("DELETE FROM placement WHERE parcel_key = ?", (parcel_key,))


def put_away(txn: Txn, parcel_key: int, place: str, position: int) -> None:
    """A parcel lies in a place; the row of a parcel collected from there makes room.

    An occupied place, or a parcel that lies elsewhere, is refused by the table's constraints.
    """
    txn.execute(
        "DELETE FROM placement WHERE place = ? AND EXISTS (SELECT 1 FROM hand_over h"
        " WHERE h.parcel_key = placement.parcel_key AND h.annulled_by IS NULL"
        " AND h.outcome = 'collected')",
        (place,),
    )
    columns = (place, parcel_key, position)
    txn.execute(
        "INSERT INTO placement (place, parcel_key, position, checksum) VALUES (?, ?, ?, ?)",
        (*columns, checksum(*columns)),
    )


def clear(txn: Txn, place: str) -> None:
    """Nothing lies in that place any more."""
    txn.execute("DELETE FROM placement WHERE place = ?", (place,))


def occupied(source: Source) -> dict[str, int]:
    """Which parcel (by key) lies in which place; a collected one lies nowhere."""
    return dict(source.rows(f"SELECT place, parcel_key FROM placement l WHERE {STILL_LIES}"))


def board(source: Source, today: date) -> OrderViews:
    """Orders of today, what earlier days left open, and all whose goods lie here; as they came."""
    return views_of_keys(
        source,
        "SELECT order_key FROM orders WHERE pickup_date = ?1"
        " UNION SELECT order_key FROM orders o WHERE pickup_date < ?1 AND cloud_state = 'open'"
        " AND EXISTS (SELECT 1 FROM parcel p WHERE p.order_key = o.order_key AND p.retired = 0"
        f" AND p.returned_position IS NULL AND NOT EXISTS ({_HANDED_OVER}"
        " AND h.outcome = 'collected'))"
        f" UNION {ORDERS_THAT_LIE}",
        (today.isoformat(),),
    )


def due(source: Source, today: date) -> list[OrderView]:
    """Open orders expected by today that have parcels not yet received."""
    return select_views(
        source,
        "o.pickup_date <= ? AND o.cloud_state = 'open' AND EXISTS"
        " (SELECT 1 FROM parcel p WHERE p.order_key = o.order_key AND p.retired = 0"
        " AND p.received_position IS NULL AND p.returned_position IS NULL"
        f" AND NOT EXISTS ({_HANDED_OVER}))",
        (today.isoformat(),),
    )


def outstanding(source: Source) -> list[OrderView]:
    """Open orders with parcels that were received and have not yet found a place."""
    return select_views(
        source,
        "o.cloud_state = 'open' AND EXISTS (SELECT 1 FROM parcel p WHERE p.order_key = o.order_key"
        " AND p.retired = 0 AND p.received_position IS NOT NULL AND p.returned_position IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM placement l WHERE l.parcel_key = p.parcel_key)"
        f" AND NOT EXISTS ({_HANDED_OVER}))",
    )


def unconfirmed(source: Source) -> list[tuple[OrderView, HandOver]]:
    """Hand-overs nobody saw through, oldest first: no outcome yet, or stuck."""
    with source.snapshot() as seen:
        rows = seen.rows(
            "SELECT DISTINCT p.order_key FROM hand_over h JOIN parcel p"
            " ON p.parcel_key = h.parcel_key"
            " WHERE h.annulled_by IS NULL AND h.outcome IS NOT 'collected'"
        )
        keys = ", ".join(str(key) for (key,) in rows)
        found = [
            (view, parcel.hand_over)
            for view in select_views(seen, f"o.order_key IN ({keys})")
            for parcel in view.parcels
            if parcel.hand_over is not None and parcel.hand_over.outcome is not Outcome.COLLECTED
        ]
    return sorted(found, key=lambda pair: pair[1].position)
