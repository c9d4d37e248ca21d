"""What happened at a point, as CloudEvents 1.0 in structured JSON.

Rule: event bytes are made here and nowhere else, once; whoever sends them sends these bytes.
How they are read again stands in envelope.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from edge.core import ids
from edge.core.envelope import MAX_EVENT_BYTES, Envelope, read_event
from edge.core.moment import Moment, rfc3339

__all__ = [
    "GENESIS",
    "MAX_EVENT_BYTES",
    "Envelope",
    "Event",
    "EventType",
    "Origin",
    "encode",
    "event_hash",
    "read_event",
    "uuid7",
]

GENESIS = bytes(32)
"""`prevhash` of the very first event of a point."""

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
)


class EventType(StrEnum):
    """Everything a point tells the cloud."""

    ORDER_RELEASED = "pickup.order.released"
    ORDER_COLLECTED = "pickup.order.collected"
    ORDER_PARTLY_COLLECTED = "pickup.order.partly_collected"
    ORDER_REOPENED = "pickup.order.reopened"
    ORDER_RETURNED = "pickup.order.returned"
    ORDER_ANNULLED = "pickup.order.annulled"
    SCAN_REFUSED = "pickup.scan.refused"
    GOODS_RECEIVED = "pickup.goods.received"
    PARCEL_PUT_AWAY = "pickup.parcel.put_away"
    DOOR_STUCK = "pickup.door.stuck"
    DOOR_FORCED = "pickup.door.forced"
    DOOR_LEFT_OPEN = "pickup.door.left_open"
    CLAIM_RAISED = "pickup.claim.raised"
    CLAIM_ANSWERED = "pickup.claim.answered"
    PAYMENT_RECORDED = "pickup.payment.recorded"
    DAY_CLOSED = "pickup.day.closed"
    LEADER_SIGNED_IN = "pickup.leader.signed_in"
    LEADER_OVERRIDE = "pickup.leader.override"
    COMMAND_APPLIED = "pickup.command.applied"
    COMMAND_REJECTED = "pickup.command.rejected"
    POINT_STARTED = "pickup.point.started"
    POINT_SALVAGED = "pickup.point.salvaged"
    EVENT_LOST = "pickup.event.lost"
    CLOCK_STEPPED = "pickup.clock.stepped"
    TEMPERATURE_OUT_OF_RANGE = "pickup.temperature.out_of_range"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who speaks: a point, in one start of its kiosk; `simulated` where no real door moves."""

    point_id: str
    epoch: str
    simulated: bool

    def __post_init__(self) -> None:
        if not ids.is_point_id(self.point_id) or not ids.EPOCH.fullmatch(self.epoch):
            raise ValueError(f"no event can come from {self.point_id!r}, epoch {self.epoch!r}")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `subject` is the id of the order it concerns."""

    type: EventType
    subject: str | None
    data: Mapping[str, object]


def encode(
    event: Event,
    *,
    origin: Origin,
    sequence: int,
    prevhash: bytes,
    moment: Moment,
    event_id: str,
) -> bytes:
    """The bytes that are stored, hashed and sent; ValueError above MAX_EVENT_BYTES."""
    if len(prevhash) != len(GENESIS):
        raise ValueError("a chain is linked by 32 bytes")
    document: dict[str, object] = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/points/{origin.point_id}/{origin.epoch}",
        "type": event.type.value,
        "time": rfc3339(moment.wall),
        "sequence": f"{sequence:020d}",
        "clockquality": moment.quality.value,
        "bootid": moment.boot_id,
        "bootns": str(moment.boot_ns),
        "prevhash": prevhash.hex(),
    }
    if event.subject is not None:
        document["subject"] = event.subject
    if origin.simulated:
        document["simulated"] = True
    document["data"] = dict(event.data)
    body = _ENCODER.encode(document).encode()
    if len(body) > MAX_EVENT_BYTES:
        raise ValueError(f"an event has at most {MAX_EVENT_BYTES} bytes, not {len(body)}")
    return body


def event_hash(body: bytes) -> bytes:
    """What the next event's `prevhash` says of these bytes."""
    return hashlib.sha256(body).digest()


def uuid7(unix_ms: int, random: bytes) -> str:
    """A UUID of version 7 (RFC 9562 section 5.7) from a time and 10 random bytes."""
    noise = int.from_bytes(random[:10], "big")
    high = (unix_ms & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | (noise >> 62) & 0x0FFF
    low = 0x8000_0000_0000_0000 | noise & 0x3FFF_FFFF_FFFF_FFFF
    digits = f"{high << 64 | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
