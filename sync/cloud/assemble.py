"""From a draft to the order that a point pulls: dates, money, line ids, parcels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from edge.core.fields import Fields
from edge.core.moment import rfc3339
from edge.core.order import CloudState, Order, Size, Zone
from edge.core.order_json import day_of_order, order_to_json, parse_order
from sync.cloud.importing import goods
from sync.cloud.importing.draft import DEFAULT_CLOSES, DEFAULT_OPENS, DraftLine, DraftOrder
from sync.cloud.points import KnownPoint

ORDERED_AT = time(20)
HOLD = timedelta(days=2)
"""How long after its window an order is kept at the point."""
VOLATILE = ("revision", "state", "pickup_code_hash", "pass_not_before")
"""What an import does not say about an order."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """An order ready to be stored; `content_hash` tells whether a later import changes it."""

    order: Order
    document: dict[str, Any]
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What is said about an order besides its content."""

    revision: int
    state: CloudState
    pass_not_before: str | None = None


def assemble(draft: DraftOrder, issuer: str, point: KnownPoint, today: date) -> Assembled:
    """The complete order; MalformedMessage names a field that cannot be used."""
    said = Fields({"pickup_date": draft.pickup_date}, f"order {draft.order_id!r}")
    day = day_of_order(said, "pickup_date") if draft.pickup_date else today
    lines = [_line(number, line, draft.currency) for number, line in enumerate(draft.lines, 1)]
    document = {
        "issuer": issuer,
        "id": draft.order_id,
        "external_id": draft.external_id,
        "revision": 1,
        "point_id": point.point_id,
        "pickup_date": day.isoformat(),
        **_times(draft, day, point.zone),
        "state": "open",
        "pass_not_before": None,
        "customer": _customer(draft, issuer),
        "payment": _payment(draft, lines),
        "pickup_code_hash": None,
        "note": draft.note,
        "lines": lines,
        "parcels": _parcels(draft, lines),
    }
    return assembled(document)


def assembled(document: Mapping[str, Any]) -> Assembled:
    """The complete order that a document says; MalformedMessage names the field that breaks it."""
    order = parse_order(document)
    canonical = order_to_json(order)
    return Assembled(order, canonical, _content_hash(canonical))


def restate(document: Mapping[str, Any], told: Told) -> Assembled:
    """The same content, told anew."""
    return assembled(
        {
            **document,
            "revision": told.revision,
            "state": told.state.value,
            "pass_not_before": told.pass_not_before,
        }
    )


def dump(document: Mapping[str, Any]) -> str:
    """Compact JSON, the same for the same order."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _content_hash(document: Mapping[str, Any]) -> bytes:
    content = {name: value for name, value in document.items() if name not in VOLATILE}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def usual_times(
    day: date, zone: ZoneInfo, opens_at: str = DEFAULT_OPENS, closes_at: str = DEFAULT_CLOSES
) -> dict[str, Any]:
    """When an order was made, can be picked up and is kept, where its pickup date is all we know.

    The same every time, so that the same order stays the same.
    """
    opens, closes = (
        datetime.combine(day, time.fromisoformat(text), zone) for text in (opens_at, closes_at)
    )
    return {
        "ordered_at": rfc3339(datetime.combine(day - timedelta(days=1), ORDERED_AT, zone)),
        "hold_until": rfc3339(closes + HOLD),
        "window": {"opens": rfc3339(opens), "closes": rfc3339(closes)},
    }


def _times(draft: DraftOrder, day: date, zone: ZoneInfo) -> dict[str, Any]:
    times = usual_times(day, zone, draft.opens, draft.closes)
    return times if draft.ordered_at is None else {**times, "ordered_at": draft.ordered_at}


def customer_ref(issuer: str, order_id: str, told: str | None) -> str:
    """Whose order it is, as its platform tells; without its word it is nobody else's.

    A name with three digits proves nothing: who shares them must not open the other's door.
    """
    whose = f"order {order_id}" if told is None else f"customer {told}"
    identity = f"{issuer} {whose}".encode("utf-8", "surrogatepass")
    return f"C-{hashlib.sha256(identity).hexdigest()[:24]}"


def _customer(draft: DraftOrder, issuer: str) -> dict[str, Any]:
    return {
        "ref": customer_ref(issuer, draft.order_id, draft.customer_ref),
        "name": draft.customer,
        "phone_last3": draft.phone_last3,
        "language": draft.language,
        "reach_low": False,
    }


def _payment(draft: DraftOrder, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    total = sum(line["expected"] * line["unit_price_minor"] for line in lines)
    unpaid = total if draft.due_minor is None else draft.due_minor
    due = 0 if draft.paid else unpaid
    return {"state": "paid" if draft.paid else "due", "due_minor": due, "currency": draft.currency}


def _line(number: int, line: DraftLine, currency: str) -> dict[str, Any]:
    price = line.unit_price_minor
    return {
        "line_id": str(number),
        "sku": line.sku or goods.sku_of(line.product),
        "name": line.product,
        "ordered": line.quantity,
        "expected": line.quantity,
        "unit": line.unit,
        "unit_price_minor": goods.price_of(line.product) if price is None else price,
        "currency": currency,
        "temperature_zone": line.zone or goods.zone_of(line.product).value,
        "lot": None,
        "best_before": None,
        "shortage_policy": None,
    }


def _parcels(draft: DraftOrder, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One bag per temperature zone."""
    zones = [zone for zone in Zone if any(line["temperature_zone"] == zone for line in lines)]
    return [
        _parcel(
            f"{draft.order_id}-{zone.value[0]}",
            zone,
            [
                (line, document)
                for line, document in zip(draft.lines, lines, strict=True)
                if document["temperature_zone"] == zone
            ],
        )
        for zone in zones
    ]


def _parcel(
    parcel_id: str, zone: Zone, content: Sequence[tuple[DraftLine, Mapping[str, Any]]]
) -> dict[str, Any]:
    wished = [Size(line.size) for line, _ in content if line.size]
    guessed = goods.room_for((line.quantity, line.unit) for line, _ in content)
    size = max(wished, key=list(Size).index) if wished else guessed
    return {
        "parcel_id": parcel_id,
        "label": parcel_id,
        "line_ids": [document["line_id"] for _, document in content],
        "size": size.value,
        "temperature_zone": zone.value,
    }
