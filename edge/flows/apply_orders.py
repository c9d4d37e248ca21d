"""From the agent's file into ours: orders and what the cloud says around them, each once."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from edge.core import pickup_code
from edge.core.credential import TrustedKeys
from edge.core.moment import instant_from_rfc3339
from edge.core.order import Order
from edge.core.order_json import parse_order
from edge.errors import MalformedMessage, StoreCorrupt
from edge.flows.doubt import doubt_late_ones
from edge.flows.guidance import Guide
from edge.flows.point import Memory, Point
from edge.flows.screen import OtherPoint
from edge.store import inbox, orders, unseen
from edge.store.database import Txn
from edge.store.repair import repair
from edge.store.views import canonical_body

log = logging.getLogger(__name__)

ORDERS_PER_COMMIT = 50


def apply_orders(point: Point) -> int:
    """Take over what the agent learned since the last time; how many orders that were.

    The mark of how far we came commits with the orders it covers, so a crash repeats, never skips.
    """
    count = 0
    while (applied := _apply_some(point)) is not None:
        count += applied
    learn(point)
    if count:
        point.news.bump()
    return count


def _apply_some(point: Point) -> int | None:
    # A few at a time, so that a customer who scans meanwhile waits for one of these at most.
    def work(txn: Txn) -> int | None:
        reached = inbox.applied(txn)
        delta = point.sync_file.ask(
            lambda source: inbox.since(source, *reached, most=ORDERS_PER_COMMIT)
        )
        if delta is None:
            return None
        newest = unseen.newest_key(txn)
        for body, change in delta.orders:
            order = _readable(body)
            if order is not None:
                _take_over(point.memory, txn, order, change)
        for document in delta.documents:
            inbox.keep_document(txn, document)
        doubt_late_ones(point, txn, newest)
        inbox.mark_applied(txn, delta)
        return len(delta.orders)

    return point.writer.call(work)


def _take_over(memory: Memory, txn: Txn, order: Order, change: int) -> None:
    # What is wrong with one order stays with that order: nothing of it was written yet.
    try:
        orders.upsert(txn, order, change)
    except (MalformedMessage, StoreCorrupt) as error:
        if isinstance(error, StoreCorrupt) and repair(txn, canonical_body(order), change):
            memory.refused_orders.discard(order.ref)
            return
        log.warning("order_stays_as_it_was", extra={"order": order.ref.order_id, "why": error.what})
        memory.refused_orders.add(order.ref)
    else:
        memory.refused_orders.discard(order.ref)


def _readable(body: bytes) -> Order | None:
    # The agent stored only what it could read, so this is a damaged row: the others still count,
    # and the cloud's next revision of this order brings it again.
    try:
        return parse_order(json.loads(body))
    except (MalformedMessage, ValueError):
        return None


def learn(point: Point) -> None:
    """Take keys and guidance from our own file into memory; what cannot be read changes nothing."""
    kept = inbox.documents(point.edge_file)
    _learn_keys(point.memory, kept)
    _learn_code_key(point.memory, kept)
    point.memory.guidance = Guide(
        points=_other_points(kept.get("points")), eta=_instant(kept.get("eta"))
    )


def _learn_keys(memory: Memory, kept: Mapping[str, object]) -> None:
    document, for_commands = kept.get("keys"), kept.get("command_keys")
    if isinstance(document, list):
        with suppress(MalformedMessage):
            memory.keys = TrustedKeys.from_document(document)
    if isinstance(for_commands, list):
        with suppress(MalformedMessage):
            memory.command_keys = _apart(TrustedKeys.from_document(for_commands), memory.keys)


def _apart(keys: TrustedKeys, pass_keys: TrustedKeys) -> TrustedKeys:
    # Whoever can sign passes shall not open doors by that.
    of_passes = {key.key.to_bytes() for key in pass_keys.values()}
    return TrustedKeys(key for key in keys.values() if key.key.to_bytes() not in of_passes)


def _learn_code_key(memory: Memory, kept: Mapping[str, object]) -> None:
    with suppress(MalformedMessage):
        memory.code_key = pickup_code.read_key(kept.get("pickup_codes"))


def _other_points(raw: object) -> dict[str, OtherPoint]:
    entries = raw if isinstance(raw, list) else []
    points = [_other_point(entry) for entry in entries if isinstance(entry, Mapping)]
    return {point.point_id: point for point in points}


def _other_point(entry: Mapping[str, object]) -> OtherPoint:
    def text(name: str) -> str:
        value = entry.get(name)
        return value if isinstance(value, str) else ""

    return OtherPoint(text("point_id"), text("name"), text("address"), text("hours"))


def _instant(raw: object) -> datetime | None:
    try:
        return None if raw is None else instant_from_rfc3339(raw)
    except ValueError:
        return None
