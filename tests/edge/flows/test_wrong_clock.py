"""The machine's clock is wrong: whoever may collect collects, and whoever may not does not."""

from datetime import datetime, timedelta

import pytest

from edge.clock import RELEASED_AT, SYNCED_MAX_ERROR_US, SystemClock
from edge.core.credential import mint
from edge.core.events import GENESIS, event_hash
from edge.core.moment import ClockQuality, Moment, rfc3339
from edge.core.order import OrderState
from edge.core.reasons import Reason
from edge.devices.cabinet import ReportKind
from edge.flows.counter import ScanOutcome
from edge.flows.keep_floor import keep_floor
from edge.flows.watch_clock import ClockWatch
from edge.store import floor, inbox
from tests.edge.flows.evening import (
    CLOUD_KEY,
    KID,
    SIX_O_CLOCK,
    Evening,
    FakeClock,
    a_pass,
    an_order,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class WokenIn1970(FakeClock):
    """The kiosk's own clock, on a machine without a battery and without a line."""

    def __init__(self, proven: datetime | None) -> None:
        super().__init__()
        self._machine = SystemClock(
            proven or RELEASED_AT, wall=lambda: 0.0, max_error_us=lambda: SYNCED_MAX_ERROR_US
        )

    def now(self) -> Moment:
        return self._machine.now()

    def seconds(self) -> float:
        return self._machine.seconds()


def wake_in_1970(evening: Evening) -> None:
    """The power comes back; before it failed, cloud and clock had agreed on the time."""
    document = inbox.Document("server_time", 1, f'"{rfc3339(SIX_O_CLOCK)}"'.encode())
    evening.writer.call(lambda txn: inbox.keep_document(txn, document))
    keep_floor(evening.point)
    evening.clock = WokenIn1970(floor.trusted_floor(evening.point.edge_file))
    evening.restart()


def a_pass_until(order_id: str, end: datetime) -> str:
    return mint(order_id, "yonghe-7", end - 15 * DAY, end, key=CLOUD_KEY, kid=KID)


def test_case_34_after_a_start_in_1970_the_floor_holds_and_a_known_order_opens(
    evening: Evening,
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    wake_in_1970(evening)

    assert evening.counter.scan(a_pass("DUMPLING-12")).outcome is ScanOutcome.RELEASED
    evening.report(ReportKind.OPENED)

    assert evening.state("DUMPLING-12") is OrderState.COLLECTED
    for event in evening.events()[-2:]:
        assert (event.time, event.clock_quality) == (SIX_O_CLOCK, ClockQuality.UNTRUSTED)


def test_case_34_without_any_floor_of_its_own_the_point_knows_when_it_was_made(
    evening: Evening,
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.clock = WokenIn1970(floor.trusted_floor(evening.point.edge_file))
    evening.restart()

    assert evening.counter.scan(a_pass("DUMPLING-12")).outcome is ScanOutcome.RELEASED
    assert evening.events()[-1].time == RELEASED_AT


def test_case_37_a_pass_that_ended_before_the_floor_is_refused_whatever_the_clock_says(
    evening: Evening,
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    wake_in_1970(evening)

    ended = evening.counter.scan(a_pass_until("DUMPLING-12", SIX_O_CLOCK - HOUR))

    assert (ended.outcome, ended.reason) == (ScanOutcome.REFUSED, Reason.EXPIRED)
    assert evening.doors.unlocked == []


@pytest.mark.parametrize("known", [True, False])
def test_case_37_where_only_an_unsynced_clock_calls_a_pass_too_late_the_known_orders_decide(
    evening: Evening, *, known: bool
) -> None:
    evening.order_here(an_order("DUMPLING-12" if known else "OTHERS-1"))
    evening.clock.quality = ClockQuality.FLOOR
    evening.clock.is_set(3 * DAY.total_seconds())

    found = evening.counter.scan(a_pass_until("DUMPLING-12", SIX_O_CLOCK + DAY))

    assert found.reason is (None if known else Reason.UNKNOWN_ORDER)
    assert len(evening.doors.unlocked) == (1 if known else 0)


def collect(evening: Evening, order_id: str) -> None:
    evening.counter.scan(a_pass(order_id))
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)


def test_case_36_a_clock_set_back_in_the_evening_disturbs_no_sequence_and_no_identity(
    evening: Evening,
) -> None:
    for order_id in ("A-1", "B-2"):
        evening.order_here(an_order(order_id))
    evening.clock.pass_by(2 * 3600)
    collect(evening, "A-1")
    evening.clock.is_set(-3600)
    collect(evening, "B-2")

    events = evening.events()
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert len({event.event_id for event in events}) == len(events)
    assert events[-1].time < events[-3].time
    stored = evening.point.edge_file.rows("SELECT body FROM event ORDER BY position")
    hashes = [GENESIS, *(event_hash(body) for (body,) in stored)]
    assert [event.prevhash for event in events] == hashes[:-1]


def test_case_36_a_clock_set_back_gives_nobody_a_second_grace(evening: Evening) -> None:
    evening.order_here(an_order("A-1"))
    evening.clock.pass_by(2 * 3600)
    collect(evening, "A-1")
    evening.clock.pass_by(3600 + 30)
    evening.clock.is_set(-3600)

    again = evening.counter.scan(a_pass("A-1"))

    assert again.reason is Reason.ALREADY_COLLECTED
    assert len(evening.doors.unlocked) == 1


@pytest.mark.parametrize("set_by", [-3600.0, 3600.0])
def test_case_36_a_clock_that_is_set_moves_no_card_and_no_lock_out(
    evening: Evening, set_by: float
) -> None:
    evening.order_here(an_order("A-1"))
    evening.clock.pass_by(2 * 3600)
    collect(evening, "A-1")
    evening.point.memory.code_key = bytes(32)
    for _ in range(5):
        evening.counter.enter_code("1234-5678")
    before = evening.counter.screen().expires_in, evening.counter.keypad_locked_seconds()

    evening.clock.is_set(set_by)

    after = evening.counter.screen().expires_in, evening.counter.keypad_locked_seconds()
    assert before == after
    assert after[1] == 60


@pytest.mark.parametrize("set_by", [-3600.0, 3600.0])
def test_case_36_the_cloud_is_told_once_by_how_much_the_clock_was_set(
    evening: Evening, set_by: float
) -> None:
    evening.clock.pass_by(2 * 3600)
    watch = ClockWatch(evening.point)
    for seconds in (0, set_by, 0):
        evening.clock.pass_by(0.25)
        evening.clock.is_set(seconds)
        watch.look()

    stepped = [event for event in evening.events() if event.type == "pickup.clock.stepped"]
    assert [event.data for event in stepped] == [{"by_ms": set_by * 1000}]


def test_a_clock_that_is_disciplined_bit_by_bit_is_no_step(evening: Evening) -> None:
    watch = ClockWatch(evening.point)
    for _ in range(20):
        evening.clock.pass_by(1)
        evening.clock.is_set(1)
        watch.look()

    assert "clock.stepped" not in evening.told()


def test_a_clock_that_reads_its_floor_is_not_taken_for_one_that_is_set(evening: Evening) -> None:
    watch = ClockWatch(evening.point)
    evening.clock.quality = ClockQuality.UNTRUSTED
    evening.clock.is_set(0)
    evening.clock.pass_by(600)
    evening.clock.is_set(-600)
    watch.look()
    assert "clock.stepped" not in evening.told()

    evening.clock.quality = ClockQuality.SYNCED
    evening.clock.is_set(3600)
    watch.look()

    assert evening.events()[-1].data == {"by_ms": (3600 - 600) * 1000}
