"""A point's two files, open for writing and for reading."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from edge.store.database import Reader, Writer
from edge.store.outbox import Outbox
from tests.edge.store.samples import ORIGIN, moment


@pytest.fixture
def data() -> Iterator[Path]:
    """A data directory, in memory where there is such a place: no test here is about the disk."""
    memory = Path("/dev/shm")  # noqa: S108 - only to be quick; the name inside is random
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def edge_path(data: Path) -> Path:
    return data / "edge" / "edge.db"


@pytest.fixture
def sync_path(data: Path) -> Path:
    return data / "sync" / "sync.db"


@pytest.fixture
def writer(edge_path: Path) -> Iterator[Writer]:
    writer = Writer.open(edge_path, kind="edge")
    yield writer
    writer.close()


@pytest.fixture
def agent(sync_path: Path) -> Iterator[Writer]:
    """The writer of sync.db."""
    agent = Writer.open(sync_path, kind="sync")
    yield agent
    agent.close()


@pytest.fixture
def reader(edge_path: Path, writer: Writer) -> Iterator[Reader]:
    reader = Reader.open(edge_path, kind="edge")
    yield reader
    reader.close()


@pytest.fixture
def outbox(writer: Writer) -> Outbox:
    """The outbox of this start, its epoch begun."""
    outbox = Outbox(ORIGIN)
    writer.call(lambda txn: outbox.begin_epoch(txn, moment()))
    return outbox
