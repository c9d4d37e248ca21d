from collections import Counter
from heapq import heapify, heappop, heappush
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config.point import CLOUD_KEYS, CloudConfig
from sync.__main__ import reconnects
from sync.backoff import Backoff


class AlwaysTheMost(Random):
    def uniform(self, a: float, b: float) -> float:
        return b


def test_waits_double_up_to_a_ceiling() -> None:
    backoff = Backoff(AlwaysTheMost(), first=1.0, longest=30.0)
    assert [backoff.next_wait() for _ in range(7)] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_line_that_flaps_does_not_calm_us_down_but_two_stable_minutes_do() -> None:
    backoff = Backoff(AlwaysTheMost(), first=1.0, longest=30.0)
    assert [backoff.next_wait(stood=3.0) for _ in range(4)] == [1.0, 2.0, 4.0, 8.0]
    assert backoff.next_wait(stood=119.9) == 16.0
    assert backoff.next_wait(stood=120.0) == 1.0


def test_a_reset_starts_over() -> None:
    backoff = Backoff(AlwaysTheMost(), first=2.0)
    backoff.next_wait()
    backoff.next_wait()
    backoff.reset()
    assert backoff.next_wait() == 2.0


@given(st.integers(), st.integers(0, 200))
def test_every_wait_lies_between_nothing_and_the_ceiling(seed: int, failures: int) -> None:
    backoff = Backoff(Random(seed))
    assert all(0.0 <= backoff.next_wait() <= 30.0 for _ in range(failures))


def test_two_points_do_not_march_in_step() -> None:
    one, other = Backoff(Random(1)), Backoff(Random(2))
    assert [one.next_wait() for _ in range(5)] != [other.next_wait() for _ in range(5)]


def test_who_was_connected_waits_up_to_the_spread_from_the_first_time_on() -> None:
    backoff = Backoff(AlwaysTheMost(), first=1.0, longest=30.0, spread=90.0)
    assert [backoff.next_wait(), backoff.next_wait()] == [1.0, 2.0]
    assert [backoff.next_wait(stood=500.0), backoff.next_wait()] == [90.0, 90.0]


POINTS = 1000
SPREAD = next(int(str(key.default)) for key in CLOUD_KEYS if key.name == "reconnect_seconds")
CLOUD = CloudConfig("http://127.0.0.1:1", "127.0.0.1", 1, Path("t"), Path("p"), 90, SPREAD)
"""As a file says it that names no number of seconds."""


def attempts_after_a_restart(away: float) -> list[float]:
    """When a thousand points that lost their broker at 0 try to come back; it is `away` so long."""
    backoffs = [reconnects(CLOUD, Random(f"point {n}")) for n in range(POINTS)]
    waiting = [(backoff.next_wait(stood=3600.0), n) for n, backoff in enumerate(backoffs)]
    heapify(waiting)
    attempts: list[float] = []
    while waiting:
        at, n = heappop(waiting)
        attempts.append(at)
        if at < away:
            heappush(waiting, (at + backoffs[n].next_wait(), n))
    return attempts


@pytest.mark.parametrize("away", [0.0, 5.0, 60.0, 900.0])
def test_case_32_a_thousand_points_come_back_to_a_restarted_broker_one_after_the_other(
    away: float,
) -> None:
    attempts = attempts_after_a_restart(away)

    a_second = Counter(int(at) for at in attempts)
    assert max(a_second.values()) < 50
    assert max(attempts) - min(attempts) >= 60.0
    assert max(attempts) - away <= SPREAD
