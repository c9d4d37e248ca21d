"""One process of a kind per data directory, by a lock on a file that is never a database."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from edge.errors import AlreadyRunning


class ProcessLock:
    """An exclusive lock beside a database; the kernel lets go of it when the process ends."""

    def __init__(self, database_path: Path) -> None:
        self.path = database_path.with_name(f"{database_path.name}.lock")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise AlreadyRunning(
                f"Process {holder} already works on {database_path}.",
                "Stop that one first, or use another data directory.",
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode("ascii"), 0)

    def release(self) -> None:
        """Let the next process in."""
        os.close(self._file)
