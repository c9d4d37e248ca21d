"""The messages beside the events themselves: bytes in, values out, and back.

Rule: nothing here trusts its input; whatever cannot be read is a MalformedMessage that names the
message and the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from edge.core import ids, strict_json
from edge.core.fields import Fields
from edge.core.moment import rfc3339
from edge.errors import MalformedMessage
from sync.contract.batch import MAX_MESSAGE_BYTES

MAX_EPOCHS = 1000
MAX_ENTRIES = 10_000
MAX_SEQUENCE = 2**63 - 1
WORD = re.compile(r"[!-~]{1,200}")
_IGNORED = "It was ignored; correct the side that sent it."

T = TypeVar("T")


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
    """The cloud's word, sent after its commit; what one says stays true beside any later one."""

    epochs: tuple[EpochAck, ...]
    server_time: datetime


@dataclass(frozen=True, slots=True)
class Hint:
    """There is something newer to pull, a challenge is wanted, or another device has our name."""

    cursor: str | None = None
    want_challenge: bool = False
    second_device: bool = False


def encode_hello(hello: Hello) -> bytes:
    """The bytes of `up/hello`."""
    epochs = [
        {"epoch": span.epoch, "first_unacked": span.first_unacked, "last": span.last}
        for span in hello.epochs
    ]
    return dump_message({"epochs": epochs, "boot": hello.boot, "challenge": hello.challenge})


def decode_hello(data: bytes) -> Hello:
    """Read `up/hello`; raises MalformedMessage."""
    fields = open_message(data, "up/hello")
    return Hello(
        epochs=_rows(fields, "epochs", MAX_EPOCHS, _epoch_span),
        boot=fields.matching("boot", ids.BOOT_ID),
        challenge=_optional_word(fields, "challenge"),
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
    return dump_message({"epochs": epochs, "server_time": rfc3339(ack.server_time)})


def decode_ack(data: bytes) -> Ack:
    """Read `down/ack`; raises MalformedMessage."""
    fields = open_message(data, "down/ack")
    return Ack(
        epochs=_rows(fields, "epochs", MAX_EPOCHS, _epoch_ack),
        server_time=fields.instant("server_time"),
    )


def encode_hint(hint: Hint) -> bytes:
    """The bytes of `down/hint`."""
    return dump_message(
        {
            "cursor": hint.cursor,
            "want_challenge": hint.want_challenge,
            "second_device": hint.second_device,
        }
    )


def decode_hint(data: bytes) -> Hint:
    """Read `down/hint`; raises MalformedMessage."""
    fields = open_message(data, "down/hint")
    return Hint(
        _optional_word(fields, "cursor"),
        want_challenge=fields.flag("want_challenge"),
        second_device=fields.flag("second_device"),
    )


def _epoch_span(row: Fields) -> EpochSpan:
    first = row.whole("first_unacked", 1, MAX_SEQUENCE)
    return EpochSpan(
        row.matching("epoch", ids.EPOCH), first, row.whole("last", first - 1, MAX_SEQUENCE)
    )


def _epoch_ack(row: Fields) -> EpochAck:
    return EpochAck(
        epoch=row.matching("epoch", ids.EPOCH),
        through=row.whole("through", 0, MAX_SEQUENCE),
        also=_sequences(row, "also"),
        rejected=_rows(row, "rejected", MAX_ENTRIES, _rejection),
    )


def _rejection(row: Fields) -> Rejection:
    return Rejection(row.whole("sequence", 1, MAX_SEQUENCE), row.matching("code", WORD))


def open_message(data: bytes, message: str) -> Fields:
    """The fields of a message, which is named so in what is raised: MalformedMessage."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise _unreadable(message, f"is longer than {MAX_MESSAGE_BYTES} bytes")
    try:
        document = strict_json.loads(data)
    except ValueError as error:
        raise _unreadable(message, str(error)) from error
    if not isinstance(document, dict):
        raise _unreadable(message, "must be a JSON object")
    return Fields(document, message, remedy=_IGNORED)


def _unreadable(message: str, what: str) -> MalformedMessage:
    return MalformedMessage(f"The {message} cannot be read: it {what}.", _IGNORED)


def _rows(fields: Fields, name: str, most: int, read: Callable[[Fields], T]) -> tuple[T, ...]:
    if fields.raw.get(name, []) == []:
        return ()
    return tuple(read(row) for row in fields.tables(name, most))


def _sequences(fields: Fields, name: str) -> tuple[int, ...]:
    values = fields.raw.get(name, [])
    if not isinstance(values, list) or len(values) > MAX_ENTRIES:
        fields.refuse(name, f"must be a list of at most {MAX_ENTRIES} sequences")
    if not all(type(value) is int and 1 <= value <= MAX_SEQUENCE for value in values):
        fields.refuse(name, f"must hold whole numbers from 1 to {MAX_SEQUENCE}")
    return tuple(values)


def _optional_word(fields: Fields, name: str) -> str | None:
    return fields.matching(name, WORD) if fields.has(name) else None


def dump_message(value: object) -> bytes:
    """A message as short as JSON lets it be."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
