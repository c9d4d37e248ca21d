"""What has become of the room that is kept back on the disk."""

from __future__ import annotations

from enum import StrEnum


class Ballast(StrEnum):
    """Kept; given up because the disk was full; none: not wanted, or never room for it."""

    KEPT = "kept"
    GIVEN_UP = "given_up"
    NONE = "none"
