"""What happened since the start, counted for monitoring: facts of the point, none of a person."""

from __future__ import annotations

import threading
from collections import Counter as Tally
from collections.abc import Mapping
from enum import StrEnum

from edge.core.view import Trust


class Guess(StrEnum):
    """How a try at the leader's PIN ended."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    LOCKED_OUT = "locked_out"


class Tallies:
    """Counts that only grow; any thread may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scans: Tally[tuple[str, str]] = Tally()
        self._hand_overs: Tally[Trust] = Tally()
        self._pins: Tally[Guess] = Tally()

    def count_scan(self, outcome: str, reason: str | None) -> None:
        """A code was shown; `reason` says why it was refused."""
        with self._lock:
            self._scans[outcome, reason or ""] += 1

    def count_hand_over(self, trust: Trust) -> None:
        """A parcel was released."""
        with self._lock:
            self._hand_overs[trust] += 1

    def count_pin(self, guess: Guess) -> None:
        """Somebody entered a PIN."""
        with self._lock:
            self._pins[guess] += 1

    @property
    def scans(self) -> Mapping[tuple[str, str], int]:
        """By outcome and reason."""
        with self._lock:
            return dict(self._scans)

    @property
    def hand_overs(self) -> Mapping[Trust, int]:
        """By trust class."""
        with self._lock:
            return dict(self._hand_overs)

    @property
    def pins(self) -> Mapping[Guess, int]:
        """By how it ended."""
        with self._lock:
            return dict(self._pins)
