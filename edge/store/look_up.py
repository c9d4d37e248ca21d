"""Orders by what people say of them: an index beside the orders, which only points at them.

Rule: what stands here is proof of nothing; whoever is found is read, and checked, in `orders`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta

from edge.core.look_up import Clue, Wanted, clues
from edge.core.order import Order
from edge.errors import MalformedMessage
from edge.store.transaction import Source, Txn
from edge.store.views import OrderViews, order_from_body, select_views

LAST_CHARACTER = "\U0010ffff"
REMEMBERED = timedelta(days=21)
"""Names and telephones of older orders are history; by its number any order is found."""
_BY_WORD = (
    "SELECT order_key FROM look_up WHERE clue = ? AND word >= ? AND word <= ? AND pickup_date >= ?"
    " ORDER BY pickup_date > ?5, pickup_date DESC, order_key LIMIT ?6"
)
_IN_PLACE = (
    "SELECT p.order_key FROM placement l JOIN parcel p ON p.parcel_key = l.parcel_key"
    " WHERE l.place = ?"
)
_STILL_TO_COME = (
    "EXISTS (SELECT 1 FROM parcel p WHERE p.order_key = o.order_key AND p.retired = 0"
    " AND p.returned_position IS NULL AND NOT EXISTS (SELECT 1 FROM hand_over h"
    " WHERE h.parcel_key = p.parcel_key AND h.annulled_by IS NULL AND h.outcome = 'collected'))"
)


def keep(txn: Txn, order_key: int, order: Order) -> None:
    """Let an order be found by what its newest revision says."""
    day = order.pickup_date.isoformat()
    wanted = {(clue.value, word, day) for clue, word in clues(order)}
    known = set(
        txn.rows("SELECT clue, word, pickup_date FROM look_up WHERE order_key = ?", (order_key,))
    )
    for row in sorted(known - wanted):
        txn.execute(
            "DELETE FROM look_up WHERE clue = ? AND word = ? AND pickup_date = ? AND order_key = ?",
            (*row, order_key),
        )
    for row in sorted(wanted - known):
        txn.execute("INSERT INTO look_up VALUES (?, ?, ?, ?)", (*row, order_key))


def fill(txn: Txn) -> None:
    """Let all orders that are there be found; a damaged one is noticed where it is read."""
    for order_key, body in txn.execute("SELECT order_key, body FROM orders"):
        with suppress(MalformedMessage, ValueError):
            keep(txn, order_key, order_from_body(body))


def by_word(source: Source, wanted: Wanted, today: date, most: int) -> list[int]:
    """Keys of orders, today's first, then the newest; `most` at the most."""
    numbered = wanted.clue is Clue.NUMBER
    since = date.min if numbered else today - REMEMBERED
    end = wanted.word if wanted.whole else wanted.word + LAST_CHARACTER
    words = (wanted.clue.value, wanted.word, end)
    rows = source.rows(_BY_WORD, (*words, since.isoformat(), today.isoformat(), most))
    return [key for (key,) in rows]


def in_place(source: Source, place: str) -> list[int]:
    """The order whose parcel lies, or last lay, in that place."""
    return [key for (key,) in source.rows(_IN_PLACE, (place,))]


def views(source: Source, keys: Sequence[int]) -> OrderViews:
    """Those orders, in that sequence."""
    listed = ", ".join(str(key) for key in keys)
    found = select_views(source, f"o.order_key IN ({listed})")
    found.sort(key=lambda view: keys.index(view.key))
    return found


def initials(source: Source, today: date) -> list[tuple[str, int]]:
    """First letters of the names whose goods are due and not yet collected, the commonest first."""
    return source.rows(
        "SELECT substr(k.word, 1, 1) AS letter, count(DISTINCT o.order_key) AS orders"
        " FROM orders o JOIN look_up k ON k.order_key = o.order_key AND k.clue = 'name'"
        " WHERE o.pickup_date BETWEEN ? AND ? AND o.cloud_state = 'open'"
        f" AND {_STILL_TO_COME} GROUP BY letter ORDER BY orders DESC, letter",
        ((today - REMEMBERED).isoformat(), today.isoformat()),
    )
