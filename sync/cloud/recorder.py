"""One batch of arrivals into the ledger, inside the open transaction.

Rule: whatever is wrong with an event parks it; whatever is wrong with the disk raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from peewee import Database

from edge.core.envelope import Envelope
from edge.core.events import event_hash
from edge.core.ids import is_point_id
from edge.core.order import OrderRef
from sync.cloud import command_table, losses, projection, signs
from sync.cloud.judge import Accepted, Arrival, Code, Rejected, Sign, judge
from sync.cloud.settling import Question
from sync.cloud.tables import DeadLetter, LedgerEntry, insert_new, insert_once, select, update
from sync.contract import Rejection

LONGEST_NAME = 255
"""Characters of a short text column."""
_ONCE_MORE = (
    "UPDATE dead_letter SET times = times + 1"
    " WHERE point_id = ? AND hash = ? AND code = ? AND topic = ?"
)
EpochKey = tuple[str, str]
"""(point id, epoch)."""


@dataclass(slots=True)
class Recorded:
    """Which epochs a batch touched, with what arrived and what was rejected in each."""

    touched: dict[EpochKey, Question] = field(default_factory=dict)

    def settle(self, point_id: str, epoch: str, sequence: int) -> Question:
        """Mark a sequence of an epoch as one to answer for."""
        question = self.touched.setdefault((point_id, epoch), Question())
        question.arrived.add(sequence)
        return question


def record(database: Database, arrivals: Iterable[Arrival], now: datetime) -> Recorded:
    """Store what is new, park what is wrong, leave alone what is here already."""
    recorded = Recorded()
    closed: set[OrderRef] = set()
    arrivals = list(arrivals)
    provisioned = _provisioned(database, {arrival.point_id for arrival in arrivals})
    verdicts = [
        judge(arrival) if arrival.point_id in provisioned else _stranger(arrival)
        for arrival in arrivals
    ]
    entered = iter(_enter(database, [v for v in verdicts if isinstance(v, Accepted)], now))
    for arrival, found in zip(arrivals, verdicts, strict=True):
        verdict = next(entered) if isinstance(found, Accepted) else found
        if isinstance(verdict, Sign):
            signs.keep(database, arrival.point_id, verdict.says, now)
            continue
        if isinstance(verdict, Rejected):
            _park(database, arrival, verdict, now)
            if verdict.epoch is not None and verdict.sequence is not None:
                rejection = Rejection(verdict.sequence, verdict.code)
                question = recorded.settle(arrival.point_id, verdict.epoch, verdict.sequence)
                question.rejected.append(rejection)
            continue
        event = verdict.event
        recorded.settle(event.point_id, event.epoch, event.sequence)
        if verdict.lost is not None:
            losses.keep(database, verdict.lost, event)
            recorded.settle(event.point_id, verdict.lost.epoch, verdict.lost.sequence)
        command_table.note_outcome(database, event)
        if verdict.closure is not None and projection.keep(database, verdict.closure, now):
            closed.add(OrderRef(verdict.closure.issuer, verdict.closure.order_id))
    projection.refresh(database, closed, now)
    return recorded


def _provisioned(database: Database, point_ids: Iterable[str]) -> frozenset[str]:
    sql = "SELECT 1 FROM point WHERE point_id = ? AND token_hash IS NOT NULL"
    possible = filter(is_point_id, point_ids)
    return frozenset(point_id for point_id in possible if select(database, sql, point_id))


def _stranger(arrival: Arrival) -> Rejected:
    return Rejected(Code.UNKNOWN_POINT, f"Nobody added a point {arrival.point_id[:40]!r}.")


def _enter(
    database: Database, accepted: Sequence[Accepted], now: datetime
) -> Sequence[Accepted | Rejected]:
    rows = [_ledger_row(each.event, now) for each in accepted]
    if insert_new(database, LedgerEntry, rows) == len(rows):
        return accepted
    # Some were here, or others in their place: those that went in now hold their own bytes.
    return [_compare(database, *each) for each in zip(accepted, rows, strict=True)]


def _compare(
    database: Database, accepted: Accepted, row: Mapping[str, object]
) -> Accepted | Rejected:
    event = accepted.event
    same = select(
        database,
        "SELECT hash FROM ledger WHERE event_id = ?"
        " OR (point_id = ? AND epoch = ? AND sequence = ?)",
        *(event.event_id, event.point_id, event.epoch, event.sequence),
    )
    if all(bytes(stored) == row["hash"] for (stored,) in same):
        return accepted
    reason = f"The ledger holds other bytes for event {event.event_id} or its place."
    return Rejected(Code.CONFLICT, reason, event.epoch, event.sequence)


def _ledger_row(event: Envelope, now: datetime) -> Mapping[str, object]:
    return {
        "point_id": event.point_id,
        "epoch": event.epoch,
        "sequence": event.sequence,
        "event_id": event.event_id,
        "type": event.type,
        "subject": event.subject,
        "prevhash": event.prevhash,
        "hash": event_hash(event.body),
        "body": event.body,
        "received_ms": int(now.timestamp() * 1000),
    }


def _park(database: Database, arrival: Arrival, rejected: Rejected, now: datetime) -> None:
    row = {
        "point_id": _storable(arrival.point_id)[:LONGEST_NAME],
        "epoch": rejected.epoch,
        "sequence": rejected.sequence,
        "code": rejected.code.value,
        "reason": _storable(rejected.reason),
        "topic": _storable(arrival.topic)[:LONGEST_NAME],
        "hash": event_hash(arrival.body),
        "body": arrival.body,
        "received_ms": int(now.timestamp() * 1000),
        "times": 1,
    }
    if not insert_once(database, DeadLetter, row):
        key = (row["point_id"], row["hash"], row["code"], row["topic"])
        update(database, _ONCE_MORE, *key)


def _storable(text: str) -> str:
    # Text columns of some databases take no NUL, and a topic is whatever a client made up.
    return text.replace("\0", "?")
