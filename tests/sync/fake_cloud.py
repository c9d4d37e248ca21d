"""The cloud's receiver as a test wants it: it stores, and acknowledges when it is told to."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from random import Random

from edge.core.events import Envelope, read_event
from edge.core.topics import parse_topic, topic
from sync.backoff import Backoff
from sync.contract import Ack, EpochAck, decode_batch, encode_ack
from sync.mqtt import Account, Connection, Link, Message, Report, Up
from tests.brokers import RECEIVER

SIX_PM = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
POINT = "bamboo-3"


class FakeCloud:
    """A ledger in memory, filled on a thread of its own."""

    def __init__(self, port: int) -> None:
        self.acks = True
        self.ledger: dict[tuple[str, int], Envelope] = {}
        self.deliveries: Counter[tuple[str, int]] = Counter()
        self.heard: dict[str, bytes] = {}
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._connection: Connection | None = None
        self._news = threading.Condition()
        self._stopping = False
        self._link = Link(
            Account("127.0.0.1", port, RECEIVER, RECEIVER, f"secret of {RECEIVER}"),
            subscriptions=("pickup/v1/+/+/up/#",),
            reports=self._reports,
            next_wait=Backoff(Random(3), first=0.05, longest=0.2).next_wait,
            boot_seconds=time.monotonic,
        )
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._link.start()
        self._thread.start()
        self.until(lambda: self._connection is not None)

    def close(self) -> None:
        self._stopping = True
        self._thread.join(10)
        self._link.close()

    def say(self, leaf: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish to the point."""
        self.until(lambda: self._connection is not None)
        if self._connection is not None:
            self._connection.publish(topic(POINT, leaf), payload, retain=retain)

    def until(self, condition: object, seconds: float = 30.0) -> None:
        """Wait until something is true of what was heard."""
        assert callable(condition)
        with self._news:
            assert self._news.wait_for(condition, seconds), (len(self.ledger), self.heard.keys())

    def until_stored(self, count: int) -> None:
        self.until(lambda: len(self.ledger) >= count)

    def _run(self) -> None:
        while not self._stopping:
            try:
                report = self._reports.get(timeout=0.05)
            except Empty:
                continue
            with self._news:
                self._take(report)
                self._news.notify_all()

    def _take(self, report: Report) -> None:
        if isinstance(report, Up):
            self._connection = report.connection
        elif isinstance(report, Message):
            parsed = parse_topic(report.topic)
            assert parsed is not None
            self.heard[parsed[2]] = report.payload
            if parsed[2] == "up/events":
                for body in decode_batch(report.payload):
                    self._store(read_event(body))
            if self.acks and parsed[2] in ("up/events", "up/hello"):
                self._acknowledge(report.connection)
        elif not hasattr(report, "mid"):
            self._connection = None

    def _store(self, envelope: Envelope) -> None:
        key = (envelope.epoch, envelope.sequence)
        self.deliveries[key] += 1
        known = self.ledger.setdefault(key, envelope)
        assert known.body == envelope.body

    def _acknowledge(self, connection: Connection) -> None:
        acks = []
        for epoch in {epoch for epoch, _ in self.ledger}:
            stored = {sequence for named, sequence in self.ledger if named == epoch}
            through = 0
            while through + 1 in stored:
                through += 1
            also = tuple(sorted(sequence for sequence in stored if sequence > through))
            acks.append(EpochAck(epoch, through, also))
        connection.publish(topic(POINT, "down/ack"), encode_ack(Ack(tuple(acks), SIX_PM)))


@contextmanager
def fake_cloud(port: int) -> Iterator[FakeCloud]:
    cloud = FakeCloud(port)
    cloud.start()
    try:
        yield cloud
    finally:
        cloud.close()
