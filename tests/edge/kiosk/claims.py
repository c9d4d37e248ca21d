"""Every state of a device that is no point yet, and its screen in front of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from edge.core.claim_notice import ClaimNotice, Obstacle, Ticket, encode
from edge.kiosk import claim_screen
from tests.edge.kiosk.fakes import StillClock

MARK = "7QXM-K2PA-WD5F-3RNE"
CLOUD = "https://cloud.fresh-market.example:8443"
CODE = "H7KM-4WQX"
GOOD = Ticket(CODE, boot_id="boot", good_until=1000 + 14 * 60)
CLAIMS: Mapping[str, ClaimNotice | None] = {
    "nothing-said": None,
    "asking": ClaimNotice(MARK, CLOUD),
    "waiting": ClaimNotice(MARK, CLOUD, GOOD),
    "waiting-offline": ClaimNotice(MARK, CLOUD, GOOD, Obstacle.UNREACHED),
    "expired": ClaimNotice(MARK, CLOUD, Ticket(CODE, boot_id="boot", good_until=999)),
    **{obstacle.value: ClaimNotice(MARK, CLOUD, None, obstacle) for obstacle in Obstacle},
}
"""By the name of its picture."""
ONE_OF_EACH = {name: CLAIMS[name] for name in ("waiting-offline", "unusable")}
"""With a code and without, where time is short."""


class ClaimStage:
    """The screen, and the file that the agent would write."""

    def __init__(self, folder: Path, port: int = 8080) -> None:
        self.port = port
        self._file = folder / "claim.json"
        self.clock = StillClock()
        self.app: Flask = claim_screen.create(self._file, self.clock, port)

    def say(self, notice: ClaimNotice | None) -> None:
        """What the agent says from now on."""
        if notice is None:
            self._file.unlink(missing_ok=True)
        else:
            self.write(encode(notice))

    def write(self, data: bytes) -> None:
        """Any bytes in its place."""
        self._file.write_bytes(data)
