"""What every test may count on: the tree's tools on PATH, shared data, and no silent skips."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
"""Data that some developers keep beside their clone."""
WITHOUT_POSTGRES = str(ROOT / "tests" / "without_postgres")
MAY_BE_SKIPPED = ("needs_shared", "needs_loop_mount")
"""Marks of what even a machine with everything installed may lack."""
LONGEST_FIRST = ("story", "setup", "browser", "crash", "model")
"""Rooms whose tests wait for processes: begun first, so that no worker is idle at the end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--skips-fail",
        action="store_true",
        help=f"a skipped test fails, but for {MAY_BE_SKIPPED}: for machines that have everything",
    )


def pytest_configure() -> None:
    # Debian keeps Mosquitto out of a plain user's PATH; setup.sh may have unpacked it here.
    os.environ["PATH"] += os.pathsep.join(["", "/usr/sbin", str(ROOT / ".tools" / "bin")])
    # No point has the driver, and loading it is a third of what most programs do here.
    os.environ["PYTHONPATH"] = WITHOUT_POSTGRES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    if SHARED.is_dir():
        return
    for item in items:
        if item.get_closest_marker("needs_shared"):
            item.add_marker(pytest.mark.skip(reason=f"needs_shared: there is no {SHARED.name}/"))


def _turn(item: pytest.Item) -> int:
    room = item.path.relative_to(ROOT / "tests").parts[0]
    return LONGEST_FIRST.index(room) if room in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.fixture
def groceries() -> Path:
    """Five thousand real baskets, one a line; for tests marked needs_shared."""
    return SHARED / "data" / "groceries.csv"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not any(item.get_closest_marker(mark) for mark in MAY_BE_SKIPPED):
        _fail_if_skipped(item.config, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(collector.config, report)
    return report


def _fail_if_skipped(
    config: pytest.Config, report: pytest.TestReport | pytest.CollectReport
) -> None:
    if not report.skipped or hasattr(report, "wasxfail") or not config.getoption("--skips-fail"):
        return
    report.outcome = "failed"
    report.longrepr = f"Skipped on a machine where every test must run: {report.longreprtext}"
