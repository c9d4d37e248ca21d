"""Nothing that lies beside the file names anybody for longer than the file."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from edge.core.forgetting import CLAIM_WINDOW
from edge.store.backups import back_up
from tests.edge.flows.evening import SIX_O_CLOCK, Evening
from tests.edge.flows.forgetting import (
    CLAIMS_OVER,
    look,
    named,
    names_on_disk,
    set_aside,
    time_is,
)


def test_a_daily_copy_names_nobody_though_the_file_does(evening: Evening) -> None:
    evening.order_here(named("G1"))
    evening.order(named("G2", note="按二樓陳家門鈴" * 70))
    copy = back_up(evening.writer.path, SIX_O_CLOCK).path

    assert names_on_disk(copy.parent) == {}
    assert set(names_on_disk(evening.folder)) == {"edge/edge.db-wal"}
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]
    connection = sqlite3.connect(copy)
    assert connection.execute("PRAGMA freelist_count").fetchone() == (0,), "written anew"
    connection.close()


ASIDE = ["quarantine/20270309T100000Z", "edge.db.v4", "edge.db.damaged-wal"]


@pytest.mark.parametrize("name", ASIDE)
def test_what_a_damage_or_an_upgrade_set_aside_goes_with_the_first_name_in_it(
    name: str, evening: Evening
) -> None:
    evening.order(named("G1"))
    copy = set_aside(evening, name, CLAIMS_OVER - timedelta(hours=1))
    time_is(evening, CLAIMS_OVER - timedelta(seconds=1))
    look(evening)
    assert copy.exists()

    time_is(evening, CLAIMS_OVER)
    look(evening)
    assert not copy.exists()
    assert evening.writer.path.exists()


@pytest.mark.parametrize("name", ASIDE)
def test_what_a_damage_or_an_upgrade_set_aside_goes_after_72_hours_at_the_latest(
    name: str, evening: Evening
) -> None:
    copy = set_aside(evening, name, SIX_O_CLOCK)
    time_is(evening, SIX_O_CLOCK + CLAIM_WINDOW - timedelta(seconds=1))
    look(evening)
    assert copy.exists()

    time_is(evening, SIX_O_CLOCK + CLAIM_WINDOW)
    look(evening)
    assert not copy.exists()
    assert evening.writer.path.exists()


def test_what_was_set_aside_by_a_clock_ahead_of_time_counts_as_set_aside_now(
    evening: Evening,
) -> None:
    copy = set_aside(evening, "edge.db.v4", SIX_O_CLOCK + timedelta(days=3650))
    time_is(evening, SIX_O_CLOCK)
    look(evening)
    assert copy.exists()

    time_is(evening, SIX_O_CLOCK + CLAIM_WINDOW)
    look(evening)
    assert not copy.exists()
