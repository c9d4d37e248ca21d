"""Whether an open database still is the file that its path names, and its log the one beside it.

A file that was deleted or replaced is written on without an error, and nobody finds it again.
"""

from __future__ import annotations

from pathlib import Path

from edge.errors import CommitUnknown

_Names = tuple[tuple[int, int], ...]


class InPlace:
    """Knows the files as they are at the start; a log is made with the first opening."""

    def __init__(self, path: Path) -> None:
        self._paths = (path, path.with_name(f"{path.name}-wal"))
        self._found = self._look()

    def holds(self) -> bool:
        """Whether both are still there and no others took their place."""
        return self._look() == self._found

    def must_hold(self) -> None:
        """Raises CommitUnknown: what was written may be in no file that anybody will open."""
        if not self.holds():
            raise CommitUnknown(
                f"{self._paths[0]}, or its -wal, was taken away or replaced while it was in use.",
                "Stop the program, put the file back with its -wal if you have it, and start again;"
                " what is missing then is doubted, and the leader is asked.",
            )

    def _look(self) -> _Names | None:
        try:
            stats = [path.stat() for path in self._paths]
        except OSError:
            return None
        return tuple((stat.st_dev, stat.st_ino) for stat in stats)
