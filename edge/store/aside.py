"""Setting a damaged file aside, for an owner in whose file nothing is unique."""

from __future__ import annotations

from pathlib import Path

from edge.store.lock import ProcessLock


def set_aside(path: Path) -> Path:
    """Rename a database with its -wal and -shm; the newest one set aside is kept, at the result.

    Raises AlreadyRunning while another process works on it.
    """
    aside = path.with_name(f"{path.name}.damaged")
    lock = ProcessLock(path)
    try:
        # The database last: its log beside a new file would be replayed into that one.
        for suffix in ("-wal", "-shm", ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.replace(aside.with_name(aside.name + suffix))
    finally:
        lock.release()
    return aside
