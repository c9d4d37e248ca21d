import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.relay import Faults
from tests.brokers import free_port
from tests.sync.lines import relayed


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that answers with what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept_all, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def accept_all(server: socket.socket) -> None:
    while True:
        try:
            line, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=answer, args=(line,), daemon=True).start()


def answer(line: socket.socket) -> None:
    with line:
        try:
            while said := line.recv(4096):
                line.sendall(said)
        except OSError:
            return


def call(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=5)
    line.settimeout(5)
    return line


def asked(line: socket.socket, text: bytes) -> bytes:
    line.sendall(text)
    return line.recv(4096)


def has_ended(line: socket.socket) -> bool:
    try:
        return line.recv(10) == b""
    except ConnectionError:
        return True


def test_a_whole_line_passes_everything_on(echo: int) -> None:
    with relayed(echo) as relay, call(relay.port) as line:
        assert asked(line, b"hello") == b"hello"
        line.shutdown(socket.SHUT_WR)
        assert line.recv(10) == b""


def test_a_cut_line_ends_what_was_open_and_refuses_what_comes(echo: int) -> None:
    with relayed(echo) as relay, call(relay.port) as line:
        assert asked(line, b"hello") == b"hello"
        relay.cut()
        assert has_ended(line)
        with pytest.raises(ConnectionRefusedError):
            call(relay.port)
        relay.heal()
        with call(relay.port) as again:
            assert asked(again, b"hello") == b"hello"


def test_a_blackhole_takes_everything_and_answers_nothing(echo: int) -> None:
    with relayed(echo) as relay, call(relay.port) as line:
        relay.fault(Faults(is_blackhole=True))
        line.sendall(b"hello")
        line.settimeout(0.3)
        with pytest.raises(TimeoutError):
            line.recv(10)


def test_a_slow_line_delays_and_loses_nothing(echo: int) -> None:
    with relayed(echo) as relay, call(relay.port) as line:
        relay.fault(Faults(delay=0.1))
        assert asked(line, b"hello") == b"hello"


def test_a_line_can_be_cut_after_so_many_bytes(echo: int) -> None:
    with relayed(echo) as relay, call(relay.port) as line:
        relay.fault(Faults(cut_after_bytes=7))
        assert asked(line, b"hello") == b"he"
        assert has_ended(line)


def test_a_part_of_all_connections_ends_early(echo: int) -> None:
    with relayed(echo) as relay:
        relay.fault(Faults(reset_share=0.5))
        ended = sum(ends_within_a_kilobyte(relay.port) for _ in range(60))
    assert 15 < ended < 45


def ends_within_a_kilobyte(port: int) -> bool:
    with call(port) as line:
        try:
            return asked(line, b"x" * 600) != b"x" * 600
        except ConnectionError:
            return True


def test_an_unreachable_cloud_closes_the_caller_s_line() -> None:
    with relayed(free_port()) as relay, call(relay.port) as line:
        assert has_ended(line)


def test_the_simulator_s_file_cuts_the_line_of_the_relay_process(echo: int, tmp_path: Path) -> None:
    (tmp_path / "edge").mkdir()
    switch = tmp_path / "edge" / "line-cut"
    orders, broker = free_port(), free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "sync.relay", "--data", str(tmp_path)),
            *("--orders", f"{orders}:{echo}", "--broker", f"{broker}:{echo}"),
        ]
    )
    try:
        for port in (orders, broker):
            with until_open(port) as line:
                assert asked(line, b"hello") == b"hello"
        switch.touch()
        until_refused(orders)
        until_refused(broker)
        switch.unlink()
        until_open(orders).close()
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(10) == 0


def until_open(port: int) -> socket.socket:
    deadline = time.monotonic() + 10
    while True:
        try:
            return call(port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def until_refused(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            call(port).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.02)
    raise AssertionError("the line was not cut")


@pytest.mark.parametrize("ports", ["8083", "8083:x", "0:8081", ":", "8083:70000"])
def test_ports_that_are_none_are_refused_in_one_line(ports: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "sync.relay", "--data", str(tmp_path)),
            *("--orders", ports, "--broker", "8084:8082"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 2
    assert f"'{ports}' is not LISTEN:TARGET" in ran.stderr


def test_a_taken_port_is_said_in_one_line(echo: int, tmp_path: Path) -> None:
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "sync.relay", "--data", str(tmp_path)),
            *("--orders", f"{echo}:{echo}", "--broker", f"{free_port()}:{echo}"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert "Choose free ports." in ran.stderr
