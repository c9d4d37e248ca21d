"""A running cloud, and a point's side of the broker beside it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from edge.clock import SystemClock
from edge.core.topics import MqttVersion, topic
from sync.contract import Ack, EpochAck, decode_ack, decode_hint
from sync.mqtt import Account, Connection, Link, Message, Report, Up
from tests.brokers import RunningBroker, free_port

PATIENCE = 60.0
PROGRAM = [sys.executable, "-m", "sync.cloud", "serve"]


class RunningCloud:
    """`pickup-cloud serve` as a process of its own."""

    def __init__(
        self, folder: Path, broker_port: int, mqtt_version: MqttVersion = MqttVersion.V5
    ) -> None:
        self.folder = folder
        self._speaks = ["--mqtt-version", mqtt_version.value]
        self.port = free_port()
        self._broker_port = broker_port
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        arguments = ["--port", str(self.port), "--broker-port", str(self._broker_port)]
        with (self.folder / "cloud.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, "--data", str(self.folder), *arguments, *self._speaks], stderr=log
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not self.is_connected():
            assert self.process.poll() is None, self.log()
            time.sleep(0.05)

    def is_connected(self) -> bool:
        """Whether the receiver has its broker."""
        parts = self.health().get("subsystems", {})
        return bool(parts.get("broker", {}).get("connected"))

    def health(self) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            return {}
        finally:
            connection.close()
        return answer

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        os.kill(self.process.pid, number)
        return self.process.wait(PATIENCE)

    def await_log(self, words: str) -> None:
        """Return when the cloud has said so."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.log():
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def log(self) -> str:
        return (self.folder / "cloud.log").read_text(encoding="utf-8")


class PointLine:
    """A point's side of the broker: sends, and waits for what comes down."""

    def __init__(self, broker: RunningBroker, password: str) -> None:
        self._reports: SimpleQueue[Report] = SimpleQueue()
        account = Account("127.0.0.1", broker.port, "bamboo-3", "bamboo-3", password)
        self._link = Link(
            account,
            subscriptions=[topic("bamboo-3", "down/#")],
            reports=self._reports,
            next_wait=lambda _lived: 0.05,
            boot_seconds=SystemClock().seconds,
        )
        self._link.start()
        self._connection: Connection | None = None
        self._wait_for(lambda report: report if isinstance(report, Up) else None)

    def send(self, leaf: str, payload: bytes) -> None:
        assert self._connection is not None
        self._connection.publish(topic("bamboo-3", leaf), payload)

    def next_ack(self) -> Ack:
        return decode_ack(self._next_message("down/ack"))

    def acks_so_far(self) -> list[Ack]:
        """What lies here unread, without waiting for more."""
        reports: list[Report] = []
        while not self._reports.empty():
            reports.append(self._reports.get())
        return [
            decode_ack(report.payload)
            for report in reports
            if isinstance(report, Message) and report.topic == topic("bamboo-3", "down/ack")
        ]

    def settled_through(self, wanted: int) -> EpochAck:
        while True:
            for epoch in self.next_ack().epochs:
                if epoch.through >= wanted:
                    return epoch

    def next_hint(self) -> str | None:
        return decode_hint(self._next_message("down/hint")).cursor

    def close(self) -> None:
        self._link.close()

    def _next_message(self, leaf: str) -> bytes:
        def payload(report: Report) -> bytes | None:
            ours = isinstance(report, Message) and report.topic == topic("bamboo-3", leaf)
            return report.payload if ours and isinstance(report, Message) else None

        found = self._wait_for(payload)
        assert isinstance(found, bytes)
        return found

    def _wait_for(self, wanted: Callable[[Report], object]) -> object:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                report = self._reports.get(timeout=1)
            except Empty:
                continue
            if isinstance(report, Up):
                self._connection = report.connection
            if (found := wanted(report)) is not None:
                return found
        raise AssertionError("nothing came in time")
