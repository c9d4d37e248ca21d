"""Any of the four programs is killed at any moment while customers come and go."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from tests.crash.customers import Customers, what_is_wrong
from tests.crash.live_point import PARTS, LivePoint
from tests.crash.processes import Starter

SEED = 20_261_124
EVENINGS, KILLS_OF_AN_EVENING = 10, 50
LONGEST_PAUSE = 1.0
"""Seconds from one kill to the next: long enough for any part to be well again, or not quite."""

NewPoint = Callable[[int], LivePoint]


@pytest.fixture
def new_point(memory: Path, starter: Starter, request: pytest.FixtureRequest) -> Iterator[NewPoint]:
    points: list[LivePoint] = []

    def new(orders: int) -> LivePoint:
        points.append(LivePoint(memory / request.node.name, starter))
        points[0].open(orders)
        return points[0]

    yield new
    for point in points:
        point.close()


def test_all_programs_killed_amidst_an_evening_lose_nothing(new_point: NewPoint) -> None:
    kills = kill_while_customers_come(new_point(6), Random(SEED), times=len(PARTS))
    assert kills == dict.fromkeys(PARTS, 1)


@pytest.mark.slow
@pytest.mark.parametrize("evening", range(EVENINGS))
def test_five_hundred_kills_at_any_moment_lose_nothing(new_point: NewPoint, evening: int) -> None:
    random = Random(SEED + evening)
    kills = kill_while_customers_come(new_point(40), random, times=KILLS_OF_AN_EVENING)
    assert sum(kills.values()) == KILLS_OF_AN_EVENING


def kill_while_customers_come(point: LivePoint, random: Random, *, times: int) -> Counter[str]:
    """Kill every part as often as the others; which how often."""
    customers = Customers(point.scan, point.passes, random)
    kills: Counter[str] = Counter()
    with customers.coming():
        for part in islice(in_any_order(random), times):
            time.sleep(random.uniform(0, LONGEST_PAUSE))
            point.kill(part)
            point.start(part)
            kills[part] += 1
        customers.await_last()
    # What doors still have to say would come between two looks.
    point.kill("kiosk")
    point.await_settled()
    assert what_is_wrong(point.events(), point.pulses(), customers) == []
    point.must_be_in_the_ledger_once()
    return kills


def in_any_order(random: Random) -> Iterator[str]:
    """Each part once, again and again, every time in another order."""
    while True:
        yield from random.sample(PARTS, len(PARTS))
