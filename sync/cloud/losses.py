"""Events that a point declared lost: they are settled, and the chain goes on over their hash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from peewee import Database

from edge.core import ids
from edge.core.envelope import HASH, Envelope
from edge.core.events import EventType
from edge.core.fields import Fields
from sync.cloud.tables import LostEvent, insert_once, select
from sync.contract import MAX_SEQUENCE


@dataclass(frozen=True, slots=True)
class LostPlace:
    """Where the lost event stood in its point's chain."""

    epoch: str
    sequence: int
    prevhash: bytes
    hash: bytes


def read_loss(event: Envelope) -> LostPlace | None:
    """What an event declares lost, if it is one that does; raises MalformedMessage."""
    if event.type != EventType.EVENT_LOST:
        return None
    fields = Fields(event.data, f"data of event {event.event_id}")
    return LostPlace(
        fields.matching("epoch", ids.EPOCH),
        fields.whole("sequence", 1, MAX_SEQUENCE),
        bytes.fromhex(fields.matching("prevhash", HASH)),
        bytes.fromhex(fields.matching("hash", HASH)),
    )


def keep(database: Database, lost: LostPlace, event: Envelope) -> None:
    """Note the loss; what is noted already stays as it was told first."""
    row = {
        "point_id": event.point_id,
        "epoch": lost.epoch,
        "sequence": lost.sequence,
        "prevhash": lost.prevhash,
        "hash": lost.hash,
        "declared_by": event.event_id,
    }
    insert_once(database, LostEvent, row)


def since(database: Database, point_id: str, epoch: str, first: int, most: int) -> list[int]:
    """Sequences of an epoch from `first` on that were declared lost."""
    sql = (
        "SELECT sequence FROM lost_event"
        " WHERE point_id = ? AND epoch = ? AND sequence >= ? ORDER BY sequence LIMIT ?"
    )
    return [sequence for (sequence,) in select(database, sql, point_id, epoch, first, most)]


def of_point(database: Database, point_id: str) -> Iterator[Mapping[str, Any]]:
    """All that a point declared lost."""
    yield from LostEvent.select().where(LostEvent.point_id == point_id).dicts().iterator(database)
