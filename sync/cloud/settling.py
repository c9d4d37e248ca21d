"""How far each epoch of a point is settled: stored in the ledger, or kept aside with a reason."""

from __future__ import annotations

from collections.abc import Sequence

from peewee import Database

from sync.cloud.tables import Settled, insert, select, update
from sync.contract import EpochAck, Rejection

LONGEST_LIST = 2_500
"""Sequences beyond a gap that one ack names: a whole window of full batches."""


def advance(
    database: Database, point_id: str, epoch: str, rejected: Sequence[Rejection] = ()
) -> EpochAck:
    """Move `through` over everything contiguous, inside the open transaction."""
    before = _through(database, point_id, epoch)
    stored, parked = _beyond(database, point_id, epoch, before)
    settled = stored | parked.keys()
    through = before
    while through + 1 in settled:
        through += 1
    if through != before:
        _save(database, point_id, epoch, through)
    also = sorted(sequence for sequence in settled if sequence > through)
    named = {rejection.sequence: rejection for rejection in rejected}
    named |= {at: Rejection(at, code) for at, code in parked.items() if at > through}
    return EpochAck(epoch, through, tuple(also), tuple(named[at] for at in sorted(named)))


def rejected_since(
    database: Database, point_id: str, epoch: str, first: int
) -> tuple[Rejection, ...]:
    """What was kept aside from `first` on: a point that says hello may have missed the ack."""
    rows = select(
        database,
        "SELECT sequence, code FROM parked_event"
        " WHERE point_id = ? AND epoch = ? AND sequence >= ? ORDER BY sequence LIMIT ?",
        *(point_id, epoch, first, LONGEST_LIST),
    )
    return tuple(Rejection(sequence, code) for sequence, code in rows)


def _through(database: Database, point_id: str, epoch: str) -> int:
    sql = "SELECT through FROM settled WHERE point_id = ? AND epoch = ?"
    return next((through for (through,) in select(database, sql, point_id, epoch)), 0)


def _beyond(
    database: Database, point_id: str, epoch: str, through: int
) -> tuple[set[int], dict[int, str]]:
    stored = select(
        database,
        "SELECT sequence FROM ledger"
        " WHERE point_id = ? AND epoch = ? AND sequence > ? ORDER BY sequence LIMIT ?",
        *(point_id, epoch, through, LONGEST_LIST),
    )
    parked = rejected_since(database, point_id, epoch, through + 1)
    return (
        {sequence for (sequence,) in stored},
        {rejection.sequence: rejection.code for rejection in parked},
    )


def _save(database: Database, point_id: str, epoch: str, through: int) -> None:
    sql = "UPDATE settled SET through = ? WHERE point_id = ? AND epoch = ?"
    if update(database, sql, through, point_id, epoch) == 0:
        insert(database, Settled, {"point_id": point_id, "epoch": epoch, "through": through})
