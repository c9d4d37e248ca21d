"""A card that is full: the kiosk gives up what it kept back for that, and hands over."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from edge.core.events import EventType
from tests.crash.ext4 import mounted
from tests.crash.prepared_point import KioskUnderTest, a_pass, prepare
from tests.crash.processes import Starter

CARD_MIB, BALLAST_MIB = 192, 24

pytestmark = pytest.mark.needs_loop_mount


def fill(folder: Path) -> None:
    """Until not one block more fits; no byte is written, for the card itself lies in memory."""
    with (folder / "somebody-elses").open("wb", buffering=0) as file:
        taken = 0
        for piece in (1 << 20, 4096):
            with suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), taken, piece)
                    taken += piece


def test_case_6_a_full_card_is_given_the_ballast_at_the_next_start_and_doors_open(
    starter: Starter, memory: Path
) -> None:
    prepared = prepare(memory / "full-disk").root
    settings = prepared / "point.toml"
    wanted = settings.read_text("utf-8").replace("ballast_mib = 0", f"ballast_mib = {BALLAST_MIB}")
    settings.write_text(wanted, "utf-8")
    with mounted(memory / "card", CARD_MIB) as card:
        kiosk = KioskUnderTest(starter, prepared, card.root / "kiosk")
        ballast = kiosk.layout.edge_db.with_name("ballast")
        kiosk.start().kill()
        assert ballast.stat().st_size == BALLAST_MIB << 20
        fill(card.root)

        second = kiosk.start()
        assert not ballast.exists()
        assert kiosk.scan(a_pass()) == "released"
        second.kill()

        starts = [event for event in kiosk.events() if event.type == EventType.POINT_STARTED]
        assert [event.data["ballast"] for event in starts[-2:]] == ["kept", "given_up"]
