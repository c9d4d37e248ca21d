"""How long to wait before the next attempt: full jitter, so that points never march in step."""

from __future__ import annotations

from random import Random

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 30.0
STABLE_SECONDS = 120.0
"""A connection that lived this long was a good one; a shorter one does not calm us down."""


class Backoff:
    """Counts failures in a row and draws the next wait, in seconds."""

    def __init__(
        self, random: Random, *, first: float = FIRST_SECONDS, longest: float = LONGEST_SECONDS
    ) -> None:
        self._random = random
        self._first = first
        self._longest = longest
        self._failures = 0

    def next_wait(self, lived: float = 0.0) -> float:
        """The wait after an attempt that worked for `lived` seconds (0: not at all)."""
        if lived >= STABLE_SECONDS:
            self._failures = 0
        ceiling = min(self._longest, self._first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return self._random.uniform(0.0, ceiling)

    def reset(self) -> None:
        """An attempt succeeded for good."""
        self._failures = 0
