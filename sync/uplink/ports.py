"""What the uplink reads from, and what it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from edge.store.outbox import EpochSpan, StoredEvent
from sync.contract import Hello

Place = tuple[str, int]
"""(epoch, sequence) of an event."""


class EventSource(Protocol):
    """The outbox as it is read here."""

    def epochs(self) -> Sequence[EpochSpan]:
        """All epochs that have events, oldest first."""

    def read(self, epoch: str, first: int, limit: int, max_bytes: int) -> Sequence[StoredEvent]:
        """Events from sequence `first` on: at least one if there is one, else the limits."""


@dataclass(frozen=True, slots=True)
class Send:
    """Publish these bytes; `ticket` comes back with the broker's confirmation."""

    ticket: int
    payload: bytes
    is_batch: bool


@dataclass(frozen=True, slots=True)
class SayHello:
    """Publish a hello."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class Drop:
    """Cut the line: it is dead without knowing."""

    reason: str


@dataclass(frozen=True, slots=True)
class Post:
    """Send these bytes by HTTPS; `ticket` comes back with the cloud's answer."""

    ticket: int
    payload: bytes
    is_batch: bool


@dataclass(frozen=True, slots=True)
class Unposted:
    """HTTPS settled nothing: it was not reached, or (`refused`) does not take these bytes."""

    refused: bool


Action = Send | SayHello | Drop | Post
