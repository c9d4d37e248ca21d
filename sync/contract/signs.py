"""Signs of life, retained by the broker: whether a point is there, and how it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from edge.core import ids
from edge.core.fields import Fields
from edge.core.moment import ClockQuality, rfc3339
from sync.contract.messages import MAX_SEQUENCE, WORD, dump_message, open_message

TROUBLE = re.compile(r"[a-z_]{1,40}")
"""A plain code; a newer point may name one that an older cloud does not know."""


class PresenceState(StrEnum):
    """What a birth says, and what a will says."""

    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Presence:
    """Birth and will of one connection, paired by boot and counter."""

    online: bool
    boot: str
    counter: int
    since: datetime | None
    version: str


@dataclass(frozen=True, slots=True)
class Status:
    """How the point is: events that the cloud has not settled, rows that cannot be sent.

    `trouble`: the code of what is wrong with its line, None where nothing is.
    """

    unsent: int
    oldest_unsent: datetime | None
    set_aside: int
    clock_quality: str
    trouble: str | None = None


def encode_presence(presence: Presence) -> bytes:
    """The bytes of `up/presence`, birth or will."""
    return dump_message(
        {
            "state": PresenceState.ONLINE if presence.online else PresenceState.OFFLINE,
            "boot": presence.boot,
            "counter": presence.counter,
            "since": None if presence.since is None else rfc3339(presence.since),
            "version": presence.version,
        }
    )


def decode_presence(data: bytes) -> Presence:
    """Read `up/presence`; raises MalformedMessage."""
    fields = open_message(data, "up/presence")
    return Presence(
        online=fields.choice("state", PresenceState) is PresenceState.ONLINE,
        boot=fields.matching("boot", ids.BOOT_ID),
        counter=fields.whole("counter", 0, MAX_SEQUENCE),
        since=_optional_instant(fields, "since"),
        version=fields.matching("version", WORD),
    )


def encode_status(status: Status) -> bytes:
    """The bytes of `up/status`."""
    oldest = status.oldest_unsent
    return dump_message(
        {
            "unsent": status.unsent,
            "oldest_unsent": None if oldest is None else rfc3339(oldest),
            "set_aside": status.set_aside,
            "clock_quality": status.clock_quality,
            "trouble": status.trouble,
        }
    )


def decode_status(data: bytes) -> Status:
    """Read `up/status`; raises MalformedMessage."""
    fields = open_message(data, "up/status")
    return Status(
        unsent=fields.whole("unsent", 0, MAX_SEQUENCE),
        oldest_unsent=_optional_instant(fields, "oldest_unsent"),
        set_aside=fields.whole("set_aside", 0, MAX_SEQUENCE),
        clock_quality=fields.choice("clock_quality", ClockQuality).value,
        trouble=fields.matching("trouble", TROUBLE) if fields.has("trouble") else None,
    )


def _optional_instant(fields: Fields, name: str) -> datetime | None:
    return fields.instant(name) if fields.has(name) else None
