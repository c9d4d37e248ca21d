"""The guide's receiver, run as it is printed, against a real broker and a point's own messages."""

from __future__ import annotations

import json
import os
import queue
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge.core import topics
from sync.contract import Ack, EpochSpan, Hello, decode_ack, encode_batch, encode_hello
from tests.brokers import RECEIVER, RunningBroker
from tests.contract.documents import ROOT
from tests.golden import examples

GUIDE = ROOT / "sync" / "contract" / "GUIDE.md"
EVENTS = list(examples.events().values())
POINT, EPOCH = examples.ORIGIN.point_id, examples.ORIGIN.epoch
PATIENCE = 20.0
BOOT = "5b4fc1f0-4bb1-4b6a-9d5e-6c6c9a2f7b11"


def printed_receiver() -> str:
    """The program in the guide."""
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return str(program)


@dataclass
class Point:
    """A point's connection, as any MQTT client would make it."""

    client: mqtt.Client
    acks: queue.Queue[Ack] = field(default_factory=queue.Queue)

    def say(self, leaf: str, payload: bytes) -> None:
        self.client.publish(topics.topic(POINT, leaf), payload, qos=1).wait_for_publish(PATIENCE)

    def through(self) -> int:
        """What the next ack says of the epoch."""
        (epoch,) = self.acks.get(timeout=PATIENCE).epochs
        assert epoch.epoch == EPOCH
        return epoch.through


@dataclass
class Receiver:
    """The printed program as a process; it may be killed and started again."""

    environment: dict[str, str]
    ledger: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-c", printed_receiver()]
        self.process = subprocess.Popen(command, env=self.environment)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def stored(self) -> list[object]:
        """The events in its ledger, in their sequence."""
        with sqlite3.connect(self.ledger) as database:
            rows = database.execute("SELECT body FROM event ORDER BY seq").fetchall()
        database.close()
        return [json.loads(body) for (body,) in rows]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    running = RunningBroker(tmp_path / "data")
    running.add_user(POINT)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def receiver(broker: RunningBroker, tmp_path: Path) -> Iterator[Receiver]:
    ledger = tmp_path / "ledger.db"
    receiver = Receiver(
        {
            **os.environ,
            "LEDGER": str(ledger),
            "MQTT_HOST": "127.0.0.1",
            "MQTT_PORT": str(broker.port),
            "MQTT_USER": RECEIVER,
            "MQTT_PASSWORD": f"secret of {RECEIVER}",
        },
        ledger,
    )
    receiver.start()
    yield receiver
    receiver.kill()


@pytest.fixture
def point(broker: RunningBroker) -> Iterator[Point]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, POINT, protocol=mqtt.MQTTv5)
    point = Point(client)
    client.username_pw_set(POINT, f"secret of {POINT}")
    client.on_message = lambda _client, _data, message: point.acks.put(
        decode_ack(bytes(message.payload))
    )
    client.connect("127.0.0.1", broker.port)
    client.subscribe(topics.topic(POINT, "down/#"), qos=1)
    client.loop_start()
    yield point
    client.disconnect()
    client.loop_stop()


def greeted(point: Point) -> int:
    """Say hello until the receiver is there; what it answers to the last one."""
    for greeting in range(int(PATIENCE)):
        # Beside the real epoch one that only this greeting names: late answers are told apart.
        mark = EpochSpan(f"{greeting:016x}", 1, 0)
        spans = (mark, EpochSpan(EPOCH, 1, len(EVENTS)))
        point.say("up/hello", encode_hello(Hello(spans, BOOT)))
        with suppress(queue.Empty):
            while True:
                epochs = {
                    epoch.epoch: epoch.through for epoch in point.acks.get(timeout=1.0).epochs
                }
                if mark.epoch in epochs:
                    return epochs[EPOCH]
    raise AssertionError("the receiver of the guide never answered")


def test_it_is_a_whole_receiver_in_twenty_lines() -> None:
    lines = [line for line in printed_receiver().splitlines() if line.strip()]

    assert len(lines) <= 24


def test_it_stores_an_evening_once_and_acknowledges_no_gap(
    receiver: Receiver, point: Point
) -> None:
    assert greeted(point) == 0
    point.say("up/events", EVENTS[0])
    assert point.through() == 1
    point.say("up/events", EVENTS[3])
    assert point.through() == 1
    point.say("up/events", encode_batch(EVENTS[1:3]))
    assert point.through() == 4
    point.say("up/events", encode_batch(EVENTS))
    assert point.through() == len(EVENTS)

    assert receiver.stored() == [json.loads(body) for body in EVENTS]


def test_killed_and_started_again_it_knows_what_it_has(receiver: Receiver, point: Point) -> None:
    greeted(point)
    point.say("up/events", encode_batch(EVENTS[:7]))
    assert point.through() == 7

    receiver.kill()
    receiver.start()

    assert greeted(point) == 7
