"""./setup.sh run, as a newcomer types it."""

from __future__ import annotations

import fcntl
import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.brokers import free_port

ROOT = Path(__file__).resolve().parents[2]
READY = "Ctrl-C stops everything"


@contextmanager
def running(data: Path, base: int, said: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A point that is open; what it said goes into a file."""
    with said.open("wb") as file:
        setup = subprocess.Popen(
            [ROOT / "setup.sh", "run", "--data", data, "--port", str(base)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 180
        while READY not in said.read_text("utf-8"):
            assert setup.poll() is None, said.read_text("utf-8")
            assert time.monotonic() < deadline, said.read_text("utf-8")
            time.sleep(0.1)
        yield setup
    finally:
        setup.send_signal(signal.SIGINT)
        setup.wait(90)


def five_free_ports() -> int:
    """A base whose five ports were free just now."""
    while True:
        base = free_port()
        if base <= 65_531 and all(map(is_free, range(base + 1, base + 5))):
            return base


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def health(base: int) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{base}/healthz", timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def processes_with(data: Path) -> list[str]:
    """Command lines that name this data folder."""
    lines = [
        file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        for file in Path("/proc").glob("[0-9]*/cmdline")
        if file.exists()
    ]
    return [line for line in lines if str(data) in line]


def test_a_newcomer_gets_an_open_point_and_finds_it_again(tmp_path: Path) -> None:
    data, base = tmp_path / "my data", five_free_ports()

    with running(data, base, tmp_path / "first") as first:
        assert health(base)["subsystems"]["orders"]["by_state"] == {"READY": 30}
    with running(data, base, tmp_path / "second") as second:
        assert health(base)["subsystems"]["orders"]["by_state"] == {"READY": 30}

    assert (first.returncode, second.returncode) == (0, 0)
    assert "The leader's PIN is" in (tmp_path / "first").read_text("utf-8")
    assert "Goods are here" in (tmp_path / "first").read_text("utf-8")
    assert "Goods are here" not in (tmp_path / "second").read_text("utf-8")
    assert processes_with(data) == []
    assert data.stat().st_mode & 0o077 == 0


def test_the_data_of_a_running_point_are_not_given_to_a_second_one(tmp_path: Path) -> None:
    with (tmp_path / "run.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = subprocess.run(
            [ROOT / "setup.sh", "run", "--data", tmp_path, "--port", str(five_free_ports())],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )

    assert second.returncode == 1
    assert "Another ./setup.sh run uses the data" in second.stdout
