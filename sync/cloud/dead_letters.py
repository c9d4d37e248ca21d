"""Dead letters: what was kept aside, for people to see, and judged again after an upgrade."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import Database

from edge.core.envelope import Envelope
from edge.core.moment import instant_from_ms, rfc3339
from sync.cloud.judge import Accepted, Arrival, judge
from sync.cloud.reception import receive
from sync.cloud.tables import DeadLetter, update


@dataclass(frozen=True, slots=True)
class Replay:
    """How many dead letters entered the ledger, and how many stay where they are."""

    applied: int
    kept: int


def listing(database: Database, point_id: str | None = None) -> Iterator[Mapping[str, Any]]:
    """Each dead letter as programs get it, in the order in which they came."""
    for row in _rows(database, point_id, DeadLetter.entry):
        yield {
            "point_id": row["point_id"],
            "epoch": row["epoch"],
            "sequence": row["sequence"],
            "code": row["code"],
            "reason": row["reason"],
            "topic": row["topic"],
            "raw": base64.b64encode(bytes(row["body"])).decode(),
            "received_at": rfc3339(instant_from_ms(row["received_ms"])),
            "times": row["times"],
        }


def replay(database: Database, point_id: str | None, now: datetime) -> Replay:
    """Judge them again, inside the open transaction; what is accepted now is a dead letter no more.

    Whatever is still wrong stays as it was, with the reason of its first time.
    """
    order = DeadLetter.point_id, DeadLetter.epoch, DeadLetter.sequence, DeadLetter.entry
    rows = list(_rows(database, point_id, *order))
    readable = [(row, arrival, event) for row in rows for arrival, event in _read_again(row)]
    receive(database, [arrival for _, arrival, _ in readable], now, ())
    for row, _, _ in readable:
        # Judged again is not come again.
        sql = "UPDATE dead_letter SET times = ? WHERE entry = ?"
        update(database, sql, row["times"], row["entry"])
    applied = sum(_let_go(database, row, event) for row, _, event in readable)
    return Replay(applied, len(rows) - applied)


def _rows(database: Database, point_id: str | None, *order: object) -> Iterator[Mapping[str, Any]]:
    query = DeadLetter.select()
    if point_id is not None:
        query = query.where(DeadLetter.point_id == point_id)
    yield from query.order_by(*order).dicts().iterator(database)


def _read_again(row: Mapping[str, Any]) -> Sequence[tuple[Arrival, Envelope]]:
    arrival = Arrival(row["topic"], row["point_id"], bytes(row["body"]))
    verdict = judge(arrival)
    return [(arrival, verdict.event)] if isinstance(verdict, Accepted) else []


def _let_go(database: Database, row: Mapping[str, Any], event: Envelope) -> int:
    # Only what the ledger holds byte for byte: a conflict stays, and so does a stranger's event.
    return update(
        database,
        "DELETE FROM dead_letter WHERE entry = ? AND EXISTS (SELECT 1 FROM ledger"
        " WHERE point_id = ? AND epoch = ? AND sequence = ? AND ledger.hash = dead_letter.hash)",
        *(row["entry"], event.point_id, event.epoch, event.sequence),
    )
