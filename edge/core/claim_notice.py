"""What a device that is no point yet has to show: the agent writes it, the kiosk reads it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from edge.core import claim, strict_json
from edge.core.fields import Fields
from edge.core.moment import Moment

LONGEST_URL = 200


class Obstacle(StrEnum):
    """What stands between the device and the cloud."""

    UNREACHED = "unreached"
    NOT_OUR_CLOUD = "not_our_cloud"
    BUSY = "busy"
    REFUSED = "refused"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A code, and until when it is good: seconds of this boot, because wall clocks may be wrong."""

    code: str
    boot_id: str
    good_until: int

    def seconds_left(self, now: Moment) -> float:
        """0 once it is over; a code from before a restart is over, too."""
        if now.boot_id != self.boot_id:
            return 0.0
        return max(self.good_until - now.boot_seconds, 0.0)


@dataclass(frozen=True, slots=True)
class ClaimNotice:
    """Whose key asks which cloud, under which code, and what is in the way."""

    fingerprint: str
    cloud: str
    ticket: Ticket | None = None
    obstacle: Obstacle | None = None


def encode(notice: ClaimNotice) -> bytes:
    """As it stands in the file."""
    return json.dumps(asdict(notice)).encode()


def decode(data: bytes) -> ClaimNotice:
    """Raises MalformedMessage or ValueError for what no agent wrote."""
    raw = strict_json.loads(data)
    if not isinstance(raw, dict):
        raise ValueError("is no JSON object")
    fields = Fields(raw, "claim")
    return ClaimNotice(
        fingerprint=fields.matching("fingerprint", claim.FINGERPRINT),
        cloud=fields.text("cloud", LONGEST_URL),
        ticket=_ticket(fields.table("ticket")) if fields.has("ticket") else None,
        obstacle=fields.choice("obstacle", Obstacle) if fields.has("obstacle") else None,
    )


def _ticket(fields: Fields) -> Ticket:
    return Ticket(
        code=fields.matching("code", claim.CODE),
        boot_id=fields.text("boot_id", 64),
        good_until=fields.whole("good_until", 0, 2**53),
    )
