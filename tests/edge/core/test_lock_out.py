"""What wrong tries cost, at any time and across reboots."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge.core.lock_out import FORGET_SECONDS, Attempts, Policy
from edge.core.moment import Moment
from edge.flows.codes import POLICY
from tests.edge.core.samples import EVENING, moment

PIN = Policy(tries=5, window_seconds=None, first_lock_seconds=300, longest_lock_seconds=300)


def at(seconds: float, *, boot: str = "boot-1", wall_hours: float = 0) -> Moment:
    """So long after boot; the wall clock may say anything."""
    wall = EVENING + timedelta(hours=wall_hours)
    return Moment(wall, moment().quality, EVENING, boot, int(seconds * 1e9))


def wrong(attempts: Attempts, *when: float, policy: Policy = POLICY) -> Attempts:
    for seconds in when:
        attempts = attempts.one_more_wrong(policy, at(seconds))
    return attempts


def test_the_fifth_wrong_try_in_five_minutes_locks_for_a_minute() -> None:
    four = wrong(Attempts(), 0, 60, 120, 180)
    assert four.wait_seconds(at(181)) == 0

    five = wrong(four, 299)

    assert five.wait_seconds(at(299)) == 60
    assert five.wait_seconds(at(358.5)) == 1
    assert five.wait_seconds(at(359)) == 0


def test_a_try_that_is_five_minutes_old_counts_no_more() -> None:
    assert wrong(Attempts(), 0, 60, 120, 180, 300).wait_seconds(at(300)) == 0


def test_each_lock_is_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    known, now, locks = Attempts(), 0.0, []
    for _ in range(6):
        known = wrong(known, *[now] * 5)
        locks.append(known.wait_seconds(at(now)))
        now += locks[-1]

    assert locks == [60, 120, 240, 480, 900, 900]


def test_an_hour_after_a_lock_the_next_is_short_again() -> None:
    known = wrong(Attempts(), *[0.0] * 5)
    again = wrong(known, *[60.0 + FORGET_SECONDS] * 5)

    assert again.lock_seconds == 60
    assert wrong(known, *[59.0 + FORGET_SECONDS] * 5).lock_seconds == 120


def test_a_reboot_makes_a_lock_run_again_whole() -> None:
    locked = wrong(Attempts(), *[1000.0] * 5)

    assert locked.wait_seconds(at(1059)) == 1
    assert locked.wait_seconds(at(20, boot="boot-2")) == 40
    assert locked.wait_seconds(at(60, boot="boot-2")) == 0


def test_a_reboot_forgets_no_wrong_try() -> None:
    four = wrong(Attempts(), *[5000.0] * 4)

    fifth = four.one_more_wrong(POLICY, at(30, boot="boot-2"))

    assert fifth.wait_seconds(at(30, boot="boot-2")) == 60


def test_a_clock_that_jumps_changes_nothing() -> None:
    locked = wrong(Attempts(), *[1000.0] * 5)

    assert locked.wait_seconds(at(1001, wall_hours=24 * 365 * 10)) == 59


def test_wrong_pins_count_however_long_ago() -> None:
    known = wrong(Attempts(), 0, 4000, 8000, 12000, 16000, policy=PIN)

    assert known.wait_seconds(at(16000)) == 300


@given(st.lists(st.floats(0, 400), max_size=400))
def test_nobody_gets_more_than_fifty_four_tries_an_hour(pauses: list[float]) -> None:
    known, now, tried = Attempts(), 0.0, []
    for pause in pauses:
        now += pause
        now += known.wait_seconds(at(now))
        known = known.one_more_wrong(POLICY, at(now))
        tried.append(now)

    busiest = max(
        (sum(1 for t in tried if start <= t < start + 3600) for start in tried), default=0
    )
    assert busiest <= 54
