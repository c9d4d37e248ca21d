"""The power of a real file system is cut while customers are served: what they saw is on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests.crash.ext4 import Card, mounted, why_no_mount
from tests.crash.processes import Starter
from tests.crash.verdict import what_is_wrong
from tests.crash.workload import ORDERS, SHIPPED
from tests.stack import wait_until

pytestmark = pytest.mark.needs_loop_mount
SEED = 20_261_124
LINES = 2 * len(ORDERS)


class Cut(NamedTuple):
    """One power cut: whether it came amidst the work, how much was said, what is wrong since."""

    in_the_midst: bool
    said: frozenset[str]
    wrong: str | None


CutPower = Callable[[str, int], Cut]


@pytest.fixture(scope="module")
def prepared(starter: Starter, memory: Path) -> Path:
    """A point with its goods in place, in memory."""
    folder = memory / "prepared"
    assert starter.start("evening", str(folder), "prepare").wait() == 0
    return folder


@pytest.fixture(scope="module")
def card(memory: Path) -> Iterator[Card]:
    missing = why_no_mount()
    if missing is not None:
        pytest.skip(f"no power can be cut here: {missing}")
    with mounted(memory / "ext4") as card:
        yield card


@pytest.fixture
def cut_power(card: Card, prepared: Path, starter: Starter) -> CutPower:
    """Cut the power of a point that syncs in some way once it has said so many lines."""

    def cut(synchronous: str, lines: int) -> Cut:
        point = card.keep(prepared)
        writer = starter.start("evening", str(point), synchronous)
        wait_until(lambda: writer.said.count("\n") >= lines, "what customers see", every=0.001)
        writer.stand_still()
        in_the_midst, said = writer.code is None, frozenset(writer.said.splitlines())
        card.cut_power(writer.kill)
        return Cut(in_the_midst, said, what_is_wrong(point / "edge" / "edge.db", said))

    return cut


@pytest.mark.parametrize("cuts", [4, pytest.param(60, marks=pytest.mark.slow)])
def test_whatever_a_customer_saw_before_the_cut_is_there_after_it(
    cut_power: CutPower, cuts: int
) -> None:
    random = Random(SEED)
    done = [cut_power(SHIPPED, random.randint(1, LINES * 3 // 4)) for _ in range(cuts)]
    assert all(cut.said for cut in done)
    assert any(cut.in_the_midst for cut in done)
    assert [cut.wrong for cut in done if cut.wrong is not None] == []


@pytest.mark.parametrize(
    ("synchronous", "cuts"), [("OFF", 1), pytest.param("NORMAL", 10, marks=pytest.mark.slow)]
)
def test_a_store_that_syncs_less_loses_what_a_customer_saw(
    cut_power: CutPower, synchronous: str, cuts: int
) -> None:
    random = Random(SEED)
    done = [cut_power(synchronous, random.randint(1, LINES // 2)) for _ in range(cuts)]
    assert any(cut.wrong is not None for cut in done)
