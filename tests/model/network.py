"""The simulated network: wires and a broker that lose, double, reorder, forget and lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from random import Random

from edge.errors import NotConnected
from sync.contract import MAX_MESSAGE_BYTES, WINDOW, decode_batch
from tests.model.faults import Promise, hold


class Fate(StrEnum):
    """What becomes of messages on their way."""

    GOOD = "good"
    LOST = "lost"
    DOUBLED = "doubled"
    SHUFFLED = "shuffled"


@dataclass(frozen=True, slots=True)
class Letter:
    """One published message; `mid` is its number on its sender's connection."""

    topic: str
    payload: bytes
    mid: int


@dataclass(eq=False)
class PointLine:
    """A point's connection, in the words of sync.mqtt.Connection."""

    up: bool = True
    wire: list[Letter] = field(default_factory=list)
    mids: count[int] = field(default_factory=lambda: count(1))

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, content_type: str | None = None
    ) -> int:
        if not self.up:
            raise NotConnected("The line is cut.", "Wait.")
        hold(Promise.I6, len(payload) <= MAX_MESSAGE_BYTES, f"{len(payload)} bytes in one message")
        if topic.endswith("up/events"):
            bodies = len(decode_batch(payload))
            hold(Promise.I6, bodies <= WINDOW, f"{bodies} events in one message")
        letter = Letter(topic, payload, next(self.mids))
        self.wire.append(letter)
        return letter.mid

    def drop(self, reason: str) -> None:
        self.up = False


class Broker:
    """Keeps messages for the cloud until it acknowledges them, and for no point at all."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.kept: list[Letter] = []
        self.going: dict[str, list[Letter]] = {}

    def carry(self, line: PointLine, fate: Fate, puback: Callable[[int], None]) -> None:
        """What a point published reaches the broker, which answers; LOST is a broker that lies."""
        letters, line.wire = line.wire, []
        for letter in letters:
            puback(letter.mid)
        self.kept.extend(self._fated(letters, fate))

    def take(self, most: int, fate: Fate) -> list[Letter]:
        """What goes to the cloud next; it stays here until `done`."""
        return self._fated(self.kept[:most], fate)

    def done(self, letter: Letter) -> None:
        """The cloud has acknowledged a message."""
        self.kept = [kept for kept in self.kept if kept is not letter]

    def send(self, topic: str, payload: bytes) -> None:
        """The cloud publishes to a point."""
        point_id = topic.split("/")[3]
        self.going.setdefault(point_id, []).append(Letter(topic, payload, 0))

    def bring(self, point_id: str, fate: Fate) -> list[Letter]:
        """What reaches a point now."""
        return self._fated(self.going.pop(point_id, []), fate)

    def wipe(self) -> None:
        """Its persistence is gone."""
        self.kept.clear()
        self.going.clear()

    def _fated(self, letters: list[Letter], fate: Fate) -> list[Letter]:
        if fate is Fate.LOST:
            return [letter for letter in letters if self._random.random() < 0.5]
        if fate is Fate.DOUBLED:
            return letters + letters
        if fate is Fate.SHUFFLED:
            return self._random.sample(letters, len(letters))
        return letters
