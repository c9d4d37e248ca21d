"""Room made ahead in the write-ahead log.

A commit that overwrites costs the file system less than one that grows the file, and what is
reserved here still takes hand-overs when the disk is full.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from edge.store.connection import LOG_BYTES


def fill_log(path: Path) -> None:
    """Append zeros to a database's -wal, which must exist, up to LOG_BYTES; SQLite ignores them.

    On a full disk it stays as short as it is. SQLite's locks stand on the database and its -shm,
    so this file may be closed again.
    """
    with path.with_name(f"{path.name}-wal").open("ab", buffering=0) as log, suppress(OSError):
        log.write(bytes(max(LOG_BYTES - log.tell(), 0)))
        os.fsync(log.fileno())
