"""`pickup-kiosk` at the shell: what it says when it cannot, and that it ends when told."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.config import DataLayout, Driver, Language, NewPoint, render_point_toml
from edge.core.claim_notice import ClaimNotice, encode
from edge.store.backups import back_up
from edge.store.database import Reader
from edge.store.outbox import epochs
from tests.stack import answers, wait_until

PROGRAM = str(Path(sys.executable).parent / "pickup-kiosk")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A provisioned point that no agent has ever worked for."""
    new = NewPoint(
        point_id="yonghe-7",
        name="永和七巷",
        language=Language.ZH_HANT,
        time_zone="Asia/Taipei",
        driver=Driver.SIMULATED,
        profile="cabinet-24-60",
        port=8080,
        orders_url="http://127.0.0.1:9",
        broker_host="127.0.0.1",
        broker_port=9,
        pull_seconds=60,
        reconnect_seconds=1,
        simulated_customer_seconds=0,
    )
    DataLayout(tmp_path).point_toml.write_text(render_point_toml(new), encoding="utf-8")
    return tmp_path


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *words], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def serving(data: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = _free_port()
    kiosk = subprocess.Popen(
        [PROGRAM, "serve", "--data", str(data), "--port", str(port)],
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: answers(port), "the kiosk serving")
    yield kiosk, port
    kiosk.kill()
    kiosk.communicate()


@pytest.mark.parametrize(
    "command", ["serve", "receive", "waiting", "restore", "new-pin", "check-config"]
)
def test_every_command_has_help(command: str) -> None:
    assert "--data" in run(command, "--help").stdout


def test_check_config_says_what_it_found(data: Path) -> None:
    said = run("check-config", "--data", str(data))

    assert (said.returncode, said.stderr) == (0, "")
    assert "24 doors and 60 shelf places" in said.stdout


@pytest.mark.parametrize("command", ["serve", "receive", "new-pin", "check-config"])
def test_a_broken_key_ends_every_command_with_2_and_one_line(data: Path, command: str) -> None:
    toml = DataLayout(data).point_toml
    toml.write_text(toml.read_text(encoding="utf-8").replace("[kiosk]", "[kiosk]\ncolour = 3"))

    said = run(command, "--data", str(data))

    assert said.returncode == 2
    assert len(said.stderr.splitlines()) == 1
    assert "kiosk.colour is not a setting" in said.stderr


def test_a_missing_data_directory_says_how_to_make_one(tmp_path: Path) -> None:
    said = run("serve", "--data", str(tmp_path / "nowhere"))

    assert said.returncode == 2
    assert "pickup-cloud point add" in said.stderr


def test_a_device_that_is_no_point_yet_shows_how_it_asks_until_it_is_one(
    data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    layout, port = DataLayout(tmp_path_factory.mktemp("device")), _free_port()
    layout.claim.parent.mkdir()
    layout.claim.write_bytes(encode(ClaimNotice("7QXM-K2PA-WD5F-3RNE", "https://cloud.example")))
    with subprocess.Popen(
        [PROGRAM, "serve", "--data", str(layout.root), "--port", str(port)],
        stderr=subprocess.PIPE,
        text=True,
    ) as kiosk:
        try:
            wait_until(lambda: answers(port), "the claim's screen")
            assert _health(port) == {"status": "unclaimed", "obstacle": None}

            DataLayout(data).point_toml.rename(layout.point_toml)

            wait_until(lambda: _health(port).get("point_id") == "yonghe-7", "the point's screen")
            kiosk.send_signal(signal.SIGTERM)
            assert kiosk.wait(timeout=30) == 0
        finally:
            kiosk.kill()


def test_waiting_counts_nothing_while_there_is_nothing(data: Path) -> None:
    said = run("waiting", "--data", str(data), "--json")

    assert json.loads(said.stdout) == {"fetched": 0, "unapplied": 0}


def test_it_serves_without_cloud_broker_or_agent(
    serving: tuple[subprocess.Popen[str], int],
) -> None:
    health = _health(serving[1])

    assert (
        health["point_id"],
        health["simulated"],
        health["subsystems"]["line"]["state"],
    ) == ("yonghe-7", True, "offline")


def _health(port: int) -> dict[str, Any]:
    """Empty while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            return dict(json.load(answer))
    except OSError:
        return {}


def test_its_figures_are_those_of_a_monitor(serving: tuple[subprocess.Popen[str], int]) -> None:
    def figures() -> list[str]:
        url = f"http://127.0.0.1:{serving[1]}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read(), "utf-8").splitlines()

    wait_until(lambda: 'pickup_doors{state="closed"} 24.0' in figures(), "24 doors seen closed")
    lines = figures()
    assert 'pickup_point_info{point_id="yonghe-7",version="0.1.0"} 1.0' in lines
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)


def test_a_second_kiosk_on_the_same_data_is_refused(
    data: Path, serving: tuple[subprocess.Popen[str], int]
) -> None:
    said = run("serve", "--data", str(data), "--port", str(_free_port()))

    assert said.returncode == 1
    assert serving[0].poll() is None


def test_case_4_on_a_file_that_would_not_be_written_safely_the_kiosk_does_not_start(
    data: Path,
) -> None:
    edge_db = DataLayout(data).edge_db
    edge_db.parent.mkdir(exist_ok=True)
    other = sqlite3.connect(edge_db)
    other.executescript("PRAGMA page_size = 4096; CREATE TABLE door_note (place)")
    other.close()

    said = run("serve", "--data", str(data), "--port", str(_free_port()))

    assert said.returncode == 2
    assert "page_size is 4096, but hand-overs are only safe with 1024" in said.stderr


def test_a_copy_takes_the_file_s_place_once_the_kiosk_has_ended(
    data: Path, serving: tuple[subprocess.Popen[str], int]
) -> None:
    copy = str(back_up(DataLayout(data).edge_db, datetime(2027, 3, 9, 19, tzinfo=UTC)).path)

    at_work = run("restore", "--data", str(data), copy)
    serving[0].terminate()
    serving[0].wait(timeout=30)
    ended = run("restore", "--data", str(data), copy)
    gone = run("restore", "--data", str(data), str(data / "nowhere.db"))

    assert (at_work.returncode, ended.returncode, gone.returncode) == (1, 0, 2)
    assert "quarantine" in ended.stdout
    assert gone.stderr.splitlines() == [
        f"pickup-kiosk: {data / 'nowhere.db'} is no file. Name one of the copies in edge/backups."
    ]


def test_a_busy_port_is_named(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = run("serve", "--data", str(data), "--port", str(port))

    assert said.returncode == 2
    assert f"Port {port} cannot be used" in said.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told(
    data: Path, serving: tuple[subprocess.Popen[str], int], how: signal.Signals
) -> None:
    serving[0].send_signal(how)

    assert serving[0].wait(20) == 0
    assert (data / "edge" / "edge.db-wal").exists()


def test_every_start_begins_an_epoch_of_its_own(data: Path) -> None:
    for _ in range(2):
        assert run("receive", "--data", str(data)).returncode == 0

    reader = Reader.open(DataLayout(data).edge_db, kind="edge")
    assert len(epochs(reader)) == 2
    reader.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
