"""An instant together with how far it can be trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


class ClockQuality(StrEnum):
    """How good the wall clock was: disciplined, behind a proven floor, or plainly wrong."""

    SYNCED = "synced"
    FLOOR = "floor"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, as the caller knows it: `wall` and `floor` are aware UTC, `boot_ns` counts from boot.

    `floor` is an instant that has surely passed; `wall` is never before it.
    """

    wall: datetime
    quality: ClockQuality
    floor: datetime
    boot_id: str
    boot_ns: int

    def __post_init__(self) -> None:
        if self.wall.tzinfo is None or self.floor.tzinfo is None:
            raise ValueError("a moment needs aware datetimes")
        if self.wall < self.floor:
            raise ValueError("a moment cannot lie before its own floor")

    @property
    def boot_seconds(self) -> float:
        """Seconds since boot: the only time base for timers and ages."""
        return self.boot_ns / 1e9

    @property
    def unix_ms(self) -> int:
        """Wall time in milliseconds since 1970, for rows and records."""
        return (self.wall - _EPOCH) // _MILLISECOND

    def surely_after(self, instant: datetime) -> bool:
        """True only where no wrong clock could make it false."""
        return self.floor >= instant or (
            self.quality is ClockQuality.SYNCED and self.wall >= instant
        )


def instant_from_ms(milliseconds: int) -> datetime:
    """The aware UTC instant of a row's milliseconds."""
    return _EPOCH + milliseconds * _MILLISECOND


def rfc3339(instant: datetime) -> str:
    """UTC with milliseconds and a Z, as every event and API answer writes it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant_from_rfc3339(text: object) -> datetime:
    """The aware UTC instant of an RFC 3339 text with its offset; ValueError says the rule."""
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        raise ValueError("must be a date and time with offset, such as 2026-07-14T18:30:00Z")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be a date and time that exists") from None
