"""Orders whose hand-over may have left no trace, for the time after a file lost something."""

from __future__ import annotations

from datetime import date

from edge.store.transaction import Source
from edge.store.views import OrderViews, select_views


def newest_key(source: Source) -> int:
    """The key of the order that came last."""
    key: int = source.rows("SELECT coalesce(max(order_key), 0) FROM orders")[0][0]
    return key


def not_seen_collected(source: Source, day: date, after_key: int) -> OrderViews:
    """Open orders until `day`, behind that key, with parcels that nobody proves to be collected."""
    return select_views(
        source,
        "o.order_key > ? AND o.pickup_date <= ? AND o.cloud_state = 'open' AND EXISTS"
        " (SELECT 1 FROM parcel p WHERE p.order_key = o.order_key AND p.retired = 0"
        " AND p.returned_position IS NULL AND NOT EXISTS (SELECT 1 FROM hand_over h"
        " WHERE h.parcel_key = p.parcel_key AND h.annulled_by IS NULL"
        " AND h.outcome = 'collected'))",
        (after_key, day.isoformat()),
    )


def last_received_day(source: Source) -> date | None:
    """The latest day for which goods were received."""
    rows = source.rows(
        "SELECT max(pickup_date) FROM orders o JOIN parcel p ON p.order_key = o.order_key"
        " WHERE p.received_position IS NOT NULL"
    )
    return None if rows[0][0] is None else date.fromisoformat(rows[0][0])
