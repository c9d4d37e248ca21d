"""Copies of edge.db in a folder beside it, each named by the moment it was made.

They hold all but who the customers were.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from edge.errors import StoreBusy
from edge.files import sync_path
from edge.store.connection import connect_to_read, connect_to_write, raw
from edge.store.copying import copy_database
from edge.store.forgetting import forget_all
from edge.store.transaction import transact

_NAME = "edge-%Y%m%dT%H%M%SZ.db"


class Backup(NamedTuple):
    """One copy, and when it was made."""

    made_at: datetime
    path: Path


def backups(path: Path) -> list[Backup]:
    """The copies of a file, oldest first."""
    copies = _folder(path).glob("*.db")
    return sorted(Backup(made_at, copy) for copy in copies if (made_at := _when(copy)))


def back_up(path: Path, now: datetime) -> Backup:
    """Copy all that is committed but for the customers, beside whoever writes.

    Raises StoreBusy, OSError, and what SQLite raises.
    """
    copy = _folder(path) / now.strftime(_NAME)
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    database = connect_to_read(path)
    if database is None:
        raise StoreBusy(f"{path} has nothing to copy yet.", "Start the kiosk once.")
    try:
        copy_database(raw(database), copy, _forget_customers)
    finally:
        database.close()
    return Backup(now, copy)


def forget(path: Path, copies: list[Backup]) -> None:
    """Delete these copies, and what an interrupted one left."""
    folder = _folder(path)
    gone = [copy.path for copy in copies] + list(folder.glob("*.unfinished*"))
    for copy in gone:
        copy.unlink(missing_ok=True)
    if gone:
        sync_path(folder)


def _forget_customers(copy: Path) -> None:
    database = connect_to_write(copy)
    try:
        transact(database, forget_all)
        raw(database).execute("VACUUM")
    finally:
        # The last connection to a file takes its log into it.
        database.close()


def _folder(path: Path) -> Path:
    return path.with_name("backups")


def _when(copy: Path) -> datetime | None:
    try:
        return datetime.strptime(copy.name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
