"""A message from the cloud that nobody here can read, kept for a person with its bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

MOST_BYTES = 64 * 1024
"""Kept of one message: as much as one on MQTT may have; of an answer over HTTPS, its beginning."""


class ParkedFrom(StrEnum):
    """What it should have been; each word is a label of the metrics."""

    ACK = "ack"
    HINT = "hint"
    COMMAND = "command"
    ANSWER = "answer"
    ORDER = "order"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Parked:
    """One such message and why it could not be read."""

    source: ParkedFrom
    reason: str
    body: bytes

    @property
    def digest(self) -> bytes:
        """Tells the same bytes, sent once more, from others; 32 bytes."""
        return hashlib.sha256(self.body).digest()
