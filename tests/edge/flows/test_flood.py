"""Everything else is busy: the door is not."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from edge import logs
from edge.core.order import Size, Zone
from edge.core.places import Place, PlaceKind
from edge.devices.cabinet import ReportKind
from edge.errors import StoreBusy
from edge.metrics import exposition
from tests.edge.flows.evening import Evening, a_pass, an_order

HALF_A_SECOND = 0.5
MORE_THAN_A_PIPE_HOLDS = 5_000
DOORS = [Place(str(n), PlaceKind.DOOR, Size.S, Zone.AMBIENT, n, 1) for n in range(1, 51)]


@pytest.fixture(autouse=True)
def root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@contextmanager
def a_log_that_nobody_reads() -> Iterator[int]:
    """Its other end, from which nothing is read before the caller does."""
    there, ours = os.pipe()
    with os.fdopen(ours, "w", encoding="utf-8") as stream:
        logs.begin("pickup-kiosk", stream)
        try:
            yield there
        finally:
            with suppress(OSError):
                os.close(there)
            logs.flush()


def say_a_lot() -> None:
    for number in range(MORE_THAN_A_PIPE_HOLDS):
        logging.getLogger("edge").warning("order_left_out", extra={"why": f"{number:0200d}"})


def test_case_49_a_flood_of_log_and_figures_keeps_no_hand_over_waiting_for_half_a_second(
    tmp_path: Path,
) -> None:
    evening = Evening(tmp_path, DOORS)
    for door in DOORS:
        evening.order(an_order(f"A-{door.place_id}"))
    evening.desk.goods_are_here()
    figures = exposition(evening.point, "0.1.0")
    evening.writer.patience = HALF_A_SECOND
    over = threading.Event()

    def ask_for_figures() -> None:
        while not over.wait(0.001):
            figures()

    with a_log_that_nobody_reads() as there:
        floods = [
            threading.Thread(target=work, daemon=True) for work in (say_a_lot, ask_for_figures)
        ]
        for flood in floods:
            flood.start()
        late = 0
        for door in DOORS:
            try:
                evening.counter.scan(a_pass(f"A-{door.place_id}"))
                evening.report(ReportKind.OPENED)
            except StoreBusy:
                late += 1
        over.set()
        for flood in floods:
            flood.join(30)
        assert [flood.is_alive() for flood in floods] == [False, False]
        # Of a hundred commits.
        assert late <= 1
        assert evening.told().count("order.collected") >= len(DOORS) - 1
        logging.getLogger("edge").info("still_here")
        assert lines_left_out(there) > 1000
    evening.close()


def lines_left_out(there: int) -> int:
    """Read the log up to where it says how many of its lines it did not keep."""
    with os.fdopen(there, encoding="utf-8") as log:
        told = (json.loads(line) for line in log)
        return next(int(line["lines"]) for line in told if line["event"] == "log_lines_left_out")
