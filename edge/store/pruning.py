"""Letting go of events that the ledger proved to hold: the bytes leave, place and hash stay.

Rule: what is proven is proven here once more, by our own bytes, in the transaction that lets go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from edge.core.event_range import MOST_IN_RANGE, EventRange, proof_of
from edge.core.events import EventType, event_hash, read_event
from edge.store.outbox import Settled
from edge.store.transaction import Row, Source, Txn

_HELD = (
    "SELECT e.position, p.epoch, e.position - p.first_position + 1, e.body, e.hash FROM event e"
    " JOIN epoch p ON p.first_position ="
    " (SELECT max(first_position) FROM epoch WHERE first_position <= e.position)"
    " WHERE e.position > ? AND e.body <> x'' ORDER BY e.position LIMIT ?"
)
_RANGE = (
    "SELECT e.position, e.body, e.hash FROM epoch p JOIN event e ON e.position"
    " BETWEEN p.first_position + ?2 - 1 AND p.first_position + ?3 - 1"
    " WHERE p.epoch = ?1 ORDER BY e.position"
)
_NEEDED = (
    "SELECT position FROM hand_over WHERE position BETWEEN ?1 AND ?2"
    " AND annulled_by IS NULL AND outcome IS NOT 'collected'"
    " UNION SELECT r.position FROM retried r JOIN hand_over h ON h.position = r.hand_over"
    " WHERE r.position BETWEEN ?1 AND ?2"
    " AND h.annulled_by IS NULL AND h.outcome IS NOT 'collected'"
)


@dataclass(frozen=True, slots=True)
class Held:
    """Ranges that may be asked about, and behind which position to go on; None: at the end."""

    ranges: list[EventRange]
    then: int | None


def held(source: Source, settled: Mapping[str, Settled], after: int, most: int) -> Held:
    """What is on file whole and settled as stored, behind a position; looks at `most` events."""
    rows = source.rows(_HELD, (after, most))
    good = [row for row in rows if _is_stored(row, settled) and event_hash(row[3]) == row[4]]
    then = rows[-1][0] if len(rows) == most else None
    return Held([_range(members) for members in _runs(good)], then)


def prune(txn: Txn, proven: EventRange, until: datetime) -> int:
    """Let go of a proven range, but for what is younger than `until` or still needed; how many."""
    rows = txn.rows(_RANGE, (proven.epoch, proven.first, proven.last))
    whole = len(rows) == proven.last - proven.first + 1
    if not whole or proof_of(body for _, body, _ in rows) != proven.proof:
        return 0
    needed = {position for (position,) in txn.rows(_NEEDED, (rows[0][0], rows[-1][0]))}
    going = [at for at, body, _ in rows if at not in needed and _may_go(body, until)]
    for first, last in _spans(going):
        txn.execute("UPDATE event SET body = x'' WHERE position BETWEEN ? AND ?", (first, last))
        _note(txn, first, last)
    return len(going)


def is_pruned(source: Source, position: int) -> bool:
    """Whether the bytes of an event were let go of."""
    rows = source.rows(
        "SELECT 1 FROM pruned WHERE ? BETWEEN first_position AND last_position", (position,)
    )
    return bool(rows)


def _range(rows: Sequence[Row]) -> EventRange:
    (_, epoch, first, *_), (_, _, last, *_) = rows[0], rows[-1]
    return EventRange(epoch, first, last, proof_of(row[3] for row in rows))


def _is_stored(row: Row, settled: Mapping[str, Settled]) -> bool:
    _, epoch, sequence, *_ = row
    told = settled.get(epoch)
    if told is None or sequence in told.rejected:
        return False
    return sequence <= told.through or sequence in told.also


def _runs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    numbered = [(row[1], row[0] - at, row) for at, row in enumerate(rows)]
    for _, members in groupby(numbered, key=lambda one: one[:2]):
        run = [row for *_, row in members]
        for start in range(0, len(run), MOST_IN_RANGE):
            yield run[start : start + MOST_IN_RANGE]


def _may_go(body: bytes, until: datetime) -> bool:
    # What is declared lost is never declared twice, and the log itself is the memory of that.
    event = read_event(body)
    return event.time <= until and event.type != EventType.EVENT_LOST


def _spans(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    for _, members in groupby(enumerate(positions), key=lambda one: one[1] - one[0]):
        span = [position for _, position in members]
        yield span[0], span[-1]


def _note(txn: Txn, first: int, last: int) -> None:
    sql = "UPDATE pruned SET last_position = ? WHERE last_position = ?"
    if txn.execute(sql, (last, first - 1)).rowcount == 0:
        txn.execute("INSERT INTO pruned VALUES (?, ?)", (first, last))
