"""Reading the ledger: for people, for programs, and to prove that it is whole."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from peewee import Database

from edge.core import strict_json
from edge.core.moment import instant_from_ms, rfc3339
from sync.cloud import losses
from sync.cloud.chain import Entry, Report, check_chain
from sync.cloud.judge import Code
from sync.cloud.tables import DeadLetter, LedgerEntry, select


def verify(database: Database, point_id: str) -> Report:
    """Check one point's whole chain."""
    return check_chain(_entries(database, point_id), _settled(database, point_id))


def in_chain_order(database: Database, point_id: str) -> Iterator[Mapping[str, Any]]:
    """A point's events as programs get them, the oldest first."""
    for epoch in verify(database, point_id).epochs:
        query = LedgerEntry.select().where(
            (LedgerEntry.point_id == point_id) & (LedgerEntry.epoch == epoch)
        )
        for row in query.order_by(LedgerEntry.sequence).dicts().iterator(database):
            yield _shown(row)


def point_ids(database: Database) -> list[str]:
    """The points that may have events: a point whose rows are gone is to be missed."""
    sql = (
        "SELECT point_id FROM ledger UNION SELECT point_id FROM settled"
        " UNION SELECT point_id FROM point WHERE token_hash IS NOT NULL ORDER BY point_id"
    )
    return [point_id for (point_id,) in select(database, sql)]


def _shown(row: Mapping[str, Any]) -> Mapping[str, Any]:
    body = bytes(row["body"])
    return {
        "point_id": row["point_id"],
        "epoch": row["epoch"],
        "sequence": row["sequence"],
        "type": row["type"],
        "subject": row["subject"],
        "event": _parsed(body),
        "raw": base64.b64encode(body).decode(),
        "received_at": rfc3339(instant_from_ms(row["received_ms"])),
    }


def _parsed(body: bytes) -> object:
    # A damaged row is shown too: its raw bytes stand beside.
    try:
        return strict_json.loads(body)
    except ValueError:
        return None


def _entries(database: Database, point_id: str) -> Iterator[Entry]:
    stored = LedgerEntry.select().where(LedgerEntry.point_id == point_id).dicts()
    places = set()
    for row in stored.iterator(database):
        places.add((row["epoch"], row["sequence"]))
        yield Entry(
            epoch=row["epoch"],
            sequence=row["sequence"],
            event_id=row["event_id"],
            prevhash=bytes(row["prevhash"]),
            hash=bytes(row["hash"]),
            body=bytes(row["body"]),
        )
    for row in _parked(database, point_id):
        place = row["epoch"], row["sequence"]
        if place not in places:
            places.add(place)
            yield _parked_entry(row)
    for row in losses.of_point(database, point_id):
        if (row["epoch"], row["sequence"]) not in places:
            yield _lost_entry(row)


def _settled(database: Database, point_id: str) -> Mapping[str, int]:
    """How far each epoch must reach: what came on a foreign topic is settled, but no part of it."""
    sql = "SELECT epoch, sequence FROM dead_letter WHERE point_id = ? AND code = ?"
    foreign = {
        (epoch, at) for epoch, at in select(database, sql, point_id, Code.WRONG_SOURCE.value)
    }
    settled: dict[str, int] = {}
    sql = "SELECT epoch, through FROM settled WHERE point_id = ? ORDER BY epoch"
    for epoch, through in select(database, sql, point_id):
        settled[epoch] = through
        while (epoch, settled[epoch]) in foreign:
            settled[epoch] -= 1
    return settled


def _parked(database: Database, point_id: str) -> Iterator[Mapping[str, Any]]:
    query = DeadLetter.select().where(
        (DeadLetter.point_id == point_id)
        & DeadLetter.sequence.is_null(is_null=False)
        & (DeadLetter.code != Code.WRONG_SOURCE)
    )
    yield from query.order_by(DeadLetter.entry).dicts().iterator(database)


def _parked_entry(row: Mapping[str, Any]) -> Entry:
    body = bytes(row["body"])
    return Entry(
        epoch=row["epoch"],
        sequence=row["sequence"],
        event_id="",
        prevhash=_prevhash(body),
        hash=bytes(row["hash"]),
        body=body,
        parked=True,
    )


def _lost_entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        epoch=row["epoch"],
        sequence=row["sequence"],
        event_id="",
        prevhash=bytes(row["prevhash"]),
        hash=bytes(row["hash"]),
        body=b"",
        lost=True,
    )


def _prevhash(body: bytes) -> bytes:
    document = _parsed(body)
    text = document.get("prevhash") if isinstance(document, dict) else None
    try:
        return bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return b""
