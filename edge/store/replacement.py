"""One edge.db in the place of another.

Rule: the old file stays where it is until the new one is whole on disk, so that a power cut at
any moment only makes the next start begin again.
"""

from __future__ import annotations

from pathlib import Path

from edge.store.durable import sync_path
from edge.store.lock import ProcessLock


def begin_replacement(path: Path) -> Path:
    """Where to write the new file; what an interrupted try left there is gone."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    for suffix in ("", "-wal", "-shm"):
        unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)
    return unfinished


def end_replacement(path: Path, unfinished: Path) -> None:
    """The new file is whole: from here on every start puts it in its place."""
    sync_path(unfinished)
    unfinished.replace(replacement(path))
    sync_path(path.parent)


def replacement(path: Path) -> Path:
    """Where a file that is to take the place of this one lies once it is whole."""
    return path.with_name(f"{path.name}.replacement")


def put_in_place(path: Path) -> None:
    """Finish what a start before this one may have begun: the replacement takes its place."""
    ready = replacement(path)
    if not ready.exists():
        return
    lock = ProcessLock(path)
    try:
        path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
        path.with_name(f"{path.name}-wal").unlink(missing_ok=True)
        ready.replace(path)
        sync_path(path.parent)
    finally:
        lock.release()
