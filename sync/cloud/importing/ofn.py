"""Orders of Open Food Network, from its API v0: `GET /api/v0/orders/{number}`, one order or many.

The list (`GET /api/v0/orders`) names no goods: an order of it is refused, and says what to fetch.
Money comes as decimal texts in a currency that no order names; an order cycle is only its id, so
that the pickup date comes from the mapping, or from --date. A canceled order is taken back.
"""

from __future__ import annotations

from decimal import Decimal

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
    "complete": CloudState.OPEN,
    "resumed": CloudState.OPEN,
    "canceled": CloudState.CANCELLED,
}
_HANDED_OVER = ("shipped", "partial")
_PAID, _DUE = ("paid", "credit_owed"), ("balance_due", "failed")


def read_ofn(data: bytes, name: str, mapping: ImportMapping) -> Reading:
    """Orders and refused ones; MalformedMessage when the file as a whole cannot be read."""
    document = load(data, name)
    refuse_error_answer(document, name)
    if "currency" not in mapping.constants:
        raise MalformedMessage(
            f"{name}: Open Food Network's orders name no currency; nothing was imported.",
            'Give a --mapping with currency = "AUD" (or another) under [constants].',
        )
    return read_foreign(_orders(document, name), mapping, _order)


def _orders(document: object, name: str) -> list[object]:
    if isinstance(document, dict):
        document = document.get("orders", [document])
    if not isinstance(document, list):
        raise MalformedMessage(
            f"{name} holds no orders of Open Food Network; nothing was imported.",
            "Save the answers of GET /api/v0/orders/{number}, one or an array of them.",
        )
    return document


def _order(raw: Raw, mapping: ImportMapping) -> ForeignOrder:
    number = text_of(raw.get("number"))
    if not number:
        raise ValueError("number is missing")
    state = state_of(raw.get("state"), STATES, mapping)
    if state is CloudState.CANCELLED:
        return ForeignOrder(number, state)
    _refuse_what_is_not_waiting(raw)
    distributor = entry(raw, "distributor")
    due = _due(raw)
    return ForeignOrder(
        order_id=number,
        state=state,
        points=[text_of(raw.get("distributor_name")), text_of(distributor.get("id"))],
        cells=_cells(raw, mapping, due),
        lines=[_line(line) for line in entries(raw, "line_items")],
        ordered_at=text_of(raw.get("completed_at_utc_iso8601")) or None,
        due_minor=minor(due),
    )


def _refuse_what_is_not_waiting(raw: Raw) -> None:
    if "line_items" not in raw:
        raise ValueError(
            "the list of orders names no goods; fetch this one by GET /api/v0/orders/{its number}"
        )
    if raw.get("shipment_state") in _HANDED_OVER:
        raise ValueError(f"its shipment is {raw['shipment_state']!r}: goods left the hub already")
    method = entry(raw, "shipping_method")
    if method.get("require_ship_address") is True:
        name = text_of(method.get("name"))[:40]
        raise ValueError(f"it is delivered to an address ({name!r}), not picked up")


def _due(raw: Raw) -> Decimal:
    """What is still to be paid at the point."""
    state = raw.get("payment_state")
    total = amount(raw.get("total", "0"), "total")
    if state in _PAID or (state is None and total == 0):
        return Decimal(0)
    if state not in _DUE:
        raise ValueError(f"its payment is {str(state)[:40]!r}: neither paid nor due")
    return max(Decimal(0), total - amount(raw.get("payment_total", "0"), "payment_total"))


def _cells(raw: Raw, mapping: ImportMapping, due: Decimal) -> dict[str, str]:
    address = entry(raw, "bill_address")
    name = full_name(address.get("firstname"), address.get("lastname"))
    phone = text_of(address.get("phone") or raw.get("phone"))
    cycle = text_of(entry(raw, "order_cycle").get("id"))
    return {
        "customer": name or text_of(raw.get("full_name")),
        "customer_ref": account(raw.get("user_id")),
        # Without an address the API says "a".
        "phone": phone if any(sign.isdigit() for sign in phone) else "",
        "pickup_date": mapping.pickup_dates.get(cycle, ""),
        "payment": "due" if due else "paid",
        "note": text_of(raw.get("special_instructions")),
        "external_id": text_of(raw.get("id")),
    }


def _line(raw: Raw) -> dict[str, str]:
    variant = entry(raw, "variant")
    return {
        "product": _product(variant),
        "quantity": text_of(raw.get("quantity")),
        "unit_price": price(amount(raw.get("price"), "price of a line")),
        "sku": sku(variant.get("sku"), f"variant-{text_of(variant.get('id'))}"),
    }


def _product(variant: Raw) -> str:
    """Product, variant and unit, each said once: Tomatoes, Roma, 1kg."""
    said = ""
    for part in ("product_name", "display_name", "unit_to_display"):
        text = text_of(variant.get(part))
        if text and text not in said:
            said = f"{said} {text}".strip()
    return said
