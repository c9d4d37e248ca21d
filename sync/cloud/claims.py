"""Requests of devices that want to become a point; each lives for a quarter of an hour.

Rule: a code only names a request. Whoever fetches what was granted has signed for it, and only
hashes of what is granted are kept.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import Database

from edge.core import claim
from edge.core.cose import VerifyingKey
from edge.errors import MalformedMessage
from sync.cloud import points, revocation
from sync.cloud.points import PointDetails
from sync.cloud.tables import Claim, Point, insert_once

LIFE_MS = claim.LIFE_SECONDS * 1000
MOST_WAITING = 50
MOST_A_MINUTE = 10
MINUTE_MS = 60_000
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it stands."""

    code: str
    key: VerifyingKey
    opened_ms: int
    refused: bool
    grant: Mapping[str, Any] | None


def open_one(database: Database, public_key: bytes, now_ms: int) -> str | None:
    """A new request's code; None while too many wait or have just come."""
    Claim.delete().where(Claim.expires_ms <= now_ms).execute(database)
    came = [ms for (ms,) in Claim.select(Claim.opened_ms).tuples().execute(database)]
    if len(came) >= MOST_WAITING or sum(ms > now_ms - MINUTE_MS for ms in came) >= MOST_A_MINUTE:
        return None
    while True:
        code = claim.tidy("".join(secrets.choice(claim.SIGNS) for _ in range(8)))
        row = {
            "code": code,
            "public_key": public_key,
            "opened_ms": now_ms,
            "expires_ms": now_ms + LIFE_MS,
            "last_nonce_ms": 0,
            "refused": False,
        }
        if insert_once(database, Claim, row):
            return code


def find(database: Database, code: str, now_ms: int) -> Request | None:
    """The request of this code, unless it has expired."""
    # Some databases refuse a text that could be no code, instead of finding nothing.
    known = code if claim.CODE.fullmatch(code) else ""
    alive = (Claim.code == known) & (Claim.expires_ms > now_ms)
    for row in Claim.select().where(alive).dicts().execute(database):
        return _request(row)
    return None


def waiting(database: Database, now_ms: int) -> list[dict[str, object]]:
    """Requests that nobody has approved or refused yet, the oldest first."""
    undecided = Claim.granted.is_null() & ~Claim.refused
    rows = (
        Claim.select()
        .where((Claim.expires_ms > now_ms) & undecided)
        .order_by(Claim.opened_ms)
        .dicts()
        .execute(database)
    )
    return [
        {
            "code": request.code,
            "fingerprint": claim.fingerprint(request.key),
            "seconds_ago": (now_ms - request.opened_ms) // 1000,
        }
        for request in map(_request, rows)
    ]


def approve(
    database: Database, code: str, fingerprint: str, grant: Mapping[str, Any], now: datetime
) -> None:
    """Make the device of this request a point; it fetches what it needs at its next poll."""
    now_ms = int(now.timestamp() * 1000)
    request = _undecided(database, code, now_ms)
    if not hmac.compare_digest(claim.fingerprint(request.key), fingerprint):
        raise MalformedMessage(
            f"The device that asks with {code} has another fingerprint.",
            "Compare it with the screen once more; if it differs, somebody else is asking.",
        )
    point_id = str(grant["point"]["point_id"])
    _refuse_taken(database, point_id, now_ms)
    granted = {"granted": json.dumps(grant), "point_id": point_id, "expires_ms": now_ms + LIFE_MS}
    Claim.update(granted).where(Claim.code == code).execute(database)


def refuse(database: Database, code: str, now_ms: int) -> None:
    """Tell the device of this request that it does not become a point."""
    _undecided(database, code, now_ms)
    Claim.update(refused=True).where(Claim.code == code).execute(database)


def forget(database: Database, point_id: str) -> None:
    """Take back what was granted for this point, before its device could fetch it again."""
    Claim.delete().where(Claim.point_id == point_id).execute(database)


def use_nonce(database: Database, code: str, nonce_ms: int) -> bool:
    """Whether this nonce is newer than every one that was used."""
    fresh = (Claim.code == code) & (Claim.last_nonce_ms < nonce_ms)
    return bool(Claim.update(last_nonce_ms=nonce_ms).where(fresh).execute(database))


def admit(database: Database, grant: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What the device is told: its settings, with secrets made now and kept as hashes only."""
    details = PointDetails(**grant["details"])
    token, password = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(2))
    points.make_known(database, details, now)
    revocation.readmit(database, details.point_id, token)
    return {**grant["point"], "token": token, "mqtt_password": password}


def _undecided(database: Database, code: str, now_ms: int) -> Request:
    request = find(database, code, now_ms)
    if request is None:
        raise MalformedMessage(
            f"No device asks with the code {code[:20]!r}, or not any more.",
            "Look at its screen: a new code comes every 15 minutes.",
        )
    if request.refused or request.grant is not None:
        raise MalformedMessage(
            f"The code {code} was used already.", "Each code is good for one answer."
        )
    return request


def _refuse_taken(database: Database, point_id: str, now_ms: int) -> None:
    promised = (Claim.point_id == point_id) & (Claim.expires_ms > now_ms)
    if Claim.select().where(promised).exists(database):
        raise MalformedMessage(
            f"Point {point_id} was promised to another device just now.",
            f"Wait until that one has settled, or say 'pickup-cloud point revoke {point_id}'.",
        )
    query = Point.select(Point.token_hash).where(Point.point_id == point_id)
    has_device = any(token for (token,) in query.tuples().execute(database))
    if has_device and revocation.revoked_at(database, point_id) is None:
        raise MalformedMessage(
            f"Point {point_id} has a device already.",
            f"If this one takes its place, first say 'pickup-cloud point revoke {point_id}'.",
        )


def _request(row: Mapping[str, Any]) -> Request:
    return Request(
        code=row["code"],
        key=VerifyingKey.from_bytes(bytes(row["public_key"])),
        opened_ms=row["opened_ms"],
        refused=bool(row["refused"]),
        grant=None if row["granted"] is None else json.loads(row["granted"]),
    )
