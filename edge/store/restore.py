"""A copy of edge.db takes its place; what happened since the copy was made is in doubt."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import datetime
from pathlib import Path

from edge.core.envelope import read_event
from edge.errors import ConfigError, FileDamaged, MalformedMessage
from edge.store.connection import check_pages, connect_to_write, raw, read_version
from edge.store.lock import ProcessLock
from edge.store.log_check import check_log
from edge.store.losses import Losses, keep_losses
from edge.store.migrations import SCHEMAS, migrate
from edge.store.quarantine import keep_quarantined, quarantine
from edge.store.replacement import put_in_place, replacing
from edge.store.transaction import transact


def restore(path: Path, copy: Path, point_id: str, now: datetime) -> Path | None:
    """Let a copy of this point's file take its place; where the file before it lies now, whole.

    None where there was no file. Raises AlreadyRunning, ConfigError, StoreCorrupt, OSError, and
    then the file is as it was.
    """
    if not copy.is_file():
        raise ConfigError(f"{copy} is no file.", "Name one of the copies in edge/backups.")
    lock = ProcessLock(path)
    try:
        with replacing(path) as new:
            _take(copy, new, point_id, now)
            aside = keep_quarantined(quarantine(path), now) if path.exists() else None
    finally:
        lock.release()
    put_in_place(path)
    return aside


def _take(copy: Path, new: Path, point_id: str, now: datetime) -> None:
    for suffix in ("", "-wal"):
        part = copy.with_name(copy.name + suffix)
        if part.exists():
            new.with_name(new.name + suffix).touch(mode=0o600)
            shutil.copyfile(part, new.with_name(new.name + suffix))
    try:
        _prepare(copy, new, point_id, now)
    except FileDamaged as error:
        raise _refused(copy, "is damaged, or no database") from error


def _prepare(copy: Path, new: Path, point_id: str, now: datetime) -> None:
    check_log(new)
    database = connect_to_write(new)
    try:
        check_pages(raw(database), new)
        if not read_version(database) or _written_by(raw(database)) != point_id:
            raise _refused(copy, f"is no copy of {point_id}'s edge.db")
        migrate(database, new, SCHEMAS["edge"])
        # Whoever starts on this file doubts what is open in it, and tells the cloud.
        found = Losses("restored", now.isoformat(), doubt=True)
        transact(database, lambda txn: keep_losses(txn, found))
    finally:
        # The last connection to a file takes its log into it.
        database.close()


def _written_by(connection: sqlite3.Connection) -> str | None:
    """The point whose last event is in that file."""
    try:
        row = connection.execute("SELECT body FROM event ORDER BY position DESC LIMIT 1").fetchone()
        return None if row is None else read_event(row[0]).point_id
    except (sqlite3.OperationalError, MalformedMessage):
        return None


def _refused(copy: Path, why: str) -> ConfigError:
    return ConfigError(f"{copy} {why}.", "Name another copy; nothing was changed.")
