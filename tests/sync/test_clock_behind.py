"""The agent begins with what the kiosk has proven about the time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from edge.clock import RELEASED_AT
from edge.store import floor
from edge.store.database import Writer
from sync.__main__ import clock_behind

LATER = datetime(2037, 3, 9, 10, 0, tzinfo=UTC)


def test_case_38_the_floor_that_the_kiosk_kept_is_the_agent_s_floor_too(tmp_path: Path) -> None:
    kiosk = Writer.open(tmp_path / "edge.db", kind="edge")
    kiosk.call(lambda txn: floor.raise_floor(txn, LATER))

    assert clock_behind(kiosk.path).now().floor == LATER
    kiosk.close()


def test_without_a_file_or_with_a_ruined_one_the_agent_begins_all_the_same(tmp_path: Path) -> None:
    assert clock_behind(tmp_path / "nothing.db").now().floor == RELEASED_AT
    (tmp_path / "ruined.db").write_bytes(b"no database at all" * 100)
    assert clock_behind(tmp_path / "ruined.db").now().floor == RELEASED_AT
