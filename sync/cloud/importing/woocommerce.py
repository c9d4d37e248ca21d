"""Orders of WooCommerce, from its REST API v3: `GET /wp-json/wc/v3/orders`, an array or one order.

Local pickup is the method `local_pickup` (its title names the place), or the checkout block's
`pickup_location`, whose `meta_data` names the place as `pickup_location`. WooCommerce knows no
pickup date: a plugin's, by its `meta_data` key in the mapping, or --date. Money comes as decimal
texts without tax, the tax beside it. A cancelled, refunded, failed or trashed order is taken back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from edge.core.ids import is_order_id
from edge.core.order import CloudState
from edge.errors import MalformedMessage
from sync.cloud.importing.draft import Reading
from sync.cloud.importing.foreign import (
    ForeignOrder,
    Raw,
    account,
    amount,
    entries,
    entry,
    full_name,
    load,
    minor,
    price,
    read_foreign,
    refuse_error_answer,
    sku,
    state_of,
    text_of,
)
from sync.cloud.importing.mapping import ImportMapping

STATES = {
    "processing": CloudState.OPEN,
    "cancelled": CloudState.CANCELLED,
    "refunded": CloudState.CANCELLED,
    "failed": CloudState.CANCELLED,
    "trash": CloudState.CANCELLED,
}
PICKUP_METHODS = ("local_pickup", "pickup_location")
PLACE = "pickup_location"
_PIECES = re.compile("[0-9]{1,6}")


def read_woocommerce(data: bytes, name: str, mapping: ImportMapping) -> Reading:
    """Orders and refused ones; MalformedMessage when the file as a whole cannot be read."""
    document = load(data, name)
    if isinstance(document, dict) and "line_items" in document:
        document = [document]
    refuse_error_answer(document, name)
    if not isinstance(document, list):
        raise MalformedMessage(
            f"{name} holds no orders of WooCommerce; nothing was imported.",
            "Save the answer of GET /wp-json/wc/v3/orders: an array of orders.",
        )
    return read_foreign(document, mapping, _order)


def _order(raw: Raw, mapping: ImportMapping) -> ForeignOrder:
    order_id = _order_id(raw)
    state = state_of(raw.get("status"), STATES, mapping)
    if state is CloudState.CANCELLED:
        return ForeignOrder(order_id, state)
    points = _points(raw)
    if entries(raw, "refunds"):
        raise ValueError(
            "part of it was refunded, and its JSON does not say which goods; import this one by"
            " --format csv or json, under its number, with the goods that are left"
        )
    paid = bool(raw.get("date_paid_gmt") or raw.get("date_paid"))
    due = Decimal(0) if paid else amount(raw.get("total"), "total")
    created = text_of(raw.get("date_created_gmt"))
    return ForeignOrder(
        order_id=order_id,
        state=state,
        points=points,
        cells=_cells(raw, mapping, due),
        lines=[_line(line) for line in entries(raw, "line_items")],
        ordered_at=f"{created.removesuffix('Z')}Z" if created else None,
        due_minor=minor(due),
    )


def _order_id(raw: Raw) -> str:
    """Its number, as the customer knows it; a plugin's may fit no pass, then its id."""
    number = text_of(raw.get("number"))
    return number if is_order_id(number) else text_of(raw.get("id"))


def _points(raw: Raw) -> list[str]:
    lines = entries(raw, "shipping_lines")
    if not lines:
        raise ValueError("it has no shipping line, so it is no local pickup")
    for line in lines:
        if line.get("method_id") not in PICKUP_METHODS:
            title = text_of(line.get("method_title"))[:40]
            raise ValueError(f"it is sent by {title!r}, not picked up")
    line = lines[0]
    place = _meta(line, PLACE)
    instance = f"{line.get('method_id')}:{text_of(line.get('instance_id'))}"
    title = text_of(line.get("method_title"))
    return [name for name in (place, instance, title) if name] if place else [title, instance]


def _cells(raw: Raw, mapping: ImportMapping, due: Decimal) -> dict[str, str]:
    billing = entry(raw, "billing")
    number = text_of(raw.get("number"))
    return {
        "customer": full_name(billing.get("first_name"), billing.get("last_name")),
        # An account; guests are all 0, and may write any name.
        "customer_ref": account(raw.get("customer_id")),
        "phone": text_of(billing.get("phone")),
        "payment": "due" if due else "paid",
        "currency": text_of(raw.get("currency")),
        "note": text_of(raw.get("customer_note")),
        "external_id": number if number != _order_id(raw) else text_of(raw.get("id")),
        **dict(_mapped_meta(raw, mapping)),
    }


def _mapped_meta(raw: Raw, mapping: ImportMapping) -> Iterator[tuple[str, str]]:
    """What plugins keep beside an order, by the keys that the mapping names."""
    for ours, key in mapping.meta.items():
        places = (raw, *entries(raw, "shipping_lines"))
        value = next((found for place in places if (found := _meta(place, key))), "")
        yield ours, value


def _meta(raw: Raw, key: str) -> str:
    values = (row.get("value") for row in entries(raw, "meta_data") if row.get("key") == key)
    return next((text_of(value) for value in values if isinstance(value, str | int)), "")


def _line(raw: Raw) -> dict[str, str]:
    quantity = text_of(raw.get("quantity"))
    whole = amount(raw.get("total"), "total of a line") + amount(
        raw.get("total_tax") or "0", "tax of a line"
    )
    pieces = int(quantity) if _PIECES.fullmatch(quantity) else 0
    each = whole / pieces if pieces else whole
    return {
        "product": text_of(raw.get("name")),
        "quantity": quantity,
        "unit_price": price(each),
        "sku": sku(raw.get("sku"), f"product-{text_of(raw.get('product_id'))}"),
    }
