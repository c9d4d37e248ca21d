"""What tools may ask of the cloud, by name: inside the server, or alone under its lock."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import count as count_from
from typing import Any, Protocol

from peewee import Database

from edge.clock import Clock
from edge.core.command_arguments import CommandName, read_arguments, write_arguments
from edge.core.events import uuid7
from edge.core.order import CloudState, OrderRef
from edge.errors import MalformedMessage
from sync.cloud import (
    claims,
    command_table,
    dead_letters,
    orders,
    platforms,
    points,
    revocation,
    sub_passes,
)
from sync.cloud.database import Store
from sync.cloud.importing.draft import DraftOrder
from sync.cloud.intake import PutOutcome, put_all
from sync.cloud.keyring import ISSUER, Keyring
from sync.cloud.meter import Meter
from sync.cloud.push import push_all

Payload = Mapping[str, Any]
Answer = dict[str, Any]


class Workbench(Protocol):
    """Where a tool's wish is carried out."""

    def perform(self, action: str, payload: Payload) -> Answer:
        """Do it whole or not at all; PointError says why not."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The actions on an open store."""

    store: Store
    keyring: Keyring
    clock: Clock
    command_keys: Keyring
    meter: Meter = field(default_factory=Meter)

    def perform(self, action: str, payload: Payload) -> Answer:
        """Carry out one action in one transaction."""
        work = ACTIONS.get(action)
        if work is None:
            raise MalformedMessage(
                f"There is no action {action!r}.", "Use pickup-cloud's commands."
            )
        answer = self.store.write(lambda database: work(self, database, payload), timeout=120)
        _count(self.meter, action, payload, answer)
        return answer


def _count(meter: Meter, action: str, payload: Payload, answer: Answer) -> None:
    if action == "put_orders":
        for outcome in PutOutcome:
            meter.took_order("import", outcome.value, answer[outcome.value])
        refused = len(answer["refused"]) + payload.get("unreadable", 0)
        meter.took_order("import", "refused", refused)
    elif action == "push_orders":
        for one in answer["answers"]:
            meter.took_order("push", str(one["outcome"]))


def put_orders(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"issuer": …, "orders": [draft, …]}` → counts, refused rows, points with something new.

    `unreadable` counts rows that were refused before they were drafts, for the figures alone.
    """
    drafts = [DraftOrder.from_json(raw) for raw in payload["orders"]]
    intake = put_all(database, payload["issuer"], drafts, desk.keyring, desk.clock.now().wall)
    return {
        **intake.counts(),
        "orders": [
            {"line": draft.line, "order_id": draft.order_id, "outcome": outcome.value}
            for draft, outcome in intake.outcomes
            if outcome is not PutOutcome.UNCHANGED
        ],
        "not_open": [
            {"line": draft.line, "order_id": draft.order_id}
            for draft, outcome in intake.outcomes
            if outcome is PutOutcome.UNCHANGED and draft.state == CloudState.CANCELLED
        ],
        "refused": [asdict(row) for row in intake.refused],
        "changed_points": sorted(intake.changed_points),
    }


def try_orders(desk: Desk, database: Database, payload: Payload) -> Answer:
    """What `put_orders` would answer; nothing of it stays, and no point is told."""
    rehearsal = replace(desk, keyring=desk.keyring.unwritten())
    with database.atomic() as everything:
        answer = put_orders(rehearsal, database, payload)
        everything.rollback()
    return {**answer, "changed_points": []}


def push_orders(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"issuer": …, "orders": [order, …]}` → an answer for each, and points with something new."""
    now = desk.clock.now().wall
    delivery = push_all(database, payload["issuer"], payload["orders"], desk.keyring, now)
    return {
        "answers": [asdict(answer) for answer in delivery.answers],
        "changed_points": sorted(delivery.changed_points),
    }


def ensure_points(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"count": n, "time_zone": …}` → the ids of n points; missing ones are added by name."""
    known = points.ids(database)
    added: list[str] = []
    numbers = count_from(1)
    while len(known) + len(added) < payload["count"]:
        details = _numbered_point(next(numbers), payload["time_zone"])
        if points.make_known(database, details, desk.clock.now().wall):
            added.append(details.point_id)
    return {"points": [*known, *added][: payload["count"]], "added": added}


def _numbered_point(number: int, time_zone: str) -> points.PointDetails:
    return points.PointDetails(
        f"point-{number:02d}",
        f"社區自提點 {number:02d}",
        address=f"示範路 {number} 號",
        hours="16:00–21:00",
        time_zone=time_zone,
    )


