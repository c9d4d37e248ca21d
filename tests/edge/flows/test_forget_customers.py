"""Names leave the point when the claim window is over: every byte of every file is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from edge.core.moment import ClockQuality
from edge.devices.cabinet import ReportKind
from edge.flows.forget_customers import ORDERS_PER_COMMIT, Forgetting
from edge.flows.health import Status, Subsystem, read, subsystems
from edge.flows.keep_floor import keep_floor
from edge.flows.look_up import find_orders
from edge.flows.recover import unfinished
from edge.store.connection import LOG_BYTES
from edge.store.repair import repair
from edge.store.shredding import ROOM_LEFT_BYTES, SHREDDED_EVERY_SECONDS
from edge.store.views import canonical_body
from tests.edge.flows.evening import SIX_O_CLOCK, Evening, a_pass
from tests.edge.flows.forgetting import (
    CLAIMS_OVER,
    DAY,
    NAMING,
    WINDOW_CLOSED,
    cloud_says_the_time,
    collect,
    look,
    named,
    names_on_disk,
    set_aside,
    time_is,
)


def personal_data(evening: Evening) -> Subsystem:
    return subsystems(evening.point, read(evening.point))["personal_data"]


def test_no_byte_of_any_file_names_the_customer_after_the_claim_window(evening: Evening) -> None:
    collect(evening, named("G1"))
    evening.order_here(named("G2"))
    told = evening.point.edge_file.rows("SELECT body, hash FROM event")
    before = names_on_disk(evening.folder)
    assert set(before["edge/edge.db-wal"]) == set(NAMING)
    time_is(evening, CLAIMS_OVER)

    look(evening)

    assert names_on_disk(evening.folder) == {}
    assert (evening.state("G1").value, evening.state("G2").value) == ("COLLECTED", "READY")
    assert evening.point.edge_file.rows("SELECT body, hash FROM event") == told
    assert evening.writer.path.with_name("edge.db-wal").stat().st_size >= LOG_BYTES


@pytest.mark.parametrize("passed", [None, SIX_O_CLOCK])
def test_case_35_a_clock_that_leaps_ten_years_forgets_nobody(
    passed: datetime | None, evening: Evening
) -> None:
    collect(evening, named("G1"))
    aside = set_aside(evening, "quarantine/20270309T100000Z", SIX_O_CLOCK)
    if passed is not None:
        time_is(evening, passed)
    evening.clock.pass_by(3650 * DAY)

    look(evening)

    kept = {word for words in names_on_disk(evening.folder).values() for word in words}
    assert kept == set(NAMING)
    assert aside.exists()


def test_without_a_time_server_the_cloud_s_word_and_our_own_clock_are_enough(
    evening: Evening,
) -> None:
    collect(evening, named("G1"))
    evening.clock.quality = ClockQuality.FLOOR
    forgetting = Forgetting(evening.point)
    for _ in range(5):
        evening.clock.pass_by(DAY)
        cloud_says_the_time(evening)
        keep_floor(evening.point)
        look(evening, forgetting)

    assert names_on_disk(evening.folder) == {}
    assert personal_data(evening).status is Status.OK


def test_a_time_that_stands_still_is_told_with_its_remedy(evening: Evening) -> None:
    collect(evening, named("G1"))
    time_is(evening, SIX_O_CLOCK)
    evening.clock.quality = ClockQuality.FLOOR
    evening.clock.pass_by(5 * DAY)

    look(evening)

    told = personal_data(evening)
    assert told.status is Status.DEGRADED
    assert told.facts["passed"] == SIX_O_CLOCK.isoformat()
    assert "time server" in str(told.facts["remedy"])


def test_one_moment_earlier_everything_is_still_known(evening: Evening) -> None:
    collect(evening, named("G1"))
    time_is(evening, CLAIMS_OVER - timedelta(seconds=1))

    look(evening)

    assert names_on_disk(evening.folder)
    assert [row.name_masked for row in find_orders(evening.point, "678").rows] == ["王○明"]


def test_who_comes_with_a_pass_after_that_still_gets_the_goods_and_nobody_elses(
    evening: Evening,
) -> None:
    evening.order_here(named("D-0001"))
    evening.order_here(named("D-0002"))
    time_is(evening, CLAIMS_OVER)
    look(evening)
    evening.clock.pass_by(3 * DAY)

    seen = evening.counter.scan(a_pass("D-0002"))
    evening.report(ReportKind.OPENED)

    assert (seen.outcome.value, seen.order_id) == ("released", "D-0002")
    assert (evening.state("D-0001").value, evening.state("D-0002").value) == ("READY", "COLLECTED")
    assert not find_orders(evening.point, "王小明").rows
    (row,) = find_orders(evening.point, "0001").rows
    assert (row.ref.order_id, row.name_masked, row.forgotten) == ("D-0001", "", True)


def test_the_leader_s_list_of_what_nobody_saw_end_says_that_the_name_is_gone(
    evening: Evening,
) -> None:
    evening.order_here(named("G1"))
    evening.counter.scan(a_pass("G1"))
    assert not unfinished(evening.point, named("G1").ref)[0].forgotten
    evening.restart()
    time_is(evening, CLAIMS_OVER)

    look(evening)

    (case,) = evening.desk.board().maybe_opened
    assert (case.name_masked, case.forgotten) == ("", True)


def test_an_order_that_comes_again_comes_without_its_customer(evening: Evening) -> None:
    collect(evening, named("G1"))
    time_is(evening, CLAIMS_OVER)
    look(evening)

    evening.order(named("G1"), change=7)
    evening.order(named("G1", revision=2, note="again"), change=8)
    evening.order(named("G9"), change=9)
    evening.writer.call(lambda txn: repair(txn, canonical_body(named("G9")), 10))

    assert names_on_disk(evening.folder) == {}
    assert evening.state("G9").value == "EXPECTED"


def test_an_extended_window_may_name_its_customer_again(evening: Evening) -> None:
    evening.order_here(named("G1"))
    time_is(evening, CLAIMS_OVER)
    look(evening)
    window = replace(named("G1").window, closes=CLAIMS_OVER + timedelta(days=1))

    evening.order(named("G1", revision=2, window=window), change=7)
    look(evening)

    assert [row.name_masked for row in find_orders(evening.point, "678").rows] == ["王○明"]


def test_somebody_at_the_door_ends_it_and_a_start_goes_on_where_it_was(evening: Evening) -> None:
    for number in range(2 * ORDERS_PER_COMMIT + 1):
        evening.order(named(f"G{number}"))
    time_is(evening, CLAIMS_OVER)
    forgetting = Forgetting(evening.point)
    forgetting.look()
    evening.writer.on_commit = lambda: evening.point.memory.in_flight.add(1)

    forgetting.look()

    assert nobody(evening) == ORDERS_PER_COMMIT
    assert names_on_disk(evening.folder)

    evening.restart()
    evening.point.memory.in_flight.clear()
    look(evening)

    assert nobody(evening) == 2 * ORDERS_PER_COMMIT + 1
    assert names_on_disk(evening.folder) == {}


def nobody(evening: Evening) -> int:
    rows = evening.point.edge_file.rows(
        "SELECT count(*) FROM finder WHERE customer_ref GLOB 'forgotten:*'"
    )
    count: int = rows[0][0]
    return count


def test_while_customers_come_nothing_is_touched(evening: Evening) -> None:
    forgetting = Forgetting(evening.point)
    time_is(evening, CLAIMS_OVER - timedelta(hours=1))
    evening.order(named("G1"))
    time_is(evening, CLAIMS_OVER)
    forgetting.look()
    evening.counter.scan(a_pass("G-unknown"))

    forgetting.look()

    assert names_on_disk(evening.folder)
    assert personal_data(evening).facts["cleaned_at"] is None


def test_who_reads_meanwhile_is_not_disturbed_and_the_log_is_emptied_later(
    evening: Evening,
) -> None:
    collect(evening, named("G1"))
    time_is(evening, CLAIMS_OVER)
    forgetting = Forgetting(evening.point)
    forgetting.look()

    with evening.point.edge_file.snapshot() as seen:
        before = seen.rows("SELECT body FROM orders")
        assert not evening.writer.shred()
        assert seen.rows("SELECT body FROM orders") == before
    assert "edge/edge.db-wal" in names_on_disk(evening.folder)

    forgetting.look()
    assert names_on_disk(evening.folder) == {}


def test_a_damaged_order_names_nobody_either_and_stays_countable(evening: Evening) -> None:
    evening.order(named("G1"))
    evening.writer.call(
        lambda txn: txn.execute("UPDATE orders SET body = substr(body, 1, length(body) - 1)")
    )
    time_is(evening, CLAIMS_OVER + timedelta(days=1))

    look(evening)

    assert names_on_disk(evening.folder) == {}
    assert evening.point.edge_file.rows("SELECT order_id FROM orders") == [("G1",)]
    copy = canonical_body(named("G1"))
    assert evening.writer.call(lambda txn: repair(txn, copy, 1))
    assert names_on_disk(evening.folder) == {}


def test_the_file_is_written_anew_a_few_times_a_day_at_most(evening: Evening) -> None:
    forgetting = Forgetting(evening.point)
    evening.order(named("G1"))
    late = replace(named("G2").window, closes=WINDOW_CLOSED + timedelta(hours=1))
    evening.order(named("G2", window=late))
    time_is(evening, CLAIMS_OVER)
    look(evening, forgetting)
    assert personal_data(evening).facts["cleaned_at"] == SIX_O_CLOCK.isoformat()

    evening.clock.pass_by(3600)
    time_is(evening, CLAIMS_OVER + timedelta(hours=1))
    look(evening, forgetting)
    assert nobody(evening) == 2
    assert personal_data(evening).facts["cleaned_at"] == SIX_O_CLOCK.isoformat()
    assert names_on_disk(evening.folder)

    evening.clock.pass_by(SHREDDED_EVERY_SECONDS - 3600)
    look(evening, forgetting)
    assert names_on_disk(evening.folder) == {}


def test_without_room_the_file_is_not_written_anew_and_the_health_says_so(
    evening: Evening,
) -> None:
    evening.order(named("G1"))
    time_is(evening, CLAIMS_OVER)

    look(evening, Forgetting(evening.point, free=lambda _: ROOM_LEFT_BYTES))

    assert nobody(evening) == 1
    assert personal_data(evening).facts["trouble"] == "no_room"
    assert personal_data(evening).status is Status.DEGRADED


def test_the_health_says_when_it_last_ran_and_that_it_fails(evening: Evening) -> None:
    assert personal_data(evening) == Subsystem(
        Status.OK, {"cleaned_at": None, "passed": None, "trouble": None}
    )
    time_is(evening, CLAIMS_OVER)
    look(evening)
    assert personal_data(evening).facts["cleaned_at"] == SIX_O_CLOCK.isoformat()

    evening.clock.pass_by(2 * DAY + 1)
    assert personal_data(evening).status is Status.DEGRADED


def test_a_clean_up_that_fails_stops_nothing_and_is_said(evening: Evening) -> None:
    collect(evening, named("G1"))
    time_is(evening, CLAIMS_OVER)
    evening.writer.call(lambda txn: txn.execute("ALTER TABLE finder RENAME TO lost"))

    look(evening)

    assert personal_data(evening).facts["trouble"] == "failed"
    assert personal_data(evening).status is Status.DEGRADED
