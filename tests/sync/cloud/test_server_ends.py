"""The cloud ends as a whole when its receiver does."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import PointError, StoreBusy
from sync.cloud import server
from sync.cloud.__main__ import main
from tests.sync.cloud.conftest import Cloud


class FakeServer:
    """Serves nothing until a signal ends it."""

    closed = False

    def run(self) -> None:
        time.sleep(60)

    def close(self) -> None:
        self.closed = True


class DyingReceiver:
    def run(self) -> None:
        raise RuntimeError("the reel broke")

    def stop(self) -> None:
        """It is dead already."""


@pytest.fixture
def signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_dead_receiver_ends_the_server_with_one_sentence(signals: None) -> None:
    fake = FakeServer()

    with pytest.raises(PointError, match=r"The receiver stopped: .*the reel broke"):
        server._run(fake, DyingReceiver())  # type: ignore[arg-type] # fakes of both parts

    assert fake.closed


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_is_no_database_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud" / "cloud.db").write_bytes(b"goods are here" * 1000)

    assert main(["keys", "--rotate", "--data", str(tmp_path)]) == 1
    assert main(["orders", "--data", str(tmp_path)]) == 1

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all("cloud.db cannot be read" in line for line in lines)


def test_a_writer_that_hangs_is_given_up_with_a_sentence(cloud: Cloud) -> None:
    free = threading.Event()

    with pytest.raises(StoreBusy):
        cloud.store.write(lambda _database: free.wait(60), timeout=0.05)

    free.set()
