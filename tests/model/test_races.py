"""Two screens read one pass in the same instant, again and again: its door opens once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

import pytest

from edge.core.order import OrderState
from edge.devices.cabinet import ReportKind
from edge.flows.counter import ScanOutcome, ScanResult
from tests.edge.flows.evening import Evening, a_pass, an_order
from tests.model.machine import MEMORY

RACES_AN_EVENING = 100
PATIENCE_SECONDS = 30.0


@contextmanager
def evening() -> Iterator[Evening]:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        evening = Evening(Path(folder))
        yield evening
        evening.close()


def race(evening: Evening, screens: ThreadPoolExecutor, order_id: str) -> list[ScanResult]:
    """Both screens wait for each other, then scan."""
    together, text = Barrier(2), a_pass(order_id)

    def scan() -> ScanResult:
        together.wait(PATIENCE_SECONDS)
        return evening.counter.scan(text)

    scans = [screens.submit(scan) for _ in range(2)]
    return [scan.result(PATIENCE_SECONDS) for scan in scans]


def hand_over_once_each(races: int) -> None:
    """An order comes, is raced for, collected, and its door is free for the next."""
    for begun in range(0, races, RACES_AN_EVENING):
        with evening() as tonight, ThreadPoolExecutor(2) as screens:
            for number in range(begun, min(begun + RACES_AN_EVENING, races)):
                order_id = f"RACE-{number}"
                tonight.order_here(an_order(order_id))
                already = len(tonight.doors.unlocked)
                results = race(tonight, screens, order_id)
                assert [result.outcome for result in results] == [ScanOutcome.RELEASED] * 2
                assert len(tonight.doors.unlocked) == already + 1
                tonight.report(ReportKind.OPENED)
                tonight.report(ReportKind.CLOSED)
                assert tonight.state(order_id) is OrderState.COLLECTED
            told = tonight.told()
            assert told.count("order.released") == told.count("order.collected")
            assert told.count("order.released") == min(RACES_AN_EVENING, races - begun)
            assert "order.reopened" not in told


def test_three_hundred_races_end_in_one_hand_over_each() -> None:
    hand_over_once_each(300)


@pytest.mark.slow
def test_ten_thousand_races_end_in_one_hand_over_each() -> None:
    hand_over_once_each(10_000)
