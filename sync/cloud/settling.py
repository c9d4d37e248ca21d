"""How far each epoch of a point is settled: stored, kept aside with a reason, or declared lost."""

from __future__ import annotations

from dataclasses import dataclass, field

from peewee import Database

from sync.cloud import losses
from sync.cloud.tables import Settled, insert, select, update
from sync.contract import EpochAck, Rejection

LONGEST_LIST = 2_500
"""Sequences beyond a gap that one ack names: a whole window of full batches."""


@dataclass(slots=True)
class Question:
    """What an ack of one epoch has to speak of, however much else lies beyond a gap."""

    arrived: set[int] = field(default_factory=set)
    rejected: list[Rejection] = field(default_factory=list)
    first: int = 1
    """The first sequence that a point saying hello has not seen settled."""


def advance(database: Database, point_id: str, epoch: str, question: Question) -> EpochAck:
    """Move `through` over everything contiguous, inside the open transaction."""
    before = through = _through(database, point_id, epoch)
    settled = _beyond(database, point_id, epoch, before + 1)
    while through + 1 in settled:
        through += 1
    if through != before:
        _save(database, point_id, epoch, through)
    if question.first > before + 1:
        settled |= _beyond(database, point_id, epoch, question.first)
    also = sorted({at for at in settled.keys() | question.arrived if at > through})
    named = {at: code for at, code in settled.items() if at > through and code is not None}
    named |= {rejection.sequence: rejection.code for rejection in question.rejected}
    rejected = tuple(Rejection(at, named[at]) for at in sorted(named))
    return EpochAck(epoch, through, tuple(also), rejected)


def rejected_since(
    database: Database, point_id: str, epoch: str, first: int
) -> tuple[Rejection, ...]:
    """What was kept aside from `first` on: a point that says hello may have missed the ack."""
    rows = select(
        database,
        "SELECT sequence, code FROM dead_letter"
        " WHERE point_id = ? AND epoch = ? AND sequence >= ? ORDER BY sequence LIMIT ?",
        *(point_id, epoch, first, LONGEST_LIST),
    )
    return tuple(Rejection(sequence, code) for sequence, code in rows)


def _through(database: Database, point_id: str, epoch: str) -> int:
    sql = "SELECT through FROM settled WHERE point_id = ? AND epoch = ?"
    return next((through for (through,) in select(database, sql, point_id, epoch)), 0)


def _beyond(database: Database, point_id: str, epoch: str, first: int) -> dict[int, str | None]:
    """What is here from `first` on: why it was kept aside, or None where it was accepted."""
    stored = select(
        database,
        "SELECT sequence FROM ledger"
        " WHERE point_id = ? AND epoch = ? AND sequence >= ? ORDER BY sequence LIMIT ?",
        *(point_id, epoch, first, LONGEST_LIST),
    )
    listed: dict[int, str | None] = {sequence: None for (sequence,) in stored}
    listed |= dict.fromkeys(losses.since(database, point_id, epoch, first, LONGEST_LIST))
    parked = rejected_since(database, point_id, epoch, first)
    return listed | {rejection.sequence: rejection.code for rejection in parked}


def _save(database: Database, point_id: str, epoch: str, through: int) -> None:
    sql = "UPDATE settled SET through = ? WHERE point_id = ? AND epoch = ?"
    if update(database, sql, through, point_id, epoch) == 0:
        insert(database, Settled, {"point_id": point_id, "epoch": epoch, "through": through})
