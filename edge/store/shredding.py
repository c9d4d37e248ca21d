"""Ridding a file and its log of all that was deleted: SQLite writes the file anew.

secure_delete overwrites what is deleted, but not the copies of rows that SQLite leaves in the
unused middle of a page when it splits or merges pages.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import peewee

from edge.store.connection import raw
from edge.store.log_file import empty_log

SHREDDED_EVERY_SECONDS = 6 * 3600.0
"""Who scans while a file is written anew may wait for it: not at every window's end."""
ROOM_LEFT_BYTES = 100_000_000
"""What is written once more may not take the room in which hand-overs are recorded."""
_STEPS = 1000
"""So many of SQLite's steps, well below a millisecond, lie between two questions who waits."""


def has_room(path: Path, free: Callable[[Path], int] | None = None) -> bool:
    """Whether the disk has room to write the file once more."""
    free_bytes = (free or _free)(path.parent)
    return free_bytes - path.stat().st_size >= ROOM_LEFT_BYTES


def shred(database: peewee.SqliteDatabase, is_waited_for: Callable[[], bool]) -> bool:
    """Write the file anew and empty its log; False if somebody came, or reads from the log.

    A power cut leaves the file as it was, or as it is then. Raises what SQLite raises.
    """
    return empty_log(database) and _write_anew(database, is_waited_for) and empty_log(database)


def _write_anew(database: peewee.SqliteDatabase, is_waited_for: Callable[[], bool]) -> bool:
    connection = raw(database)
    connection.set_progress_handler(is_waited_for, _STEPS)
    try:
        connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return False
        raise
    finally:
        connection.set_progress_handler(None, 0)
    return True


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
