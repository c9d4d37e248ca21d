"""May what came up be believed? Pure: bytes and topic in, a verdict out; nothing escapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from edge.core import strict_json
from edge.core.envelope import Envelope, read_event
from edge.core.events import EventType
from edge.core.ids import EPOCH
from edge.core.topics import leaf_of, parse_topic
from edge.errors import MalformedMessage
from sync.cloud.closures import ClosureFact, read_closure
from sync.cloud.losses import LostPlace, read_loss
from sync.contract import Presence, Status, decode_hello, decode_presence, decode_status

_SEQUENCE = re.compile(r"[0-9]{20}")
LARGEST_SEQUENCE = 10**18
"""More than a point can ever write."""
_KNOWN_TYPES = frozenset(EventType)


class Code(StrEnum):
    """Why an event is kept aside; the point reads these in its ack."""

    MALFORMED = "malformed"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_SOURCE = "wrong_source"
    UNKNOWN_POINT = "unknown_point"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Arrival:
    """The bytes of one event or sign of life and their topic; `point_id` as the topic says."""

    topic: str
    point_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """It may go into the ledger; `closure` where it closes lines, `lost` where it says what is."""

    event: Envelope
    closure: ClosureFact | None
    lost: LostPlace | None


@dataclass(frozen=True, slots=True)
class Sign:
    """It is no event: it says how the point is now."""

    says: Presence | Status


@dataclass(frozen=True, slots=True)
class Rejected:
    """It is kept aside; epoch and sequence where the bytes could be read that far."""

    code: Code
    reason: str
    epoch: str | None = None
    sequence: int | None = None


SIGNS: Mapping[str, Callable[[bytes], Presence | Status]] = {
    "up/presence": decode_presence,
    "up/status": decode_status,
}
"""How each sign of life is read, by its leaf."""


def judge(arrival: Arrival) -> Accepted | Sign | Rejected:
    """The verdict on one arrival."""
    leaf = leaf_of(arrival.topic)
    if leaf == "up/events":
        return _judge_event(arrival)
    if leaf == "up/hello":
        return _judge_hello(arrival)
    if leaf in SIGNS:
        return _judge_sign(arrival, SIGNS[leaf])
    return Rejected(Code.MALFORMED, f"Nobody here reads the topic {arrival.topic[:100]!r}.")


def _judge_hello(arrival: Arrival) -> Rejected:
    """Only one that could not be answered comes here."""
    try:
        decode_hello(arrival.body)
    except MalformedMessage as error:
        return Rejected(Code.MALFORMED, str(error))
    return Rejected(Code.WRONG_SOURCE, f"{arrival.topic[:100]!r} is no topic of a point.")


def _judge_sign(arrival: Arrival, decode: Callable[[bytes], Presence | Status]) -> Sign | Rejected:
    if parse_topic(arrival.topic) is None:
        return Rejected(Code.WRONG_SOURCE, f"{arrival.topic[:100]!r} is no topic of a point.")
    try:
        return Sign(decode(arrival.body))
    except MalformedMessage as error:
        return Rejected(Code.MALFORMED, str(error))


def _judge_event(arrival: Arrival) -> Accepted | Rejected:
    try:
        event = read_event(arrival.body)
        if event.sequence > LARGEST_SEQUENCE:
            return Rejected(Code.MALFORMED, f"No point counts to {event.sequence}.")
        place = event.epoch, event.sequence
        if parse_topic(arrival.topic) is None or event.point_id != arrival.point_id:
            reason = f"The event of {event.point_id} came on the topic {arrival.topic[:100]!r}."
            return Rejected(Code.WRONG_SOURCE, reason, *place)
        if event.type not in _KNOWN_TYPES:
            reason = f"The type {event.type} is not known to this version."
            return Rejected(Code.UNKNOWN_TYPE, reason, *place)
        return Accepted(event, read_closure(event), read_loss(event))
    except MalformedMessage as error:
        return Rejected(Code.MALFORMED, str(error), *_place(arrival))


def _place(arrival: Arrival) -> tuple[str, int] | tuple[None, None]:
    """Epoch and sequence of an event that is otherwise unreadable, if it is this point's."""
    try:
        document = strict_json.loads(arrival.body)
    except ValueError:
        return None, None
    if not isinstance(document, dict):
        return None, None
    source, sequence = document.get("source"), document.get("sequence")
    prefix = f"/points/{arrival.point_id}/"
    if not (isinstance(source, str) and source.startswith(prefix) and isinstance(sequence, str)):
        return None, None
    epoch = source.removeprefix(prefix)
    if not EPOCH.fullmatch(epoch) or not _SEQUENCE.fullmatch(sequence):
        return None, None
    number = int(sequence)
    return (epoch, number) if 1 <= number <= LARGEST_SEQUENCE else (None, None)
