"""Room kept back on the disk: given up when it fills, so that hand-overs go on meanwhile.

A file of that size lies beside the database. Who deletes it by hand has the same room.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge.core.ballast import Ballast

FULL_BELOW = 8 * 1024 * 1024
"""With less room than this the disk counts as full: a log at its full length, and once more."""
ROOM_BESIDE = 100 * 1024 * 1024
"""So much stays free for others before room is kept back again."""


class Reserve:
    """The ballast of one folder; `free` tells the bytes that are free there."""

    def __init__(
        self, folder: Path, wanted_bytes: int, free: Callable[[Path], int] | None = None
    ) -> None:
        self._file = folder / "ballast"
        self._wanted_bytes = wanted_bytes
        self._free = free or _free
        self.state = Ballast.NONE

    def tend(self) -> Ballast:
        """Give it up where the disk is full, keep it again where there is room once more."""
        # The very first start finds nothing there.
        self._file.parent.mkdir(parents=True, exist_ok=True)
        free = self._free(self._file.parent)
        if free < FULL_BELOW and self._give_up():
            self.state = Ballast.GIVEN_UP
        elif self._file.exists() or (self._wanted_bytes and self._keep(free)):
            self.state = Ballast.KEPT
        return self.state

    def _give_up(self) -> bool:
        # A disk that takes no change at all keeps it; whoever reads on it is served.
        with suppress(OSError):
            self._file.unlink()
            return True
        return False

    def _keep(self, free: int) -> bool:
        if free < self._wanted_bytes + ROOM_BESIDE:
            return False
        # Whatever stands there half-made after a power cut is given up like a whole one.
        with suppress(OSError), self._file.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, self._wanted_bytes)
            return True
        self._file.unlink(missing_ok=True)
        return False


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
