"""The other program's file: whatever is wrong with it, there is only nothing to read from it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from edge.errors import PointError
from edge.store.connection import DATABASE_ERRORS
from edge.store.migrations import Kind
from edge.store.reader import NOTHING, Reader
from edge.store.transaction import Source

log = logging.getLogger(__name__)

T = TypeVar("T")
_UNREADABLE = (*DATABASE_ERRORS, PointError, OSError, ValueError, TypeError, ArithmeticError)
_Stamp = tuple[tuple[int, int, int, int] | None, ...]


class ForeignFile:
    """Answers from a file that another program writes, and may leave damaged.

    What could not be read is not tried again until the file, or its log, is another one or
    was written to.
    """

    def __init__(self, path: Path, kind: Kind) -> None:
        self._reader = Reader.open(path, kind=kind)
        self._path = path
        self._bad: _Stamp | None = None

    @property
    def unreadable(self) -> bool:
        """Whether the file is there and could not be read the last time."""
        return self._bad is not None

    @property
    def written_at(self) -> float | None:
        """When the file or its log was last written, in seconds since 1970; None without a file."""
        stamps = [stamp for stamp in self._stamp() if stamp is not None]
        return max((stamp[3] for stamp in stamps), default=0) / 1e9 if stamps else None

    def ask(self, question: Callable[[Source], T]) -> T:
        """What the question finds in the file; where it cannot be read, what it finds in none."""
        stamp = self._stamp()
        if stamp != self._bad:
            try:
                answer = question(self._reader)
            except _UNREADABLE as error:
                self._give_up(stamp, error)
            else:
                self._bad = None
                return answer
        return question(NOTHING)

    def changed(self) -> bool:
        """Whether, since last asked, it was written, came, was replaced or became unreadable."""
        stamp = self._stamp()
        if stamp == self._bad:
            return False
        try:
            changed = self._reader.changed()
        except _UNREADABLE as error:
            self._give_up(stamp, error)
            return True
        self._bad = None
        return changed

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    def _give_up(self, stamp: _Stamp, error: Exception) -> None:
        log.error("file_left_aside", extra={"file": self._path.name, "why": str(error)})
        self._bad = stamp
        # Opened anew next time: SQLite keeps pages in mind that a repaired file no longer has.
        self._reader.close()

    def _stamp(self) -> _Stamp:
        return (_status(str(self._path)), _status(f"{self._path}-wal"))


def _status(path: str) -> tuple[int, int, int, int] | None:
    """Which file this is, and when it was last written."""
    try:
        status = os.stat(path)  # noqa: PTH116 - asked as often as the reader asks
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
