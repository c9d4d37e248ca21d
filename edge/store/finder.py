"""Orders found by other things than their id: by the hash of a pickup code, by their customer."""

from __future__ import annotations

from edge.core.order import Order, OrderRef
from edge.store.transaction import Source, Txn
from edge.store.views import OrderViews, select_views

_STILL_HERE = (
    "EXISTS (SELECT 1 FROM parcel p JOIN placement l ON l.parcel_key = p.parcel_key"
    " LEFT JOIN hand_over h ON h.parcel_key = p.parcel_key AND h.annulled_by IS NULL"
    " WHERE p.order_key = o.order_key AND p.retired = 0 AND h.outcome IS NOT 'collected')"
)


def keep(txn: Txn, order_key: int, order: Order) -> None:
    """Let an order be found by what its newest revision says."""
    txn.execute(
        "INSERT INTO finder (order_key, issuer, customer_ref, code_hash) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (order_key) DO UPDATE SET"
        " (customer_ref, code_hash) = (excluded.customer_ref, excluded.code_hash)",
        (order_key, order.ref.issuer, order.customer.ref, order.pickup_code_hash),
    )


def by_code(source: Source, code_hash: str) -> OrderViews:
    """The orders whose pickup code has this hash: one, unless something is wrong."""
    return select_views(
        source, "o.order_key IN (SELECT order_key FROM finder WHERE code_hash = ?)", (code_hash,)
    )


def of_same_customer(source: Source, ref: OrderRef) -> OrderViews:
    """Open orders with goods in a place here, of the customer of the order `ref`, that one too."""
    return select_views(
        source,
        "o.order_key IN (SELECT f.order_key FROM finder f JOIN finder mine"
        " ON f.issuer = mine.issuer AND f.customer_ref = mine.customer_ref"
        " JOIN orders shown ON shown.order_key = mine.order_key"
        " WHERE shown.issuer = ? AND shown.order_id = ?)"
        f" AND o.cloud_state = 'open' AND {_STILL_HERE}",
        (ref.issuer, ref.order_id),
    )
