from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from tests.bench.measure import Figure, interleaved, percentile, ratio, spread, timed, write


def test_a_ratio_is_median_over_median_so_that_one_hiccup_counts_for_nothing() -> None:
    assert ratio([0.003, 0.003, 0.9], [0.002, 0.002, 0.001]) == pytest.approx(1.5)


def test_the_99th_percentile_of_a_hundred_is_the_largest() -> None:
    assert percentile([float(n) for n in range(100)], 0.99) == 99.0


def test_the_99th_percentile_of_two_hundred_leaves_one_out() -> None:
    assert percentile([float(n) for n in range(200, 0, -1)], 0.99) == 199.0


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert percentile([0.25], 0.99) == 0.25


def test_a_spread_is_told_in_milliseconds() -> None:
    assert spread([0.001, 0.002, 0.0305]) == "2.00 ms (p99 30.50)"


def test_works_take_turns() -> None:
    turn = count()
    ours, bare = interleaved(lambda: float(next(turn)), lambda: float(next(turn)), rounds=3)
    assert (ours, bare) == ([0, 2, 4], [1, 3, 5])


def test_timed_work_is_done_each_time() -> None:
    done: list[int] = []
    work = timed(lambda: done.append(1))
    assert work() >= 0
    assert work() >= 0
    assert done == [1, 1]


def test_a_goal_is_met_at_its_limit_and_missed_above_it() -> None:
    assert Figure("S1", "scan", 1.5, "×", limit=1.5).met is True
    assert Figure("S1", "scan", 1.51, "×", limit=1.5).met is False
    assert Figure("S8", "page", 90, "kB").met is None


def test_a_missed_goal_says_so_in_its_line() -> None:
    assert "MISSED" in Figure("S1", "scan", 1.51, "×", limit=1.5).line()
    assert "MISSED" not in Figure("S8", "page", 90, "kB").line()


def test_the_table_for_programs_holds_every_figure(tmp_path: Path) -> None:
    write([Figure("S6", "syncs", 1, "syncs", limit=1, note="二次")], tmp_path / "bench.json")
    assert json.loads((tmp_path / "bench.json").read_text("utf-8")) == [
        {
            "goal": "S6",
            "what": "syncs",
            "value": 1,
            "unit": "syncs",
            "limit": 1,
            "note": "二次",
            "met": True,
        }
    ]
