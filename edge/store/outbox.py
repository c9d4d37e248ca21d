"""The outbox, which is also the point's log: events in one chain through all epochs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from edge.core.events import (
    GENESIS,
    Event,
    EventType,
    Origin,
    encode,
    event_hash,
    read_event,
    uuid7,
)
from edge.core.moment import Moment
from edge.store.transaction import Source, Txn


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it was stored; `intact` is false when its bytes no longer match their hash."""

    epoch: str
    sequence: int
    body: bytes
    intact: bool


@dataclass(frozen=True, slots=True)
class EpochSpan:
    """The sequences of one epoch that are on file."""

    epoch: str
    last: int
    first_sequence: int = 1


@dataclass(frozen=True, slots=True)
class Settled:
    """How far the cloud has settled an epoch: all up to `through`, and what lies beyond it.

    `also` are stored ones, `rejected` those it refused for good, with its code for why.
    """

    through: int = 0
    also: frozenset[int] = frozenset()
    rejected: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsent:
    """How many events the cloud has not settled, and when the first of them happened."""

    count: int
    oldest: datetime | None


class Outbox:
    """Where this start of the kiosk writes what happened."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    def begin_epoch(self, txn: Txn, moment: Moment) -> None:
        """Number from one again; the first event should follow in the same transaction."""
        last = txn.rows("SELECT coalesce(max(position), 0) FROM event")[0][0]
        # A start that ended before its first event left an epoch that nobody has heard of.
        txn.execute("DELETE FROM epoch WHERE first_position > ?", (last,))
        txn.execute(
            "INSERT INTO epoch (epoch, first_position, started_ms) VALUES (?, ?, ?)",
            (self._origin.epoch, last + 1, moment.unix_ms),
        )

    def append(self, txn: Txn, event: Event, moment: Moment) -> int:
        """Make the event's bytes and store them; its position in the log is returned."""
        position, sequence, prevhash = self._next(txn)
        body = encode(
            event,
            origin=self._origin,
            sequence=sequence,
            prevhash=prevhash,
            moment=moment,
            event_id=uuid7(moment.unix_ms, os.urandom(10)),
        )
        txn.execute(
            "INSERT INTO event (position, body, hash) VALUES (?, ?, ?)",
            (position, body, event_hash(body)),
        )
        return position

    def _next(self, txn: Txn) -> tuple[int, int, bytes]:
        # Read anew each time: a number kept in memory would survive a rollback and leave a gap.
        row = txn.execute(
            "SELECT first_position, (SELECT max(position) FROM event),"
            " (SELECT hash FROM event ORDER BY position DESC LIMIT 1)"
            " FROM epoch WHERE epoch = ?",
            (self._origin.epoch,),
        ).fetchone()
        if row is None:
            raise RuntimeError("begin_epoch comes before the first event")
        first, last, prevhash = row
        position = (last or 0) + 1
        return position, position - first + 1, prevhash or GENESIS


_ON_FILE = (
    "(e.body <> x'' OR NOT EXISTS (SELECT 1 FROM pruned r"
    " WHERE e.position BETWEEN r.first_position AND r.last_position))"
)
"""Of an event: that its bytes were not let go of."""


def read_events(
    reader: Source, epoch: str, first: int, limit: int, max_bytes: int
) -> list[StoredEvent]:
    """Events of an epoch from sequence `first` on; one at least, however little `max_bytes` is.

    Those that were let go of are left out: the cloud has proven to hold them.
    """
    rows = reader.rows(
        "SELECT e.position - first_position + 1, body, hash FROM epoch JOIN event e"
        " ON e.position >= first_position + ?2 - 1 AND e.position <"
        " coalesce((SELECT min(n.first_position) FROM epoch n"
        "           WHERE n.first_position > epoch.first_position), 9223372036854775807)"
        f" WHERE epoch.epoch = ?1 AND {_ON_FILE} ORDER BY e.position LIMIT ?3",
        (epoch, first, limit),
    )
    events: list[StoredEvent] = []
    room = max_bytes
    for sequence, body, stored_hash in rows:
        room -= len(body)
        if events and room < 0:
            break
        events.append(StoredEvent(epoch, sequence, body, event_hash(body) == stored_hash))
    return events


@dataclass(frozen=True, slots=True)
class DamagedEvent:
    """The place in the chain of a row whose bytes are lost; `hash` is what the lost bytes had."""

    position: int
    epoch: str
    sequence: int
    prevhash: bytes
    hash: bytes


def damaged_event(source: Source, epoch: str, sequence: int) -> DamagedEvent | None:
    """What is still known of a damaged row; None where there is none, or its bytes are whole."""
    rows = source.rows(
        "SELECT e.position, e.body, e.hash,"
        " (SELECT hash FROM event WHERE position = e.position - 1) FROM epoch"
        " JOIN event e ON e.position = first_position + ?2 - 1 WHERE epoch.epoch = ?1"
        f" AND {_ON_FILE}",
        (epoch, sequence),
    )
    if not rows or event_hash(rows[0][1]) == rows[0][2]:
        return None
    position, _, stored_hash, prevhash = rows[0]
    return DamagedEvent(position, epoch, sequence, prevhash or GENESIS, stored_hash)


def declared_lost(source: Source, lost: DamagedEvent) -> bool:
    """Whether an event in the log says already that this one is lost: the log is its own memory."""
    rows = source.rows(
        "SELECT body, hash FROM event WHERE position > ? AND instr(body, ?)",
        (lost.position, EventType.EVENT_LOST.value.encode()),
    )
    told = (read_event(body).data for body, stored in rows if event_hash(body) == stored)
    return any(
        (data.get("epoch"), data.get("sequence")) == (lost.epoch, lost.sequence) for data in told
    )


def epochs(reader: Source) -> list[EpochSpan]:
    """All epochs that have events, oldest first."""
    rows = reader.rows(
        "SELECT epoch, first_position, (SELECT max(position) FROM event) FROM epoch"
        " ORDER BY first_position"
    )
    last = rows[-1][2] if rows else None
    ends = [first for _, first, _ in rows[1:]] + [(last or 0) + 1]
    return [
        EpochSpan(epoch, last=end - first)
        for (epoch, first, _), end in zip(rows, ends, strict=False)
        if end > first
    ]


def newest_position(source: Source) -> int:
    """The position of the last event in the log."""
    position: int = source.rows("SELECT coalesce(max(position), 0) FROM event")[0][0]
    return position


def unsent(reader_edge: Source, settled: Mapping[str, Settled]) -> Unsent:
    """What the cloud has not settled yet, as far as it has said."""
    with reader_edge.snapshot() as source:
        waiting = [
            (span.epoch, through, count)
            for span in epochs(source)
            for through, count in [_waiting(span, settled.get(span.epoch, Settled()))]
            if count > 0
        ]
        count = sum(count for _, _, count in waiting)
        if count == 0:
            return Unsent(0, None)
        epoch, first, _ = waiting[0]
        return Unsent(count, _time_of(source, epoch, first))


def _waiting(span: EpochSpan, settled: Settled) -> tuple[int, int]:
    """The first unsettled sequence of an epoch, and how many there are."""
    beyond = settled.also | settled.rejected.keys()
    open_ones = [n for n in range(settled.through + 1, span.last + 1) if n not in beyond]
    return (open_ones[0], len(open_ones)) if open_ones else (0, 0)


def _time_of(source: Source, epoch: str, sequence: int) -> datetime | None:
    found = read_events(source, epoch, sequence, limit=1, max_bytes=0)
    if not found or not found[0].intact:
        return None
    return read_event(found[0].body).time
