"""Reconciliation: what a point still holds, by ranges, beside what the cloud's ledger holds.

A range is proven by the rolling hash of its events' exact bytes (edge.core.event_range).
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.core import ids
from edge.core.envelope import HASH
from edge.core.event_range import MOST_IN_RANGE, EventRange
from edge.core.fields import Fields
from sync.contract.messages import MAX_SEQUENCE, dump_message, open_message

MAX_RANGES = 200
"""In one question, at most."""


@dataclass(frozen=True, slots=True)
class LedgerRange:
    """What the ledger holds of a range.

    `age_seconds`: how long ago, by the cloud's own clock, the last of it came; None if nothing did.
    """

    held: EventRange
    count: int
    age_seconds: int | None

    def proves(self, held: EventRange) -> bool:
        """Whether the ledger has every event of a range, byte for byte."""
        return self.held == held and self.count == held.count


def encode_question(ranges: tuple[EventRange, ...]) -> bytes:
    """What a point asks."""
    return dump_message({"ranges": [_held(held) for held in ranges]})


def decode_question(data: bytes) -> tuple[EventRange, ...]:
    """Read what a point asks; raises MalformedMessage."""
    fields = open_message(data, "reconciliation")
    return tuple(_read_held(row) for row in fields.tables("ranges", MAX_RANGES))


def encode_findings(ranges: tuple[LedgerRange, ...]) -> bytes:
    """What the cloud answers, range by range."""
    rows = [
        {**_held(found.held), "count": found.count, "age_seconds": found.age_seconds}
        for found in ranges
    ]
    return dump_message({"ranges": rows})


def decode_findings(data: bytes) -> tuple[LedgerRange, ...]:
    """Read what the cloud answers; raises MalformedMessage."""
    fields = open_message(data, "answer to a reconciliation")
    return tuple(_read_found(row) for row in fields.tables("ranges", MAX_RANGES))


def _held(held: EventRange) -> dict[str, object]:
    return {
        "epoch": held.epoch,
        "first": held.first,
        "last": held.last,
        "proof": held.proof.hex(),
    }


def _read_held(row: Fields) -> EventRange:
    first = row.whole("first", 1, MAX_SEQUENCE)
    most = min(first + MOST_IN_RANGE - 1, MAX_SEQUENCE)
    return EventRange(
        epoch=row.matching("epoch", ids.EPOCH),
        first=first,
        last=row.whole("last", first, most),
        proof=bytes.fromhex(row.matching("proof", HASH)),
    )


def _read_found(row: Fields) -> LedgerRange:
    has_age = row.has("age_seconds")
    return LedgerRange(
        held=_read_held(row),
        count=row.whole("count", 0, MOST_IN_RANGE),
        age_seconds=row.whole("age_seconds", 0, MAX_SEQUENCE) if has_age else None,
    )
