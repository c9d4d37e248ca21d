"""Ratios taken in one run, interleaved, because machines are shared and noisy."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

Work = Callable[[], float]
"""Does something once and says how many seconds of it count."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured, against what, and how far it may be off."""

    goal: str
    what: str
    value: float
    unit: str
    limit: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is only a figure."""
        return None if self.limit is None else self.value <= self.limit

    def line(self) -> str:
        """For people."""
        verdict = {None: "", True: "ok", False: "MISSED"}[self.met]
        limit = "" if self.limit is None else f"≤ {self.limit:g}"
        bar = f"{self.value:9.3f} {self.unit:9} {limit:7} {verdict:6}"
        return f"{self.goal:4} {self.what:68} {bar} {self.note}".rstrip()


def timed(work: Callable[[], object]) -> Work:
    """All of this work counts."""

    def run() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return run


def interleaved(*works: Work, rounds: int) -> list[list[float]]:
    """Seconds of each work in each round, taken in turn: A B A B …"""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for seconds, work in zip(taken, works, strict=True):
            seconds.append(work())
    return taken


def ratio(ours: Sequence[float], bare: Sequence[float]) -> float:
    """Median over median."""
    return statistics.median(ours) / statistics.median(bare)


def percentile(seconds: Sequence[float], share: float) -> float:
    """The value below which that share lies."""
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)]


def spread(seconds: Sequence[float]) -> str:
    """Median and 99th percentile in milliseconds."""
    median, worst = statistics.median(seconds) * 1e3, percentile(seconds, 0.99) * 1e3
    return f"{median:.2f} ms (p99 {worst:.2f})"


def against(ours: Sequence[float], bare: Sequence[float]) -> str:
    """Both spreads, for a note."""
    return f"{spread(ours)} against {spread(bare)}"


def write(figures: Sequence[Figure], file: Path) -> None:
    """The same table for programs."""
    rows = [{**asdict(figure), "met": figure.met} for figure in figures]
    file.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
