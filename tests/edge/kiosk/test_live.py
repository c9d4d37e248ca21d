"""Event streams against a real server: news at once, never more than four, nothing waits."""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from edge.kiosk import create
from edge.kiosk.live import MOST_STREAMS
from tests.edge.kiosk.fakes import Stage, stage
from tests.edge.kiosk.serving import free_port, serving

PATIENCE = 10.0


@dataclass
class Served:
    on: Stage
    port: int
    opened: contextlib.ExitStack

    def listen(self) -> http.client.HTTPResponse:
        """Open one stream and read its first version."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.opened.callback(connection.close)
        connection.request("GET", "/live")
        stream = connection.getresponse()
        self.opened.callback(stream.close)
        assert stream.status == 200
        assert next_version(stream) is not None
        return stream

    def scan(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.opened.callback(connection.close)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        connection.request("POST", "/scan", "text=PP1", headers)
        return connection.getresponse().status


def next_version(stream: http.client.HTTPResponse) -> int | None:
    """The next version that the stream tells; None when it ended."""
    while line := stream.readline():
        if line.startswith(b"data: "):
            return int(line.removeprefix(b"data: "))
    return None


@pytest.fixture
def served() -> Iterator[Served]:
    port = free_port()
    on = stage(port=port)
    with serving(create(on.parts), port), contextlib.ExitStack() as opened:
        yield Served(on, port, opened)


def test_a_stream_tells_each_change(served: Served) -> None:
    stream = served.listen()
    before = served.on.news.version

    served.on.counter.show()

    assert next_version(stream) == before + 1


def test_a_quiet_stream_is_written_to_all_the_same(served: Served) -> None:
    stream = served.listen()

    assert stream.readline() == b"\n"
    assert stream.readline() == b":\n"


def test_the_fifth_stream_closes_the_oldest(served: Served) -> None:
    oldest, *others = [served.listen() for _ in range(MOST_STREAMS)]

    newest = served.listen()

    while next_version(oldest) is not None:
        pass
    assert oldest.readline() == b""
    served.on.counter.show()
    assert all(next_version(stream) is not None for stream in (*others, newest))


def test_scans_are_served_while_twenty_streams_come_and_go(served: Served) -> None:
    for _ in range(20):
        served.listen()

    assert served.scan() == 200
    assert served.on.counter.scans == ["PP1"]


def test_abandoned_streams_leave_no_thread_behind(served: Served) -> None:
    for _ in range(20):
        connection = socket.create_connection(("127.0.0.1", served.port), PATIENCE)
        connection.sendall(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
        connection.close()

    assert [served.scan() for _ in range(8)] == [200] * 8
