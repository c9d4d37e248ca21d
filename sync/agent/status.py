"""When the point says how it is."""

from __future__ import annotations

from sync.contract import Status

STATUS_SECONDS = 60.0
"""Between two looks at what `up/status` says."""
STATUS_EVERY = 5
"""Looks after which it is said again although nothing changed."""


class StatusTimer:
    """When `up/status` is looked at, and whether it is worth saying: on change, or now and then."""

    def __init__(self) -> None:
        self._next = 0.0
        self._said: Status | None = None
        self._silent = 0

    def is_due(self, seconds: float) -> bool:
        """Whether a minute has passed."""
        if seconds < self._next:
            return False
        self._next = seconds + STATUS_SECONDS
        return True

    def is_worth_saying(self, status: Status) -> bool:
        """Whether it changed, or was not said for some minutes."""
        self._silent += 1
        if status == self._said and self._silent < STATUS_EVERY:
            return False
        self._said, self._silent = status, 0
        return True
