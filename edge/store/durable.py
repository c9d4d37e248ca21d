"""Making what was written last: files and the folders that name them."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path


def sync_path(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_database(connection: sqlite3.Connection, copy: Path) -> None:
    """Write all that is committed into a new file: whole under that name, or not there at all."""
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    # Made first, because SQLite would let others read it.
    unfinished.touch(mode=0o600)
    try:
        connection.execute("VACUUM INTO ?", (str(unfinished),))
        sync_path(unfinished)
        unfinished.replace(copy)
        sync_path(copy.parent)
    finally:
        unfinished.unlink(missing_ok=True)
