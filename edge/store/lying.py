"""What lies in the places now, whatever became of its order since.

Rule: who lists what is here asks the places; an order's day or state takes no bag out of a place.
"""

from __future__ import annotations

from typing import NamedTuple

from edge.store.transaction import Source
from edge.store.views import OrderViews, views_of_keys

STILL_LIES = (
    "NOT EXISTS (SELECT 1 FROM hand_over h WHERE h.parcel_key = l.parcel_key"
    " AND h.annulled_by IS NULL AND h.outcome = 'collected')"
)
"""Of a row `l` of placement: nobody was seen to take the parcel, whose row may outlive that."""
ORDERS_THAT_LIE = (
    "SELECT p.order_key FROM placement l CROSS JOIN parcel p ON p.parcel_key = l.parcel_key"
    f" WHERE p.retired = 0 AND {STILL_LIES}"
)
"""Keys of their orders; the join is told its sequence: few places, a hundred thousand parcels."""


class Lying(NamedTuple):
    """A parcel in its place; `retired`: its order has it no more, the place does."""

    place_id: str
    parcel_key: int
    parcel_id: str
    order_id: str
    retired: int


def lying(source: Source) -> list[Lying]:
    """Every parcel that lies somewhere, those of damaged orders, too."""
    rows = source.rows(
        "SELECT l.place, p.parcel_key, p.parcel_id, o.order_id, p.retired FROM placement l"
        " CROSS JOIN parcel p ON p.parcel_key = l.parcel_key"
        f" CROSS JOIN orders o ON o.order_key = p.order_key WHERE {STILL_LIES}"
    )
    return [Lying._make(row) for row in rows]


def orders_that_lie(source: Source) -> OrderViews:
    """The orders of those parcels."""
    return views_of_keys(source, ORDERS_THAT_LIE)
