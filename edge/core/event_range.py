"""Ranges of events, proven to be the same on both sides by one hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from edge.core.events import event_hash

MOST_IN_RANGE = 50
"""A point lets go of no more in one transaction: so long a hand-over may have to wait for it."""

KEPT = timedelta(days=30)
"""So long an event stays at the point after the ledger got it: no order is held for longer."""


@dataclass(frozen=True, slots=True)
class EventRange:
    """Events of one epoch without a gap; `proof` is over their exact bytes."""

    epoch: str
    first: int
    last: int
    proof: bytes

    @property
    def count(self) -> int:
        """How many events that are."""
        return self.last - self.first + 1


def proof_of(bodies: Iterable[bytes]) -> bytes:
    """A rolling hash: from 32 zero bytes, SHA-256 of it and the SHA-256 of the next event."""
    rolled = bytes(32)
    for body in bodies:
        rolled = hashlib.sha256(rolled + event_hash(body)).digest()
    return rolled
