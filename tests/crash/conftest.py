"""Processes that a test may kill, on folders in memory: killing loses no page of the kernel's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.crash.busy_point import BusyPoint
from tests.crash.forked_stack import ForkedStack
from tests.crash.prepared_point import KioskUnderTest, NewKiosk, prepare
from tests.crash.processes import Starter


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    """A folder in memory where there is such a place."""
    shared = Path("/dev/shm")  # noqa: S108 - only to be quick; the name inside is random
    with TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def starter(memory: Path) -> Iterator[Starter]:
    """Where processes come from."""
    logs = memory / "logs"
    logs.mkdir()
    with Starter(logs) as starter:
        yield starter


@pytest.fixture(scope="module")
def new_kiosk(starter: Starter, memory: Path) -> NewKiosk:
    """Kiosks on folders of their own, the goods of one order in place."""
    prepared = prepare(memory / "prepared").root
    numbers = count()
    return lambda: KioskUnderTest(starter, prepared, memory / f"kiosk-{next(numbers)}")


@pytest.fixture
def point(memory: Path, starter: Starter, request: pytest.FixtureRequest) -> Iterator[BusyPoint]:
    """A point with agent, broker and cloud, of which only the broker runs yet."""
    point = BusyPoint(ForkedStack(memory / request.node.name, starter), starter)
    yield point
    point.close()
