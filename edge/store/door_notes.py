"""Doors in quarantine: kept on disk, because a restart does not mend a door."""

from __future__ import annotations

from edge.core.moment import Moment
from edge.store.tables import DoorNoteRow
from edge.store.transaction import Source, Txn


def block(txn: Txn, place: str, why: str, moment: Moment) -> None:
    """Use this door no more; one that is blocked already keeps its first note."""
    DoorNoteRow.insert(
        place=place, blocked_since_ms=moment.unix_ms, why=why
    ).on_conflict_ignore().execute(txn.database)


def unblock(txn: Txn, place: str) -> None:
    """This door works again."""
    DoorNoteRow.delete().where(DoorNoteRow.place == place).execute(txn.database)


def blocked(source: Source) -> frozenset[str]:
    """The doors that must not be used."""
    return frozenset(place for (place,) in source.rows("SELECT place FROM door_note"))
