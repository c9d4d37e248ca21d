"""The judge of the random kills finds what they look for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.crash.customers import Customers, what_is_wrong
from tests.edge.flows.evening import Evening, a_pass, an_order


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    """One customer was served at door 1."""
    evening = Evening(tmp_path)
    evening.order_here(an_order("A1"))
    evening.counter.scan(a_pass("A1"))
    assert [place for place, _ in evening.doors.unlocked] == ["1"]
    yield evening
    evening.close()


@pytest.fixture
def customers() -> Customers:
    """One who was told so."""
    customers = Customers(lambda _: "released", ["A1"], Random(1))
    with customers.coming():
        customers.await_last()
    return customers


ONCE_AT_DOOR_1 = Counter({"1": 1})


def test_an_honest_evening_passes(evening: Evening, customers: Customers) -> None:
    assert what_is_wrong(evening.events(), ONCE_AT_DOOR_1, customers) == []


def test_a_lost_hand_over_is_found(evening: Evening, customers: Customers) -> None:
    kept = [event for event in evening.events() if event.subject != "A1"]
    assert what_is_wrong(kept, Counter(), customers) == [
        "never served: {'A1': 1}",
        "told of, not on file: {'A1': 1}",
    ]


def test_a_second_hand_over_of_a_bag_is_found(evening: Evening, customers: Customers) -> None:
    doubled = what_is_wrong(evening.events() * 2, ONCE_AT_DOOR_1, customers)
    assert "handed over twice: {\"('A1', 'A1-1')\": 1}" in doubled


def test_a_door_that_moves_by_itself_is_found(evening: Evening, customers: Customers) -> None:
    moved = what_is_wrong(evening.events(), ONCE_AT_DOOR_1 + Counter({"2": 1}), customers)
    assert moved == ["moved before its commit: {'2': 1}"]
