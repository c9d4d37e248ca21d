"""What the point believes about time."""

from datetime import UTC, datetime, timedelta

from edge.clock import RELEASED_AT, SYNCED_MAX_ERROR_US, SystemClock
from edge.core.moment import ClockQuality

EVENING = datetime(2027, 3, 9, 10, 12, tzinfo=UTC)


def clock_at(wall: datetime, *, floor: datetime = RELEASED_AT, error_us: int = 1000) -> SystemClock:
    return SystemClock(floor, wall=wall.timestamp, max_error_us=lambda: error_us)


def test_a_disciplined_clock_is_synced() -> None:
    moment = clock_at(EVENING).now()

    assert (moment.wall, moment.quality) == (EVENING, ClockQuality.SYNCED)


def test_an_undisciplined_clock_past_the_floor_says_floor() -> None:
    moment = clock_at(EVENING, error_us=SYNCED_MAX_ERROR_US).now()

    assert (moment.wall, moment.quality) == (EVENING, ClockQuality.FLOOR)


def test_a_clock_of_1970_is_untrusted_and_reads_the_floor() -> None:
    moment = clock_at(datetime(1970, 1, 1, tzinfo=UTC), floor=EVENING).now()

    assert (moment.wall, moment.quality) == (EVENING, ClockQuality.UNTRUSTED)


def test_no_floor_lies_before_this_software_was_made() -> None:
    moment = clock_at(
        datetime(1970, 1, 1, tzinfo=UTC), floor=datetime(1999, 1, 1, tzinfo=UTC)
    ).now()

    assert moment.wall == RELEASED_AT


def test_the_floor_only_rises() -> None:
    clock = clock_at(EVENING)
    clock.raise_floor(EVENING + timedelta(hours=2))
    clock.raise_floor(EVENING - timedelta(days=400))

    assert clock.now().wall == EVENING + timedelta(hours=2)


def test_the_machines_own_clock_gives_a_moment_that_counts_from_boot() -> None:
    clock = SystemClock()
    first, second = clock.now(), clock.now()

    assert first.boot_id == second.boot_id
    assert first.boot_ns < second.boot_ns


def test_a_pass_is_surely_late_only_where_no_wrong_clock_could_say_so() -> None:
    late = EVENING - timedelta(minutes=1)

    assert clock_at(EVENING).now().surely_after(late)
    assert not clock_at(EVENING, error_us=SYNCED_MAX_ERROR_US).now().surely_after(late)
    assert clock_at(EVENING, floor=EVENING, error_us=SYNCED_MAX_ERROR_US).now().surely_after(late)


def test_the_kernel_is_not_asked_at_every_moment() -> None:
    asked: list[int] = []

    def max_error_us() -> int:
        asked.append(1)
        return 1000

    clock = SystemClock(wall=EVENING.timestamp, max_error_us=max_error_us)

    assert {clock.now().quality for _ in range(100)} == {ClockQuality.SYNCED}
    assert len(asked) < 100