def provision_point(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"details": …, "token": …}`: the point may pull and publish from now on."""
    details = points.PointDetails(**payload["details"])
    points.provision(database, details, payload["token"], desk.clock.now().wall)
    return {}


def revoke_point(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"point_id": …}` → whether this call revoked it."""
    revoked = revocation.revoke(database, payload["point_id"], desk.clock.now().wall)
    claims.forget(database, payload["point_id"])
    return {"revoked": revoked}


def readmit_point(_desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"point_id": …, "token": …}`: only this token counts from now on."""
    revocation.readmit(database, payload["point_id"], payload["token"])
    return {}


def open_claim(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"public_key": hex}` → the code of the request, null while there are too many."""
    key = bytes.fromhex(payload["public_key"])
    return {"code": claims.open_one(database, key, desk.clock.now().unix_ms)}


def approve_claim(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"code": …, "fingerprint": …, "grant": …}`: this device becomes that point."""
    now = desk.clock.now().wall
    code, fingerprint = payload["code"], payload["fingerprint"]
    claims.approve(database, code, fingerprint, payload["grant"], now)
    return {}


def refuse_claim(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"code": …}`: the device that shows it does not become a point."""
    claims.refuse(database, payload["code"], desk.clock.now().unix_ms)
    return {}


def poll_claim(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"code": …, "nonce_ms": …}` → whether the nonce was new, and what was granted."""
    moment = desk.clock.now()
    request = claims.find(database, payload["code"], moment.unix_ms)
    if request is None or not claims.use_nonce(database, request.code, payload["nonce_ms"]):
        return {"fresh": False, "point": None}
    grant = request.grant
    point = None if grant is None else claims.admit(database, grant, moment.wall)
    return {"fresh": True, "point": point}


def cancel_order(_desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"issuer": …, "order_id": …, "point_id": …}` → whether this call cancelled it."""
    ref = OrderRef(payload["issuer"], payload["order_id"])
    cancelled = orders.cancel(database, ref, payload["point_id"])
    return {"cancelled": cancelled, "changed_points": [payload["point_id"]] if cancelled else []}


def add_platform(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"details": …, "token": …}`: the platform may push from now on."""
    details = platforms.PlatformDetails(**payload["details"])
    platforms.add(database, details, payload["token"], desk.clock.now().wall)
    return {}


def renew_platform(_desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"issuer": …, "token": …}`: only the new token counts from now on."""
    platforms.renew(database, payload["issuer"], payload["token"])
    return {}


def give_sub_pass(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"issuer": …, "order_id": …, "point_id": …}` → the sub-pass that was made."""
    ref = OrderRef(payload["issuer"], payload["order_id"])
    now = desk.clock.now().wall
    return sub_passes.give(database, ref, payload["point_id"], desk.keyring, now).to_json()


def rotate_key(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"issuer": …}`: a new key signs from now on; every point is told at its next pull."""
    if payload["issuer"] not in desk.keyring.issuers():
        raise MalformedMessage(
            f"No key signs for {payload['issuer']!r}.", "List the keys with 'pickup-cloud keys'."
        )
    new = desk.keyring.rotate(payload["issuer"], desk.clock.now().wall)
    return {"kid": new.kid.hex(), "changed_points": points.ids(database)}


def ask_command(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"point_id": …, "command": …, "arguments": …, "seconds": …}` → the command's id."""
    points.must_find(database, payload["point_id"])
    arguments = read_arguments(CommandName(payload["command"]), payload["arguments"])
    now_ms = desk.clock.now().unix_ms
    command_id = uuid7(now_ms, secrets.token_bytes(10))
    row = {
        "command_id": command_id,
        "point_id": payload["point_id"],
        "command": arguments.name.value,
        "arguments": json.dumps(write_arguments(arguments), ensure_ascii=False),
        "asked_ms": now_ms,
        "ends_ms": now_ms + int(payload["seconds"]) * 1000,
    }
    command_table.ask(database, row)
    return {"command_id": command_id}


def rotate_command_key(desk: Desk, database: Database, _payload: Payload) -> Answer:
    """`{}`: a new key signs commands; the old one is revoked at every point's next pull."""
    new = desk.command_keys.rotate(ISSUER, desk.clock.now().wall)
    return {"kid": new.kid.hex(), "changed_points": points.ids(database)}


def replay_parked(desk: Desk, database: Database, payload: Payload) -> Answer:
    """`{"point_id": … or null}` → how many dead letters were accepted, and how many stay."""
    return asdict(dead_letters.replay(database, payload["point_id"], desk.clock.now().wall))


ACTIONS: Mapping[str, Callable[[Desk, Database, Payload], Answer]] = {
    action.__name__: action
    for action in (
        put_orders,
        try_orders,
        push_orders,
        ensure_points,
        provision_point,
        revoke_point,
        readmit_point,
        open_claim,
        approve_claim,
        refuse_claim,
        poll_claim,
        add_platform,
        renew_platform,
        cancel_order,
        give_sub_pass,
        rotate_key,
        ask_command,
        rotate_command_key,
        replay_parked,
    )
}
