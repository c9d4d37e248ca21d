"""The messages beside the events themselves: bytes in, values out, and back.

Rule: nothing here trusts its input; whatever cannot be read is a MalformedMessage that names the
message and the field.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from edge.core.moment import rfc3339
from sync.contract.fields import Fields


@dataclass(frozen=True, slots=True)
class EpochSpan:
    """What a point holds of one epoch: the first event not yet settled, and the last one."""

    epoch: str
    first_unacked: int
    last: int


@dataclass(frozen=True, slots=True)
class Hello:
    """The point's word on connecting: its epochs in order, its boot, the kiosk's challenge."""

    epochs: tuple[EpochSpan, ...]
    boot: str
    challenge: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that the cloud keeps, but not as truth; `code` says why."""

    sequence: int
    code: str


@dataclass(frozen=True, slots=True)
class EpochAck:
    """All up to `through` is settled, and `also` these beyond it; some of them were `rejected`."""

    epoch: str
    through: int
    also: tuple[int, ...] = ()
    rejected: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class Ack:
    """The cloud's word, sent after its commit; cumulative, so that any later one replaces it."""

    epochs: tuple[EpochAck, ...]
    server_time: datetime


@dataclass(frozen=True, slots=True)
class Hint:
    """There is something newer to pull, or a challenge is wanted for a command."""

    cursor: str | None = None
    want_challenge: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    """Birth and will of one connection, paired by boot and counter."""

    online: bool
    boot: str
    counter: int
    since: datetime | None
    version: str


def encode_hello(hello: Hello) -> bytes:
    """The bytes of `up/hello`."""
    epochs = [
        {"epoch": span.epoch, "first_unacked": span.first_unacked, "last": span.last}
        for span in hello.epochs
    ]
    return _dump({"epochs": epochs, "boot": hello.boot, "challenge": hello.challenge})


def decode_hello(data: bytes) -> Hello:
    """Read `up/hello`; raises MalformedMessage."""
    fields = Fields.of_message(data, "up/hello")
    return Hello(
        epochs=fields.rows("epochs", _epoch_span),
        boot=fields.word("boot"),
        challenge=fields.optional_word("challenge"),
    )


def encode_ack(ack: Ack) -> bytes:
    """The bytes of `down/ack`."""
    epochs = [
        {
            "epoch": epoch.epoch,
            "through": epoch.through,
            "also": list(epoch.also),
            "rejected": [{"sequence": no.sequence, "code": no.code} for no in epoch.rejected],
        }
        for epoch in ack.epochs
    ]
    return _dump({"epochs": epochs, "server_time": rfc3339(ack.server_time)})


def decode_ack(data: bytes) -> Ack:
    """Read `down/ack`; raises MalformedMessage."""
    fields = Fields.of_message(data, "down/ack")
    return Ack(fields.rows("epochs", _epoch_ack), fields.instant("server_time"))


def encode_hint(hint: Hint) -> bytes:
    """The bytes of `down/hint`."""
    return _dump({"cursor": hint.cursor, "want_challenge": hint.want_challenge})


def decode_hint(data: bytes) -> Hint:
    """Read `down/hint`; raises MalformedMessage."""
    fields = Fields.of_message(data, "down/hint")
    return Hint(fields.optional_word("cursor"), fields.flag("want_challenge"))


def encode_presence(presence: Presence) -> bytes:
    """The bytes of `up/presence`, birth or will."""
    return _dump(
        {
            "state": "online" if presence.online else "offline",
            "boot": presence.boot,
            "counter": presence.counter,
            "since": None if presence.since is None else rfc3339(presence.since),
            "version": presence.version,
        }
    )


def _epoch_span(row: Fields) -> EpochSpan:
    first = row.whole("first_unacked", at_least=1)
    return EpochSpan(row.epoch(), first, row.whole("last", at_least=first - 1))


def _epoch_ack(row: Fields) -> EpochAck:
    return EpochAck(
        epoch=row.epoch(),
        through=row.whole("through", at_least=0),
        also=row.wholes("also"),
        rejected=row.rows("rejected", _rejection),
    )


def _rejection(row: Fields) -> Rejection:
    return Rejection(row.whole("sequence", at_least=1), row.word("code"))


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
