"""One evening per test, on a file of its own; and a card to damage."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.edge.flows.evening import Evening
from tests.edge.flows.ruins import Card, prepare


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(tmp_path)
    yield evening
    evening.close()


@pytest.fixture(scope="session")
def prepared() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - only to be quick; the name inside is random
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        prepare(Path(folder) / "prepared")
        Card(Path(folder) / "prepared").flush()
        yield Path(folder)


@pytest.fixture
def card(prepared: Path) -> Iterator[Card]:
    folder = prepared / "point"
    shutil.copytree(prepared / "prepared", folder)
    yield Card(folder)
    for used in prepared.glob("point*"):
        shutil.rmtree(used)
