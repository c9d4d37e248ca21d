"""The chain of a salvaged log: every event at its own place, and a place for each lost one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from edge.core.envelope import Envelope, read_event
from edge.errors import MalformedMessage
from edge.store.transaction import Txn

LostEvents = tuple[str, int, int]
"""Epoch, first and last sequence."""


def rechain(txn: Txn, *, holes: bool) -> tuple[int, list[LostEvents]]:
    """Close the chain; how many events lay at a wrong place, and which are lost.

    A lost event keeps its place, and its hash where the next one names it.
    """
    claims = list(_claims(txn))
    firsts = _settle_epochs(txn, claims)
    misplaced = [claim for claim in claims if claim.first != firsts[claim.epoch]]
    for claim in misplaced:
        txn.execute("DELETE FROM event WHERE position = ?", (claim.position,))
    if not (holes or misplaced):
        return 0, []
    _fill_holes(txn)
    return len(misplaced), list(_ranges(txn))


class _Claim(NamedTuple):
    """Where an event lies, and where its epoch must begin if that is its place."""

    position: int
    epoch: str
    first: int
    ms: int


def _claims(txn: Txn) -> Iterator[_Claim]:
    for position, body in txn.execute("SELECT position, body FROM event ORDER BY position"):
        event = _read(body)
        if event is not None:
            ms = int(event.time.timestamp() * 1000)
            yield _Claim(position, event.epoch, position - event.sequence + 1, ms)


def _read(body: bytes) -> Envelope | None:
    try:
        return read_event(body)
    except MalformedMessage:
        return None


def _settle_epochs(txn: Txn, claims: Sequence[_Claim]) -> Mapping[str, int]:
    """Where each epoch begins: what its row says, unless more of its events say otherwise."""
    votes: dict[str, Counter[int]] = defaultdict(Counter)
    for epoch, first in txn.rows("SELECT epoch, first_position FROM epoch"):
        votes[epoch][first] += 1
    for claim in claims:
        votes[claim.epoch][claim.first] += 1
    firsts = {epoch: count.most_common(1)[0][0] for epoch, count in votes.items()}
    started = {claim.epoch: claim.ms for claim in reversed(claims)}
    for epoch, ms in started.items():
        # A row carries no proof and gives way to events, which do.
        txn.execute("INSERT OR REPLACE INTO epoch VALUES (?, ?, ?)", (epoch, firsts[epoch], ms))
    return firsts


def _fill_holes(txn: Txn) -> None:
    positions = {position for (position,) in txn.execute("SELECT position FROM event")}
    firsts = (first for (first,) in txn.rows("SELECT first_position FROM epoch"))
    lowest = min((*positions, *firsts), default=1)
    for position in range(max(positions, default=0), lowest - 1, -1):
        if position not in positions:
            follower = txn.rows("SELECT body FROM event WHERE position = ?", (position + 1,))
            event = _read(follower[0][0]) if follower else None
            hash_ = bytes(32) if event is None else event.prevhash
            txn.execute("INSERT INTO event VALUES (?, x'', ?)", (position, hash_))


def _ranges(txn: Txn) -> Iterator[LostEvents]:
    rows = txn.rows(
        "SELECT p.epoch, e.position - p.first_position + 1 FROM event e JOIN epoch p"
        " ON p.first_position = (SELECT max(first_position) FROM epoch"
        " WHERE first_position <= e.position) WHERE e.body = x'' AND NOT EXISTS (SELECT 1"
        " FROM pruned r WHERE e.position BETWEEN r.first_position AND r.last_position)"
        " ORDER BY e.position"
    )
    numbered = [(epoch, sequence, sequence - n) for n, (epoch, sequence) in enumerate(rows)]
    for (epoch, _), members in groupby(numbered, key=lambda row: (row[0], row[2])):
        sequences = [sequence for _, sequence, _ in members]
        yield epoch, sequences[0], sequences[-1]
