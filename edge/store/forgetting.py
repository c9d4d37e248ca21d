"""Orders whose customer is forgotten: their rows stay, with all that proves what happened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from edge.core.forgetting import CLAIM_WINDOW, FORGOTTEN, forget_customer, is_over, nobody_ref
from edge.core.moment import instant_from_rfc3339
from edge.core.order import Order
from edge.errors import MalformedMessage
from edge.store.checksum import checksum_with_body
from edge.store.orders import write_again
from edge.store.transaction import Row, Source, Txn
from edge.store.views import canonical_body, order_from_body

_NAMING = (
    "SELECT order_key, body, pickup_date FROM orders WHERE body <> x'' AND order_key IN"
    f" (SELECT order_key FROM finder WHERE customer_ref NOT GLOB '{FORGOTTEN}*' UNION"
    " SELECT order_key FROM orders WHERE order_key NOT IN (SELECT order_key FROM finder))"
)
_ROW = (
    "SELECT issuer, order_id, revision, change, cloud_state, pickup_date, body, checksum"
    " FROM orders WHERE order_key = ?"
)
_A_DAY = timedelta(days=1)
_EVER = datetime.max.replace(tzinfo=UTC)
_MARK = f'"ref":"{FORGOTTEN}'.encode()


def due(source: Source, passed: datetime) -> list[int]:
    """Keys of the orders that still name somebody and must no longer."""
    rows = source.rows(_NAMING)
    return [key for key, body, day in rows if _closes(body, day) <= passed - CLAIM_WINDOW]


def forget(txn: Txn, keys: Sequence[int], passed: datetime) -> int:
    """Forget whom these orders were for, where that is still due; of how many."""
    return sum(_forget(txn, key, passed) for key in keys)


def forget_all(txn: Txn) -> None:
    """Forget whom any order was for, in a copy of the file.

    Without its mark, all that the agent's file knows is taken over again where the copy is put in
    place: with it come the customers who may still be known.
    """
    forget(txn, due(txn, _EVER), _EVER)
    txn.execute("DELETE FROM applied")


def _closes(body: bytes, pickup_date: str) -> datetime:
    """When the pickup window closed: an order that cannot be read is over with its day."""
    try:
        return instant_from_rfc3339(json.loads(body)["window"]["closes"])
    except (ValueError, TypeError, KeyError):
        return _end_of(pickup_date)


def _end_of(pickup_date: str) -> datetime:
    try:
        day = date.fromisoformat(pickup_date)
    except ValueError:
        # Damaged, too: it goes with a later salvage.
        return _EVER - CLAIM_WINDOW
    return datetime.combine(day, time.min, UTC) + _A_DAY


def _forget(txn: Txn, key: int, passed: datetime) -> bool:
    rows = txn.rows(_ROW, (key,))
    if not rows:
        return False
    *told, body, _ = rows[0]
    order = _readable(rows[0])
    if order is None:
        is_due = _closes(body, told[-1]) <= passed - CLAIM_WINDOW
        if is_due:
            _empty(txn, key, *told[:2])
        return is_due
    if not is_over(order, passed):
        return False
    write_again(txn, key, forget_customer(order), told[3])
    return True


def _readable(row: Row) -> Order | None:
    *told, body, stored = row
    try:
        return order_from_body(body) if checksum_with_body(body, *told) == stored else None
    except (MalformedMessage, ValueError):
        return None


def _empty(txn: Txn, key: int, issuer: str, order_id: str) -> None:
    """A damaged row stays one, and can be repaired as before; what could be read of it is gone."""
    txn.execute("UPDATE orders SET body = x'' WHERE order_key = ?", (key,))
    txn.execute("DELETE FROM look_up WHERE order_key = ? AND clue <> 'number'", (key,))
    txn.execute(
        "INSERT INTO finder (order_key, issuer, customer_ref) VALUES (?, ?, ?)"
        " ON CONFLICT (order_key) DO UPDATE SET customer_ref = excluded.customer_ref",
        (key, issuer, nobody_ref(order_id)),
    )


# The agent's side: what the cloud told, in sync.db.


@dataclass(frozen=True, slots=True)
class Reached:
    """Of how many orders the customer was forgotten; behind which change to go on, if at all."""

    forgotten: int
    then: int | None


def forget_told(txn: Txn, passed: datetime, after: int, most: int) -> Reached:
    """Look at `most` orders as the cloud told them; their change stays, for it is no news."""
    rows = txn.rows(
        "SELECT change, body FROM cloud_order WHERE change > ? ORDER BY change LIMIT ?",
        (after, most),
    )
    anew = [(_as_kept(body, passed), change) for change, body in rows if _MARK not in body]
    due = [(body, change) for body, change in anew if body is not None]
    for body, change in due:
        txn.execute("UPDATE cloud_order SET body = ? WHERE change = ?", (body, change))
    return Reached(len(due), rows[-1][0] if len(rows) == most else None)


def _as_kept(body: bytes, passed: datetime) -> bytes | None:
    """What may stay of it, None while that is all; nothing of what nobody can read."""
    try:
        order = order_from_body(body)
    except (MalformedMessage, ValueError):
        return b"" if body else None
    return canonical_body(forget_customer(order)) if is_over(order, passed) else None
