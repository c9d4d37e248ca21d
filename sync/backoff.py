"""How long to wait before the next attempt: full jitter, so that points never march in step."""

from __future__ import annotations

from random import Random

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 30.0
STABLE_SECONDS = 120.0
"""A connection that stood this long was a good one; a shorter one does not calm us down."""


class Backoff:
    """Counts failures in a row and draws the next wait, in seconds.

    `spread`: whoever was connected waits up to so long from the first time on. A server that
    ends drops everybody at once, and all of them would be back within its first second.
    """

    def __init__(
        self,
        random: Random,
        *,
        first: float = FIRST_SECONDS,
        longest: float = LONGEST_SECONDS,
        spread: float = 0.0,
    ) -> None:
        self._random = random
        self._first = first
        self._longest = max(longest, spread)
        self._spread = spread
        self._least = 0.0
        self._failures = 0

    def next_wait(self, stood: float = 0.0) -> float:
        """The wait after an attempt that connected for `stood` seconds (0: not at all)."""
        if stood > 0.0:
            self._least = self._spread
        if stood >= STABLE_SECONDS:
            self._failures = 0
        grown = min(self._longest, self._first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return self._random.uniform(0.0, max(self._least, grown))

    def reset(self) -> None:
        """An attempt succeeded for good."""
        self._failures = 0
