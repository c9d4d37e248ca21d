"""Copies of a database that are whole, or not there at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from edge.files import sync_path


def copy_database(
    connection: sqlite3.Connection, copy: Path, finish: Callable[[Path], None] | None = None
) -> None:
    """Write all that is committed into a new file: whole under that name, or not there at all.

    `finish` may change the new file before it has its name.
    """
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    # Made first, because SQLite would let others read it.
    unfinished.touch(mode=0o600)
    try:
        connection.execute("VACUUM INTO ?", (str(unfinished),))
        if finish is not None:
            finish(unfinished)
        sync_path(unfinished)
        unfinished.replace(copy)
        sync_path(copy.parent)
    finally:
        unfinished.unlink(missing_ok=True)
