"""One answer of the orders API: what can be read of it, and what is refused alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from edge.core import pickup_code, strict_json
from edge.core.credential import TrustedKeys
from edge.core.fields import Fields
from edge.core.order import Order
from edge.core.order_json import parse_order
from edge.errors import MalformedMessage

MAX_ORDERS = 10_000
CURSOR = re.compile(r"[!-~]{1,200}")
_IGNORED = "The point goes on with what it knows; correct the cloud."


@dataclass(frozen=True, slots=True)
class RefusedOrder:
    """An order that breaks a rule; `reason` names the field, `body` is all that came, as JSON."""

    issuer: str
    order_id: str
    reason: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """What one pull brought; `documents` are those of `_READABLE` that can be read."""

    cursor: str
    more: bool
    server_time: datetime
    documents: Mapping[str, object]
    orders: tuple[Order, ...]
    refused: tuple[RefusedOrder, ...]
    unreadable: Mapping[str, bytes]
    """By name, as JSON: documents that made no sense; the point keeps what it had."""


def decode_page(data: bytes) -> Page:
    """Read an answer of the orders API; raises MalformedMessage if it is none at all."""
    try:
        document = strict_json.loads(data)
    except ValueError as error:
        raise MalformedMessage(f"The answer with orders {error}.", _IGNORED) from error
    if not isinstance(document, dict):
        raise MalformedMessage("The answer with orders is no JSON object.", _IGNORED)
    fields = Fields(document, "answer with orders", remedy=_IGNORED)
    given = {name: document[name] for name in _READABLE if name in document}
    documents = {name: value for name, value in given.items() if _READABLE[name](value)}
    orders, refused = _orders(fields)
    return Page(
        cursor=fields.matching("cursor", CURSOR),
        more=fields.flag("more"),
        server_time=fields.instant("server_time"),
        documents=documents,
        orders=orders,
        refused=refused,
        unreadable={name: _as_json(given[name]) for name in given if name not in documents},
    )


def _orders(fields: Fields) -> tuple[tuple[Order, ...], tuple[RefusedOrder, ...]]:
    entries = fields.raw.get("orders")
    if not isinstance(entries, list) or len(entries) > MAX_ORDERS:
        fields.refuse("orders", f"must be a list of at most {MAX_ORDERS} orders")
    orders: list[Order] = []
    refused: list[RefusedOrder] = []
    for entry in entries:
        try:
            orders.append(parse_order(entry if isinstance(entry, dict) else {}))
        except MalformedMessage as error:
            refused.append(_refused(entry, error))
    return tuple(orders), tuple(refused)


def _refused(entry: object, error: MalformedMessage) -> RefusedOrder:
    raw = entry if isinstance(entry, dict) else {}
    issuer, order_id = (str(raw.get(name, ""))[:64] for name in ("issuer", "id"))
    return RefusedOrder(issuer, order_id, error.what, _as_json(entry))


def _as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _is_keys(value: object) -> bool:
    # No key at all would turn every customer away: no rotation leads there.
    try:
        return isinstance(value, list) and len(TrustedKeys.from_document(value)) > 0
    except MalformedMessage:
        return False


def _is_command_keys(value: object) -> bool:
    # None at all is a word, too: this point obeys nobody.
    return value == [] or _is_keys(value)


def _is_code_key(value: object) -> bool:
    try:
        return bool(pickup_code.read_key(value))
    except MalformedMessage:
        return False


_READABLE: Mapping[str, Callable[[object], bool]] = {
    "keys": _is_keys,
    "command_keys": _is_command_keys,
    "points": lambda value: isinstance(value, list),
    "rules": lambda value: isinstance(value, dict),
    "eta": lambda value: value is None or isinstance(value, str),
    "pickup_codes": _is_code_key,
}
