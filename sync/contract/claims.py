"""What a device and the cloud say to each other before the device is a point."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from edge.core import claim, ids, strict_json
from edge.core.fields import Fields
from edge.errors import MalformedMessage

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
LONGEST_SECRET: Final = 200
_REMEDY = "Ask whoever runs the cloud; the request goes on by itself."


class ClaimState(StrEnum):
    """What has become of a request so far."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Opened:
    """The cloud waits so many seconds for somebody to approve the request of this code."""

    code: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Granted:
    """Who the device is from now on, and what opens broker and cloud to it.

    `broker_host` None means the host of the cloud's own address.
    """

    point_id: str
    name: str
    language: str
    time_zone: str
    driver: str
    profile: str
    broker_host: str | None
    broker_port: int
    token: str = field(repr=False)
    mqtt_password: str = field(repr=False)


def decode_opened(payload: bytes) -> Opened:
    """The answer to a new request; raises MalformedMessage."""
    fields = _fields(payload)
    return Opened(fields.matching("code", claim.CODE), fields.whole("expires_in", 1, 24 * 3600))


def decode_nonce(payload: bytes) -> str:
    """What the next poll has to sign; raises MalformedMessage."""
    return _fields(payload).text("nonce", LONGEST_SECRET)


def decode_poll(payload: bytes) -> Granted | ClaimState:
    """What was granted, or how the request stands without; raises MalformedMessage."""
    fields = _fields(payload)
    state = fields.choice("state", ClaimState)
    if state is not ClaimState.GRANTED:
        return state
    point = fields.table("point")
    return Granted(
        point_id=point.matching("point_id", ids.POINT_ID),
        name=point.text("name", 40),
        language=point.text("language", 20),
        time_zone=point.text("time_zone", 60),
        driver=point.text("driver", 20),
        profile=point.text("profile", 200),
        broker_host=point.text("broker_host", 200) if point.has("broker_host") else None,
        broker_port=point.whole("broker_port", 1, 65535),
        token=point.text("token", LONGEST_SECRET),
        mqtt_password=point.text("mqtt_password", LONGEST_SECRET),
    )


def to_base64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64(text: object, length: int) -> bytes | None:
    """Exactly so many bytes; None for anything else."""
    if not isinstance(text, str) or not text.isascii():
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if len(data) == length else None


def _fields(payload: bytes) -> Fields:
    try:
        raw = strict_json.loads(payload)
    except ValueError as error:
        raise MalformedMessage(f"The cloud's answer {error}.", _REMEDY) from error
    if not isinstance(raw, Mapping):
        raise MalformedMessage("The cloud's answer is no JSON object.", _REMEDY)
    return Fields(raw, "cloud's answer", remedy=_REMEDY)
