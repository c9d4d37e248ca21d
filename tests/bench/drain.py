"""S4: a backlog goes into the ledger, in batches and one by one, beside a bare loop's.

Each way is timed from the first word of the other end to the last, by what those words count.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from paho.mqtt import client as paho

from edge.core.order import OrderRef
from edge.core.reasons import Reason, Refusal
from edge.core.topics import topic
from edge.core.view import Trust
from edge.flows import telling
from edge.flows.bearer import Bearer
from edge.store.database import Txn
from edge.store.outbox import epochs, read_events
from sync.contract import WINDOW, decode_ack
from tests.bench.hop import COUNT, MANY, a_receiver, connected
from tests.bench.online import an_evening, password_file
from tests.conftest import ROOT
from tests.edge.flows.evening import Evening
from tests.stack import POINT, Stack

BACKLOG = 50_000
PORTION = 5_000
ALL_BYTES = 10**9
LONGEST_SECONDS = 600.0
ACKS = topic(POINT, "down/ack")


@dataclass(frozen=True, slots=True)
class Drain:
    """Seconds that an event took, by each way."""

    in_batches: float
    one_by_one: float
    bare: float


def measure(stack: Stack) -> Drain:
    """Each way in turn, at the same broker, with the cloud and the bare receiver running."""
    stack.stop("sync")
    file, port = password_file(stack), stack.base + 2
    # Past the relay, as the bare loop.
    stack.set_setting("broker_port", str(port))
    password = file.read_text(encoding="utf-8").strip()
    evening = an_evening(stack.data)
    try:
        with a_receiver(port, file):
            bodies = _fill(evening)
            one_by_one = _drained(evening, port, password, _agent_one_by_one(stack))
            _fill(evening)
            in_batches = _drained(evening, port, password, _agent(stack))
            return Drain(in_batches, one_by_one, bare=_bare(port, password, bodies))
    finally:
        evening.close()


def _drained(
    evening: Evening, port: int, password: str, agent: AbstractContextManager[None]
) -> float:
    with _words(port, password, ACKS, _settled(evening)) as words, agent:
        return words.seconds_an_event(BACKLOG)


@contextmanager
def _agent(stack: Stack) -> Iterator[None]:
    stack.start("sync")
    yield
    stack.stop("sync")


def _fill(evening: Evening) -> list[bytes]:
    """A backlog on file; its bytes."""
    ref = OrderRef("tuan.example", "D000000-001")
    refused = telling.refused(
        Refusal(Reason.NOT_ARRIVED), Bearer(ref, Trust.PASS_KNOWN, "pass", "PP1" + "A" * 200)
    )
    moment = evening.point.clock.now()

    def work(txn: Txn) -> None:
        for _ in range(PORTION):
            evening.outbox.append(txn, refused, moment)

    for _ in range(BACKLOG // PORTION):
        evening.writer.call(work, timeout=120)
    span = epochs(evening.point.edge_file)[-1]
    first = span.last - BACKLOG + 1
    stored = read_events(evening.point.edge_file, span.epoch, first, BACKLOG, ALL_BYTES)
    return [event.body for event in stored]


def _settled(evening: Evening) -> Callable[[bytes], int]:
    """How much of the newest backlog an ack of the cloud says that it has."""
    span = epochs(evening.point.edge_file)[-1]

    def count(payload: bytes) -> int:
        through = [e.through for e in decode_ack(payload).epochs if e.epoch == span.epoch]
        return max(through, default=0) - (span.last - BACKLOG)

    return count


class Words:
    """What the other end says that it has, and when it said so."""

    def __init__(self, count: Callable[[bytes], int]) -> None:
        self._count = count
        self._news = threading.Condition()
        self._said: list[tuple[int, float]] = []

    def hear(self, message: paho.MQTTMessage) -> None:
        now, count = time.perf_counter(), self._count(bytes(message.payload))
        with self._news:
            if count > 0:
                self._said.append((count, now))
            self._news.notify_all()

    def await_more_than(self, count: int) -> int:
        """Wait until more than this is there; how much is."""
        with self._news:
            assert self._news.wait_for(lambda: self._has() > count, LONGEST_SECONDS), count
            return self._has()

    def seconds_an_event(self, total: int) -> float:
        """Wait until all is there."""
        self.await_more_than(total - 1)
        (first, begun), (last, ended) = self._said[0], self._said[-1]
        return (ended - begun) / (last - first)

    def _has(self) -> int:
        return self._said[-1][0] if self._said else 0


@contextmanager
def _words(port: int, password: str, on: str, count: Callable[[bytes], int]) -> Iterator[Words]:
    words = Words(count)
    client = connected(port, password, "bench-listener", on, heard=words.hear)
    try:
        yield words
    finally:
        client.disconnect()
        client.loop_stop()


@contextmanager
def _agent_one_by_one(stack: Stack) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.bench.one_by_one", str(stack.data)]
    with (stack.data / "log" / "one-by-one.log").open("wb") as log:
        agent = subprocess.Popen(command, cwd=ROOT, stderr=log, stdout=log)
        try:
            yield
        finally:
            agent.terminate()
            agent.wait(LONGEST_SECONDS)


def _bare(port: int, password: str, bodies: Sequence[bytes]) -> float:
    """From memory, the same window, the next ones whenever some have arrived."""
    with _words(port, password, COUNT, int) as words:
        client = connected(port, password, "bench-publisher")
        sent = arrived = 0
        while sent < len(bodies):
            for body in bodies[sent : arrived + WINDOW]:
                client.publish(MANY, body, qos=1)
            sent = min(arrived + WINDOW, len(bodies))
            arrived = words.await_more_than(arrived)
        taken = words.seconds_an_event(len(bodies))
        client.disconnect()
        client.loop_stop()
    return taken
