"""A bell that rings when anything on a screen changed."""

from __future__ import annotations

import threading


class News:
    """Counts changes; whoever waits learns that the count moved on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._version = 0

    @property
    def version(self) -> int:
        """How many changes there were."""
        return self._version

    def bump(self) -> None:
        """Something that a screen shows changed."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout: float) -> int:
        """The newest version, at once if it is past `seen`, else after at most `timeout` s."""
        with self._changed:
            self._changed.wait_for(lambda: self._version > seen, timeout)
            return self._version
