"""An outbox in memory, and an uplink that is connected to nothing but the test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from edge.store.outbox import EpochSpan, StoredEvent
from sync.contract import Ack, EpochAck, decode_batch
from sync.uplink import Action, Send, Uplink

SIX_PM = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
MONDAY = "00000000000000a1"
TUESDAY = "00000000000000b2"
DAMAGED = b'{"e": "damaged", "n": 0}'


class MemoryOutbox:
    """An outbox in memory; `damaged` are rows whose hash no longer fits."""

    def __init__(self, **epochs: int) -> None:
        self.rows: dict[str, list[bytes]] = {}
        self.damaged: set[tuple[str, int]] = set()
        self.questions = 0
        for epoch, events in epochs.items():
            self.append({"monday": MONDAY, "tuesday": TUESDAY}[epoch], events)

    def append(self, epoch: str, events: int = 1, size: int = 0) -> None:
        rows = self.rows.setdefault(epoch, [])
        for _ in range(events):
            text = {"e": epoch, "n": len(rows) + 1, "pad": "x" * size}
            rows.append(json.dumps(text).encode())

    def epochs(self) -> Sequence[EpochSpan]:
        return [EpochSpan(epoch, last=len(rows)) for epoch, rows in self.rows.items() if rows]

    def read(self, epoch: str, first: int, limit: int, max_bytes: int) -> Sequence[StoredEvent]:
        self.questions += 1
        events: list[StoredEvent] = []
        room = max_bytes
        for at, body in enumerate(self.rows[epoch][first - 1 : first - 1 + limit], start=first):
            room -= len(body)
            if events and room < 0:
                break
            intact = (epoch, at) not in self.damaged
            events.append(StoredEvent(epoch, at, body if intact else DAMAGED, intact))
        return events


def told(*epochs: EpochAck) -> Ack:
    return Ack(epochs, SIX_PM)


def online(outbox: MemoryOutbox, *, batch_events: int = 50, **more: int) -> Uplink:
    """An uplink that is connected and has been welcomed."""
    uplink = Uplink(outbox, {}, boot="boot-1", batch_events=batch_events)
    uplink.look()
    uplink.connected(
        0.0,
        receive_maximum=more.get("receive_maximum", 65_535),
        maximum_packet=more.get("maximum_packet"),
    )
    uplink.step(0.0)
    uplink.acknowledged(told())
    return uplink


def sent(actions: Sequence[Action]) -> list[list[int]]:
    """The sequences in each message."""
    return [
        [json.loads(body)["n"] for body in decode_batch(action.payload)]
        for action in actions
        if isinstance(action, Send)
    ]


def numbers(first: int, last: int) -> list[int]:
    return list(range(first, last + 1))
