"""How far each epoch of a point is settled: stored in the ledger, or kept aside with a reason."""

from __future__ import annotations

from collections.abc import Sequence

from peewee import Database

from sync.cloud.tables import LedgerEntry, ParkedEvent, Settled, insert_once
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
    query = ParkedEvent.select(ParkedEvent.sequence, ParkedEvent.code).where(
        (ParkedEvent.point_id == point_id)
        & (ParkedEvent.epoch == epoch)
        & (ParkedEvent.sequence >= first)
    )
    ordered = query.order_by(ParkedEvent.sequence).limit(LONGEST_LIST).tuples()
    return tuple(Rejection(sequence, code) for sequence, code in ordered.execute(database))


def _through(database: Database, point_id: str, epoch: str) -> int:
    query = Settled.select(Settled.through).where(
        (Settled.point_id == point_id) & (Settled.epoch == epoch)
    )
    return next((through for (through,) in query.tuples().execute(database)), 0)


def _beyond(
    database: Database, point_id: str, epoch: str, through: int
) -> tuple[set[int], dict[int, str]]:
    stored = LedgerEntry.select(LedgerEntry.sequence).where(
        (LedgerEntry.point_id == point_id)
        & (LedgerEntry.epoch == epoch)
        & (LedgerEntry.sequence > through)
    )
    nearest = stored.order_by(LedgerEntry.sequence).limit(LONGEST_LIST).tuples()
    parked = rejected_since(database, point_id, epoch, through + 1)
    return (
        {sequence for (sequence,) in nearest.execute(database)},
        {rejection.sequence: rejection.code for rejection in parked},
    )


def _save(database: Database, point_id: str, epoch: str, through: int) -> None:
    row = {"point_id": point_id, "epoch": epoch, "through": through}
    if not insert_once(database, Settled, row):
        Settled.update(through=through).where(
            (Settled.point_id == point_id) & (Settled.epoch == epoch)
        ).execute(database)
