"""The bare hop that S5 is held against: paho's publish, a receiver, its ack, one broker.

`python -m tests.bench.hop PORT PASSWORD_FILE DATABASE` is the receiver, until it is terminated.
"""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from sync.contract import WINDOW
from tests.bench.bare import connect
from tests.conftest import ROOT
from tests.stack import LOOPBACK, PATIENCE

ACCOUNT = "cloud-receiver"
UP, KEEP, ACK = "bench/up", "bench/keep", "bench/ack"
"""What comes on the first is answered at once, on the second after a commit of one row."""
MANY, COUNT = "bench/many", "bench/count"
"""What comes on the first is committed together with all that waits, then their sum is told."""
TABLE = "CREATE TABLE row (number INTEGER PRIMARY KEY, body BLOB NOT NULL)"
KEPT = "INSERT INTO row (body) VALUES (?)"
OUR_ACL = f"\nuser {ACCOUNT}\ntopic readwrite bench/#\ntopic read pickup/#\n"
"""What the bench adds to the broker's rules: its own topics, and a look at everybody's."""

Heard = Callable[[paho.MQTTMessage], None]


def connected(
    port: int, password: str, client_id: str, *topics: str, heard: Heard = lambda _: None
) -> paho.Client:
    """A bare client without Nagle's algorithm, with the agent's window, subscribed, running."""
    ready = threading.Event()
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5
    )
    client.username_pw_set(ACCOUNT, password)
    client.max_inflight_messages_set(WINDOW)
    client.on_socket_open = lambda _client, _data, sock: _no_delay(sock)
    client.on_message = lambda _client, _data, message: heard(message)
    client.on_subscribe = lambda *_: ready.set()
    client.connect(LOOPBACK, port)
    client.loop_start()
    if topics:
        client.subscribe([(topic, 1) for topic in topics])
        assert ready.wait(PATIENCE), f"{client_id} could not subscribe"
    return client


def _no_delay(sock: paho.SocketLike) -> None:
    assert isinstance(sock, socket.socket)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Observer:
    """Sits at the broker and notes when each topic's next message passes by."""

    def __init__(self, port: int, password: str, *topics: str) -> None:
        self._news = threading.Condition()
        self._seen: list[tuple[str, float]] = []
        self._client = connected(port, password, "bench-observer", *topics, heard=self._note)

    def forget(self) -> None:
        """What was seen so far is of no interest."""
        with self._news:
            self._seen.clear()

    def when(self, topic: str) -> float:
        """The instant at which the first message on this topic passed."""
        with self._news:
            assert self._news.wait_for(lambda: self._found(topic), PATIENCE), topic
            return self._found(topic)[0]

    def last(self, topic: str) -> float:
        """The instant of the newest message on this topic."""
        with self._news:
            return self._found(topic)[-1]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _note(self, message: paho.MQTTMessage) -> None:
        now = time.perf_counter()
        with self._news:
            self._seen.append((message.topic, now))
            self._news.notify_all()

    def _found(self, topic: str) -> list[float]:
        return [at for on, at in self._seen if on == topic]


@contextmanager
def a_receiver(port: int, password_file: Path) -> Iterator[None]:
    """The bare receiver as a process of its own."""
    ledger = password_file.with_name("bare.db")
    words = [sys.executable, "-m", "tests.bench.hop", str(port), str(password_file), str(ledger)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as receiver:
        try:
            assert receiver.stdout is not None
            assert receiver.stdout.readline() == "ready\n"
            yield
        finally:
            receiver.terminate()


def receive(port: int, password: str, ledger: Path) -> None:
    """Answer whatever comes, until terminated."""
    client: paho.Client
    database = connect(ledger, TABLE)
    many: SimpleQueue[bytes] = SimpleQueue()

    def answer(message: paho.MQTTMessage) -> None:
        if message.topic == MANY:
            many.put(bytes(message.payload))
            return
        if message.topic == KEEP:
            database.execute(KEPT, (message.payload,))
        client.publish(ACK, b"1", qos=1)

    client = connected(port, password, "bench-receiver", UP, KEEP, MANY, heard=answer)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for total in keep_together(connect(ledger.with_name("many.db"), TABLE), many):
        client.publish(COUNT, str(total), qos=1)


def keep_together(database: sqlite3.Connection, waiting: SimpleQueue[bytes]) -> Iterator[int]:
    """Commit all that waits, and say how many rows there are now; for ever."""
    total = 0
    while True:
        bodies = [waiting.get(), *(waiting.get() for _ in range(waiting.qsize()))]
        database.execute("BEGIN IMMEDIATE")
        database.executemany(KEPT, [(body,) for body in bodies])
        database.execute("COMMIT")
        total += len(bodies)
        yield total


if __name__ == "__main__":
    receive(int(sys.argv[1]), Path(sys.argv[2]).read_text("utf-8").strip(), Path(sys.argv[3]))
