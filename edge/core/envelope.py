"""An event as it arrives: every attribute checked, whoever sent it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from edge.core import ids, strict_json
from edge.core.moment import ClockQuality, instant_from_rfc3339
from edge.errors import MalformedMessage

MAX_EVENT_BYTES = 16 * 1024

SOURCE = re.compile(rf"/points/({ids.POINT_ID.pattern})/({ids.EPOCH.pattern})")
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TYPE = re.compile(r"pickup(\.[a-z_]{1,32}){2}")
SEQUENCE = re.compile(r"[0-9]{20}")
BOOT_NS = re.compile(r"[0-9]{1,19}")
HASH = re.compile(r"[0-9a-f]{64}")
QUALITIES = frozenset(ClockQuality)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event as its point wrote it; `body` is the very bytes, `data` what they say."""

    point_id: str
    epoch: str
    sequence: int
    event_id: str
    type: str
    subject: str | None
    time: datetime
    clock_quality: ClockQuality
    boot_id: str
    boot_ns: int
    prevhash: bytes
    simulated: bool
    data: dict[str, object]
    body: bytes


def read_event(body: bytes) -> Envelope:
    """Take an event apart; MalformedMessage names the attribute that breaks a rule.

    Attributes and types that are not known here are left in the bytes: points may be newer.
    """
    document = _document(body)
    if document.get("specversion") != "1.0":
        raise _malformed("specversion", "must be '1.0'")
    if document.get("datacontenttype", "application/json") != "application/json":
        raise _malformed("datacontenttype", "must be 'application/json' where it is given")
    source = _matched(document, "source", SOURCE, "must be /points/{point}/{epoch}")
    return Envelope(
        point_id=source[1],
        epoch=source[2],
        sequence=_sequence(document),
        event_id=_matched(document, "id", UUID7, "must be a UUID of version 7")[0],
        type=_matched(document, "type", TYPE, "must be pickup.{thing}.{past tense}")[0],
        subject=_subject(document),
        time=_time(document),
        clock_quality=_clock_quality(document),
        boot_id=_matched(document, "bootid", ids.BOOT_ID, "must name a boot")[0],
        boot_ns=int(_matched(document, "bootns", BOOT_NS, "must be a text of digits")[0]),
        prevhash=bytes.fromhex(_matched(document, "prevhash", HASH, "must be 64 hex digits")[0]),
        simulated=_simulated(document),
        data=_data(document),
        body=body,
    )


def _document(body: bytes) -> Mapping[str, object]:
    if len(body) > MAX_EVENT_BYTES:
        raise _malformed("event", f"has {len(body)} bytes; at most {MAX_EVENT_BYTES} are allowed")
    try:
        document = strict_json.loads(body)
    except ValueError as error:
        raise _malformed("event", str(error)) from None
    if not isinstance(document, dict):
        raise _malformed("event", "must be a JSON object")
    return document


def _matched(
    document: Mapping[str, object], name: str, pattern: re.Pattern[str], rule: str
) -> re.Match[str]:
    value = document.get(name)
    match = pattern.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _malformed(name, rule)
    return match


def _sequence(document: Mapping[str, object]) -> int:
    number = int(_matched(document, "sequence", SEQUENCE, "must be 20 digits")[0])
    if not 1 <= number < 2**63:
        raise _malformed("sequence", "must count from 1")
    return number


def _subject(document: Mapping[str, object]) -> str | None:
    if "subject" not in document:
        return None
    return _matched(document, "subject", ids.ORDER_ID, "must be an order id")[0]


def _time(document: Mapping[str, object]) -> datetime:
    try:
        return instant_from_rfc3339(document.get("time"))
    except ValueError as error:
        raise _malformed("time", str(error)) from None


def _clock_quality(document: Mapping[str, object]) -> ClockQuality:
    value = document.get("clockquality")
    if not isinstance(value, str) or value not in QUALITIES:
        raise _malformed("clockquality", f"must be one of {', '.join(ClockQuality)}")
    return ClockQuality(value)


def _simulated(document: Mapping[str, object]) -> bool:
    simulated = document.get("simulated", False)
    if not isinstance(simulated, bool):
        raise _malformed("simulated", "must be true or false")
    return simulated


def _data(document: Mapping[str, object]) -> dict[str, object]:
    data = document.get("data")
    if not isinstance(data, dict):
        raise _malformed("data", "must be a JSON object")
    return data


def _malformed(name: str, rule: str) -> MalformedMessage:
    return MalformedMessage(
        f"The event cannot be read: {name} {rule}.",
        "It is kept aside with its bytes; look at the point that sent it.",
    )
