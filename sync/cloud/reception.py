"""What came up, by whichever way, into the ledger; and what each point is to be told of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from peewee import Database

from sync.cloud import settling
from sync.cloud.judge import Arrival
from sync.cloud.recorder import EpochKey, record
from sync.contract import EpochAck

Acks = Mapping[str, list[EpochAck]]
"""By point."""


def receive(
    database: Database,
    arrivals: Iterable[Arrival],
    now: datetime,
    asked: Iterable[tuple[EpochKey, int]] = (),
) -> Acks:
    """Record, inside the open transaction; `asked`: epochs named in a hello, from what on."""
    touched = record(database, arrivals, now).touched
    for (point_id, epoch), first in asked:
        missed = settling.rejected_since(database, point_id, epoch, first)
        question = touched.setdefault((point_id, epoch), settling.Question())
        question.rejected.extend(missed)
        question.first = max(question.first, first)
    acks: dict[str, list[EpochAck]] = defaultdict(list)
    for (point_id, epoch), question in touched.items():
        acks[point_id].append(settling.advance(database, point_id, epoch, question))
    return acks
