"""Orders that a platform pushes: by (issuer, id, revision) each is taken once, or refused alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from peewee import Database

from edge.core import ids
from edge.core.fields import Fields
from edge.core.moment import rfc3339
from edge.core.order import CloudState, PaymentState
from edge.core.order_json import CURRENCY, day_of_order, instant_of_order
from edge.errors import BrokenField, MalformedMessage
from sync.cloud.assemble import HOLD, Assembled, assembled, customer_ref, usual_times
from sync.cloud.importing import goods
from sync.cloud.keyring import Keyring
from sync.cloud.register import Register

REMEDY = "Correct it and push the order again; the others of a batch stand as they are answered."
_CLOUDS_OWN = ("pickup_code_hash",)
"""What this cloud says about an order, not its platform."""


class PushOutcome(StrEnum):
    """What became of one order."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    OUTDATED = "outdated"
    CONFLICT = "conflict"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Pushed:
    """The answer for one order; `stands` is the revision that counts now."""

    order_id: str | None
    outcome: PushOutcome
    revision: int | None = None
    stands: int | None = None
    field: str | None = None
    detail: str | None = None


@dataclass(slots=True)
class Delivery:
    """The answers in the sequence of the orders, and the points with something new."""

    answers: list[Pushed] = field(default_factory=list)
    changed_points: set[str] = field(default_factory=set)


def push_all(
    database: Database, issuer: str, raws: Sequence[object], keyring: Keyring, now: datetime
) -> Delivery:
    """Take what can be taken, in one transaction of the caller's."""
    order_ids = [order_id for raw in raws if (order_id := _order_id(raw)) is not None]
    register = Register(database, issuer, order_ids, keyring, now)
    delivery = Delivery()
    for raw in raws:
        try:
            delivery.answers.append(_put(register, _read(register, issuer, raw, now)))
        except MalformedMessage as error:
            name = error.field if isinstance(error, BrokenField) else None
            broken = Pushed(_order_id(raw), PushOutcome.BROKEN, field=name, detail=error.what)
            delivery.answers.append(broken)
    register.close()
    delivery.changed_points = register.changed_points
    return delivery


def _put(register: Register, told: Assembled) -> Pushed:
    order = told.order
    known = register.known(order.ref.order_id)
    if known is None:
        register.add(told)
        return Pushed(order.ref.order_id, PushOutcome.CREATED, order.revision, order.revision)
    stands = int(known["revision"])
    outcome = _compare(told, known, stands)
    if outcome is PushOutcome.UPDATED:
        register.revise(told)
        stands = order.revision
    detail = _explain(outcome, order.revision, stands)
    return Pushed(order.ref.order_id, outcome, order.revision, stands, detail=detail)


def _compare(told: Assembled, known: Mapping[str, Any], stands: int) -> PushOutcome:
    if known["point_id"] != told.order.point_id:
        raise BrokenField(
            f"Order {told.order.ref.order_id} is at point {known['point_id']}; it cannot move.",
            REMEDY,
            "point_id",
        )
    if told.order.revision < stands:
        return PushOutcome.OUTDATED
    if told.order.revision > stands:
        return PushOutcome.UPDATED
    same = _content(told.document) == _content(json.loads(known["body"]))
    return PushOutcome.UNCHANGED if same else PushOutcome.CONFLICT


def _explain(outcome: PushOutcome, revision: int, stands: int) -> str | None:
    if outcome is PushOutcome.OUTDATED:
        return f"Revision {stands} is newer and stands; revision {revision} changed nothing."
    if outcome is PushOutcome.CONFLICT:
        return (
            f"Revision {revision} is here with other content, which stands;"
            " a change needs a higher revision."
        )
    return None


def _content(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _CLOUDS_OWN}


def _order_id(raw: object) -> str | None:
    order_id = raw.get("id") if isinstance(raw, Mapping) else None
    return order_id if isinstance(order_id, str) and ids.is_order_id(order_id) else None


def _read(register: Register, issuer: str, raw: object, now: datetime) -> Assembled:
    """The complete order; BrokenField names what cannot be used."""
    if not isinstance(raw, Mapping):
        Fields({}, "order", remedy=REMEDY).refuse("it", "must be a JSON object")
    fields = Fields(
        {"issuer": issuer, **raw}, f"order {_order_id(raw) or ''}".strip(), remedy=REMEDY
    )
    if raw.get("issuer", issuer) != issuer:
        fields.refuse("issuer", f"must be {issuer}, whose token this is, or be left out")
    if fields.has("pickup_code_hash"):
        fields.refuse("pickup_code_hash", "must be left out: pickup codes are made here")
    point_id = fields.matching("point_id", ids.POINT_ID)
    try:
        zone = register.point(point_id).zone
    except MalformedMessage as error:
        raise BrokenField(error.what, REMEDY, "point_id") from None
    told = assembled({**_filled(raw, fields, zone), "issuer": issuer})
    if told.order.pass_not_before is not None and told.order.pass_not_before > now:
        fields.refuse("pass_not_before", "must not lie in the future: no pass could be made")
    return told


def _filled(raw: Mapping[str, Any], fields: Fields, zone: ZoneInfo) -> dict[str, Any]:
    """The order with everything that may be left out; what is given is judged by others."""
    day = day_of_order(fields, "pickup_date")
    usual = usual_times(day, zone)
    window = raw.get("window", usual["window"])
    times = {"ordered_at": usual["ordered_at"], "window": window}
    if "hold_until" not in raw:
        closes = Fields({"window": window}, fields.owner, remedy=REMEDY).table("window")
        times["hold_until"] = rfc3339(instant_of_order(closes, "closes") + HOLD)
    currency = fields.table("payment").matching("currency", CURRENCY)
    rest = {"state": CloudState.OPEN.value, "pass_not_before": None}
    parts = {
        "customer": _customer(raw, fields),
        "payment": _payment(raw.get("payment")),
        "lines": _lines(raw.get("lines"), currency),
    }
    given = {name: parts.get(name, value) for name, value in raw.items()}
    return {**rest, **times, **given}


def _customer(raw: Mapping[str, Any], fields: Fields) -> object:
    customer = raw.get("customer")
    if not isinstance(customer, Mapping) or "ref" in customer:
        return customer
    ref = customer_ref(str(fields.raw["issuer"]), str(raw.get("id")), None)
    return {"phone_last3": "", **customer, "ref": ref}


def _payment(raw: object) -> object:
    if not isinstance(raw, Mapping) or raw.get("state") != PaymentState.PAID:
        return raw
    return {"due_minor": 0, **raw}


def _lines(raw: object, currency: str) -> object:
    if not isinstance(raw, list):
        return raw
    return [_line(line, currency) if isinstance(line, Mapping) else line for line in raw]


def _line(raw: Mapping[str, Any], currency: str) -> dict[str, Any]:
    usual: dict[str, Any] = {"unit": "piece", "currency": currency, "expected": raw.get("ordered")}
    name = raw.get("name")
    if isinstance(name, str) and name.isprintable():
        usual["sku"] = goods.sku_of(name)
    return {**usual, **raw}
