"""Copies of the file are made while nothing happens, and only a few are kept."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from edge.core.forgetting import CLAIM_WINDOW
from edge.core.moment import ClockQuality
from edge.flows.health import Status, read, subsystems
from edge.flows.keep_backups import KEPT, BackupKeeper
from edge.store.backups import backups
from edge.store.shredding import ROOM_LEFT_BYTES
from tests.edge.flows.evening import SIX_O_CLOCK, Evening, a_pass, an_order

DAY = 24 * 3600


@pytest.fixture
def keeper(evening: Evening) -> BackupKeeper:
    return BackupKeeper(evening.point, free=lambda _: 10 * ROOM_LEFT_BYTES)


def made(evening: Evening) -> list[str]:
    return [f"{copy.made_at:%d %H:%M}" for copy in backups(evening.writer.path)]


def status(evening: Evening) -> Status:
    return subsystems(evening.point, read(evening.point))["backups"].status


def test_a_copy_is_made_when_nothing_happened_between_two_looks(
    evening: Evening, keeper: BackupKeeper
) -> None:
    keeper.look()
    evening.order_here(an_order("A-1"))
    keeper.look()
    assert made(evening) == []

    keeper.look()

    assert made(evening) == ["09 10:00"]


def test_nothing_is_copied_while_a_door_is_on_its_way(
    evening: Evening, keeper: BackupKeeper
) -> None:
    evening.order_here(an_order("A-1"))
    evening.counter.scan(a_pass("A-1"))
    keeper.look()
    keeper.look()

    assert made(evening) == []


def test_a_copy_is_whole_and_nobody_else_may_read_it(
    evening: Evening, keeper: BackupKeeper
) -> None:
    evening.order_here(an_order("A-1"))
    keeper.look()
    keeper.look()

    (copy,) = backups(evening.writer.path)
    assert copy.path.stat().st_mode & 0o077 == 0
    connection = sqlite3.connect(copy.path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT order_id FROM orders").fetchall() == [("A-1",)]
    connection.close()


def test_one_copy_a_day_and_only_a_few_are_kept(evening: Evening, keeper: BackupKeeper) -> None:
    evening.clock.quality = ClockQuality.FLOOR
    for _ in range(10):
        keeper.look()
        keeper.look()
        evening.clock.pass_by(DAY / 2)

    assert made(evening) == ["11 10:00", "12 10:00", "13 10:00"]
    assert KEPT == 3


def test_no_copy_outlives_the_claim_window(evening: Evening, keeper: BackupKeeper) -> None:
    keeper.look()
    keeper.look()
    evening.clock.pass_by(CLAIM_WINDOW.total_seconds())
    evening.order_here(an_order("A-1"))

    keeper.look()

    assert made(evening) == []


def test_a_clock_that_nobody_vouches_for_throws_nothing_away(
    evening: Evening, keeper: BackupKeeper
) -> None:
    keeper.look()
    keeper.look()
    evening.clock.quality = ClockQuality.FLOOR
    evening.clock.pass_by(3650 * DAY)
    evening.order_here(an_order("A-1"))

    keeper.look()

    assert made(evening) == ["09 10:00"]


def test_without_room_there_is_no_copy_and_the_health_says_so(evening: Evening) -> None:
    keeper = BackupKeeper(evening.point, free=lambda _: ROOM_LEFT_BYTES)
    keeper.look()
    keeper.look()

    assert made(evening) == []
    assert status(evening) is Status.DEGRADED
    evening.order_here(an_order("A-1"))


def test_a_copy_that_fails_stops_nothing_and_is_said(
    evening: Evening, keeper: BackupKeeper
) -> None:
    evening.writer.path.with_name("backups").write_text("a file where the folder should be")
    keeper.look()
    keeper.look()

    assert status(evening) is Status.DEGRADED
    evening.order_here(an_order("A-1"))


def test_a_copy_two_days_old_wants_a_look(evening: Evening, keeper: BackupKeeper) -> None:
    keeper.look()
    keeper.look()
    assert status(evening) is Status.OK

    evening.clock.pass_by(2 * DAY + 1)

    assert status(evening) is Status.DEGRADED


def test_what_a_power_cut_left_of_a_copy_is_cleared_away(
    evening: Evening, keeper: BackupKeeper
) -> None:
    keeper.look()
    keeper.look()
    half = evening.writer.path.with_name("backups") / "edge-20270309T030000Z.db.unfinished"
    half.write_bytes(b"half a file with names in it")
    log = half.with_name(f"{half.name}-wal")
    log.write_bytes(b"and some in its log")

    keeper.look()

    assert not half.exists()
    assert not log.exists()
    assert [copy.made_at for copy in backups(evening.writer.path)] == [SIX_O_CLOCK + timedelta(0)]
