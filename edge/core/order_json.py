"""An order as JSON, the way the cloud serves it: read strictly, written the same.

Rule: what passes here fits everywhere later, in a place's list, on a screen and in an event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from edge.core import ids
from edge.core.fields import Fields
from edge.core.forgetting import FORGOTTEN
from edge.core.moment import rfc3339
from edge.core.order import (
    CloudState,
    Customer,
    Line,
    Order,
    OrderRef,
    Parcel,
    Payment,
    PaymentState,
    Size,
    Window,
    Zone,
)

MAX_LINES = 120
"""So that the closure of a whole order is still one event."""
MAX_QUANTITY = 10_000_000
"""Pieces or grams."""
MAX_MINOR = 1_000_000_000
"""Money in the smallest unit of its currency."""
MAX_REVISION = 2**53 - 1
YEARS = range(2000, 2200)
"""Of everything that an order says of time: no sum of it with a stay leaves the calendar."""

LINE_ID = re.compile(r"[A-Za-z0-9._-]{1,24}")
PARCEL_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
PHONE_TAIL = re.compile(r"([0-9]{3})?")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_LINES_OF_S = 4
_MOST_LINES_OF_M = 10


def parse_order(raw: object, *, most_lines: int = MAX_LINES) -> Order:
    """The order that this JSON object says; MalformedMessage names its id and the first bad field.

    Unknown fields are left aside. Without parcels one is made for each temperature zone.
    `most_lines` bounds what comes in; what the point kept may have grown by what went out before.
    """
    fields = _fields(raw)
    order_id = fields.matching("id", ids.ORDER_ID)
    lines = _lines(fields, most_lines)
    return Order(
        ref=OrderRef(fields.matching("issuer", ids.ISSUER), order_id),
        external_id=_maybe_text(fields, "external_id", 100),
        revision=fields.whole("revision", 0, MAX_REVISION),
        point_id=fields.matching("point_id", ids.POINT_ID),
        ordered_at=instant_of_order(fields, "ordered_at"),
        pickup_date=day_of_order(fields, "pickup_date"),
        hold_until=instant_of_order(fields, "hold_until"),
        window=_window(fields.table("window")),
        cloud_state=fields.choice("state", CloudState),
        pass_not_before=_pass_not_before(fields),
        customer=_customer(fields.table("customer")),
        payment=_payment(fields.table("payment")),
        pickup_code_hash=_maybe_text(fields, "pickup_code_hash", 128),
        note=_maybe_text(fields, "note", 500),
        lines=lines,
        parcels=_parcels(fields, lines, most_lines)
        if fields.has("parcels")
        else _by_zone(order_id, lines),
    )


def _fields(raw: object) -> Fields:
    if not isinstance(raw, Mapping):
        Fields({}, "order").refuse("it", "must be a JSON object")
    order_id = raw.get("id")
    return Fields(raw, f"order {order_id[:40]!r}" if isinstance(order_id, str) else "order")


def _maybe_text(fields: Fields, name: str, longest: int) -> str | None:
    return fields.text(name, longest, least=0) if fields.has(name) else None


def _pass_not_before(fields: Fields) -> datetime | None:
    # A pass counts in whole seconds: one made at the very instant of this mark must not be older.
    if not fields.has("pass_not_before"):
        return None
    return instant_of_order(fields, "pass_not_before").replace(microsecond=0)


def instant_of_order(fields: Fields, name: str) -> datetime:
    """A date and time in a year that an order can have."""
    instant = fields.instant(name)
    _refuse_other_years(fields, name, instant)
    return instant


def day_of_order(fields: Fields, name: str) -> date:
    """A calendar date in a year that an order can have."""
    day = fields.day(name)
    _refuse_other_years(fields, name, day)
    return day


def _refuse_other_years(fields: Fields, name: str, day: date) -> None:
    if day.year not in YEARS:
        fields.refuse(name, f"must lie in the years {YEARS[0]} to {YEARS[-1]}")


def _window(fields: Fields) -> Window:
    opens, closes = instant_of_order(fields, "opens"), instant_of_order(fields, "closes")
    if opens >= closes:
        fields.refuse("closes", "must be later than opens")
    return Window(opens, closes)


def _customer(fields: Fields) -> Customer:
    customer = _read_customer(fields)
    if customer.ref.startswith(FORGOTTEN) and (customer.name or customer.phone_last3):
        fields.refuse("ref", f"must not begin with {FORGOTTEN!r} where somebody is named")
    return customer


def _read_customer(fields: Fields) -> Customer:
    return Customer(
        ref=fields.text("ref", 64),
        name=fields.text("name", 100, least=0),
        phone_last3=fields.matching("phone_last3", PHONE_TAIL),
        language=fields.matching("language", LANGUAGE) if fields.has("language") else None,
        reach_low=fields.flag("reach_low"),
    )


def _payment(fields: Fields) -> Payment:
    return Payment(
        state=fields.choice("state", PaymentState),
        due_minor=fields.whole("due_minor", 0, MAX_MINOR),
        currency=fields.matching("currency", CURRENCY),
    )


def _lines(fields: Fields, most: int) -> tuple[Line, ...]:
    entries = fields.tables("lines", most)
    lines = tuple(_line(entry) for entry in entries)
    _refuse_twins(entries, "line_id", (line.line_id for line in lines))
    return lines


def _line(fields: Fields) -> Line:
    return Line(
        line_id=fields.matching("line_id", LINE_ID),
        sku=fields.text("sku", 64),
        name=fields.text("name", 200),
        ordered=fields.whole("ordered", 0, MAX_QUANTITY),
        expected=fields.whole("expected", 0, MAX_QUANTITY),
        unit=fields.text("unit", 16),
        unit_price_minor=fields.whole("unit_price_minor", 0, MAX_MINOR),
        currency=fields.matching("currency", CURRENCY),
        zone=fields.choice("temperature_zone", Zone),
        lot=_maybe_text(fields, "lot", 64),
        best_before=day_of_order(fields, "best_before") if fields.has("best_before") else None,
        shortage_policy=_maybe_text(fields, "shortage_policy", 32),
    )


def _parcels(fields: Fields, lines: Sequence[Line], most: int) -> tuple[Parcel, ...]:
    entries = fields.tables("parcels", most)
    parcels = tuple(_parcel(entry) for entry in entries)
    _refuse_twins(entries, "parcel_id", (parcel.parcel_id for parcel in parcels))
    parcelled = sorted(line_id for parcel in parcels for line_id in parcel.line_ids)
    if parcelled != sorted(line.line_id for line in lines):
        fields.refuse("parcels", "must hold every line of the order exactly once")
    return parcels


def _parcel(fields: Fields) -> Parcel:
    return Parcel(
        parcel_id=fields.matching("parcel_id", PARCEL_ID),
        label=fields.text("label", 40, least=0),
        line_ids=fields.texts("line_ids", MAX_LINES),
        size=fields.choice("size", Size),
        zone=fields.choice("temperature_zone", Zone),
    )


def _refuse_twins(entries: Sequence[Fields], name: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for entry, value in zip(entries, values, strict=True):
        if value in seen:
            entry.refuse(name, "is given twice")
        seen.add(value)


def _by_zone(order_id: str, lines: Sequence[Line]) -> tuple[Parcel, ...]:
    parcels = []
    for zone in Zone:
        line_ids = tuple(line.line_id for line in lines if line.zone is zone)
        if line_ids:
            parcel_id = f"{order_id}-{zone.value[0]}"
            parcels.append(Parcel(parcel_id, parcel_id, line_ids, _size(len(line_ids)), zone))
    return tuple(parcels)


def _size(lines: int) -> Size:
    if lines <= _MOST_LINES_OF_S:
        return Size.S
    return Size.M if lines <= _MOST_LINES_OF_M else Size.L


def order_to_json(order: Order) -> dict[str, object]:
    """The object that parse_order reads back as the same order."""
    return {
        "issuer": order.ref.issuer,
        "id": order.ref.order_id,
        "external_id": order.external_id,
        "revision": order.revision,
        "point_id": order.point_id,
        "ordered_at": rfc3339(order.ordered_at),
        "pickup_date": order.pickup_date.isoformat(),
        "hold_until": rfc3339(order.hold_until),
        "window": {"opens": rfc3339(order.window.opens), "closes": rfc3339(order.window.closes)},
        "state": order.cloud_state.value,
        "pass_not_before": order.pass_not_before and rfc3339(order.pass_not_before),
        "customer": _customer_json(order.customer),
        "payment": _payment_json(order.payment),
        "pickup_code_hash": order.pickup_code_hash,
        "note": order.note,
        "lines": [_line_json(line) for line in order.lines],
        "parcels": [_parcel_json(parcel) for parcel in order.parcels],
    }


def _customer_json(customer: Customer) -> dict[str, object]:
    return {
        "ref": customer.ref,
        "name": customer.name,
        "phone_last3": customer.phone_last3,
        "language": customer.language,
        "reach_low": customer.reach_low,
    }


def _payment_json(payment: Payment) -> dict[str, object]:
    return {
        "state": payment.state.value,
        "due_minor": payment.due_minor,
        "currency": payment.currency,
    }


def _line_json(line: Line) -> dict[str, object]:
    return {
        "line_id": line.line_id,
        "sku": line.sku,
        "name": line.name,
        "ordered": line.ordered,
        "expected": line.expected,
        "unit": line.unit,
        "unit_price_minor": line.unit_price_minor,
        "currency": line.currency,
        "temperature_zone": line.zone.value,
        "lot": line.lot,
        "best_before": line.best_before and line.best_before.isoformat(),
        "shortage_policy": line.shortage_policy,
    }


def _parcel_json(parcel: Parcel) -> dict[str, object]:
    return {
        "parcel_id": parcel.parcel_id,
        "label": parcel.label,
        "line_ids": list(parcel.line_ids),
        "size": parcel.size.value,
        "temperature_zone": parcel.zone.value,
    }
