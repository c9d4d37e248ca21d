"""Passes for a neighbour: each closes its one order, and is kept so that it can be named later."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import Database

from edge.core.envelope import Envelope, read_event
from edge.core.moment import instant_from_ms, rfc3339
from edge.core.order import CloudState, OrderRef
from edge.errors import ConfigError, MalformedMessage
from sync.cloud import orders, points
from sync.cloud.closures import ClosureKind, Progress
from sync.cloud.issuer import mint_pass
from sync.cloud.keyring import Keyring
from sync.cloud.tables import SubPass, insert, select
from sync.contract.spec.passes import MOST_SUB_PASSES

ID_BYTES = 8
DONE = (Progress.COLLECTED, Progress.RETURNED)


@dataclass(frozen=True, slots=True)
class Given:
    """One sub-pass as it is kept."""

    sub_pass_id: str
    ref: OrderRef
    point_id: str
    pass_text: str
    made_at: datetime

    def to_json(self) -> dict[str, Any]:
        """As programs get it."""
        return {
            "issuer": self.ref.issuer,
            "order_id": self.ref.order_id,
            "point_id": self.point_id,
            "sub_pass_id": self.sub_pass_id,
            "pass": self.pass_text,
            "made_at": rfc3339(self.made_at),
        }


def give(
    database: Database, ref: OrderRef, point_id: str, keyring: Keyring, now: datetime
) -> Given:
    """Make one and keep it; ConfigError where the order can have none."""
    row = orders.must_find(database, ref, point_id)
    _refuse(row, len(of_order(database, ref)))
    point = points.must_find(database, point_id)
    sub_pass_id = secrets.token_hex(ID_BYTES)
    day = date.fromisoformat(row["pickup_date"])
    text = mint_pass(keyring, point, ref, day, now, sub_pass_id)
    made_ms = int(now.timestamp() * 1000)
    columns = {
        "sub_pass_id": sub_pass_id,
        "issuer": ref.issuer,
        "order_id": ref.order_id,
        "point_id": point.point_id,
        "pass_text": text,
        "made_ms": made_ms,
    }
    insert(database, SubPass, columns)
    return _given(columns)


def of_order(database: Database, ref: OrderRef) -> list[Given]:
    """Those of one order, the oldest first."""
    own = (SubPass.issuer == ref.issuer) & (SubPass.order_id == ref.order_id)
    query = SubPass.select().where(own).order_by(SubPass.made_ms, SubPass.sub_pass_id)
    return [_given(row) for row in query.dicts().execute(database)]


def listing(database: Database, point_id: str | None) -> list[Given]:
    """All of one point, or of all, the oldest first."""
    query = SubPass.select()
    if point_id is not None:
        points.must_find(database, point_id)
        query = query.where(SubPass.point_id == point_id)
    ordered = query.order_by(SubPass.made_ms, SubPass.sub_pass_id).dicts()
    return [_given(row) for row in ordered.execute(database)]


def used_at(database: Database, given: Given) -> datetime | None:
    """When goods were first collected with it, by the point's clock; None where none were.

    A hand-over that was taken back does not count.
    """
    used = (event for event in _closures(database, given.ref) if _shows(event, given.pass_text))
    return min((event.time for event in used), default=None)


def _closures(database: Database, ref: OrderRef) -> Iterator[Envelope]:
    sql = (
        "SELECT l.body FROM closure c JOIN ledger l ON l.event_id = c.event_id"
        " WHERE c.issuer = ? AND c.order_id = ? AND c.kind = ? AND NOT EXISTS (SELECT 1"
        " FROM closure a WHERE a.issuer = c.issuer AND a.order_id = c.order_id AND a.kind = ?"
        " AND a.point_id = c.point_id AND a.parcel_id = c.parcel_id AND a.hand_over = c.hand_over)"
    )
    kinds = (ClosureKind.COLLECTED.value, ClosureKind.ANNULLED.value)
    for (body,) in select(database, sql, ref.issuer, ref.order_id, *kinds):
        with suppress(MalformedMessage):  # a damaged row, which `ledger --verify` names
            yield read_event(bytes(body))


def _shows(event: Envelope, pass_text: str) -> bool:
    return event.data.get("pass") == pass_text


def _refuse(row: Mapping[str, Any], given: int) -> None:
    if row["state"] != CloudState.OPEN or row["progress"] in DONE:
        raise ConfigError(
            f"Order {row['order_id']} is {orders.shown_state(row)}: it needs no sub-pass.",
            "Only an order that waits to be collected can be handed on.",
        )
    if given >= MOST_SUB_PASSES:
        raise ConfigError(
            f"Order {row['order_id']} has {given} sub-passes already.",
            "Hand one of those on: each of them collects the whole order.",
        )


def _given(row: Mapping[str, Any]) -> Given:
    return Given(
        row["sub_pass_id"],
        OrderRef(row["issuer"], row["order_id"]),
        row["point_id"],
        row["pass_text"],
        instant_from_ms(row["made_ms"]),
    )
