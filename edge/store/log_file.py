"""Room made ahead in the write-ahead log, and how it is rid of what it still holds.

A commit that overwrites costs the file system less than one that grows the file, and what is
reserved here still takes hand-overs when the disk is full.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import peewee

from edge.store.connection import LOG_BYTES, PRAGMAS, raw

PIECE_BYTES = 64 * 1024
"""Whoever commits while the log is filled again waits for so much of it at most."""


def fill_log(path: Path, at_once: int = LOG_BYTES) -> None:
    """Append zeros to a database's -wal, which must exist, up to LOG_BYTES; SQLite ignores them.

    On a full disk it stays as short as it is. SQLite's locks stand on the database and its -shm,
    so this file may be closed again; nothing but its end is ever written, so others may write it.
    """
    with path.with_name(f"{path.name}-wal").open("ab", buffering=0) as log, suppress(OSError):
        while (room := LOG_BYTES - log.tell()) > 0:
            log.write(bytes(min(room, at_once)))
            os.fsync(log.fileno())


def log_bytes(path: Path) -> int:
    """How long a database's -wal is now: over LOG_BYTES for as long as a reader holds it there."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def empty_log(database: peewee.SqliteDatabase) -> bool:
    """Take the whole log into its file and cut it to nothing; False if somebody reads from it."""
    connection = raw(database)
    # Nobody waits for a reader here: there is another time.
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {PRAGMAS['busy_timeout']}")
    return not is_busy
