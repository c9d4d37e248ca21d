"""One edge.db in the place of another.

Rule: the old file stays where it is until the new one is whole on disk, so that a power cut at
any moment only makes the next start begin again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.files import sync_path
from edge.store.lock import ProcessLock


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Where to write the new file; whole at the end, every start from then on puts it in place.

    After an error nothing is left of it.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    _clear(unfinished)
    try:
        yield unfinished
        sync_path(unfinished)
        unfinished.replace(replacement(path))
        sync_path(path.parent)
    finally:
        _clear(unfinished)


def _clear(unfinished: Path) -> None:
    # With its log, and the copy that a migration made of it.
    for part in unfinished.parent.glob(f"{unfinished.name}*"):
        part.unlink()


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
