"""The shipped Mosquitto settings let everybody do their part, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

import pytest
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.core.topics import topic
from tests.brokers import RECEIVER, RunningBroker

OWN, OTHER = "bamboo-3", "willow-1"


class Person:
    """A client that notes every answer of the broker."""

    def __init__(self, name: str | None) -> None:
        self.answers: SimpleQueue[str] = SimpleQueue()
        self.heard: SimpleQueue[str] = SimpleQueue()
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        if name is not None:
            self.client.username_pw_set(name, f"secret of {name}")
        self.client.on_connect = self._on_connect
        self.client.on_publish = self._on_answer
        self.client.on_subscribe = self._on_subscribed
        self.client.on_message = self._on_message

    def may_write(self, to: str) -> bool:
        self.client.publish(to, b"{}", qos=1)
        return self.answers.get(timeout=10) != "Not authorized"

    def listen(self, to: str) -> None:
        self.client.subscribe(to, qos=1)
        self.answers.get(timeout=10)

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _p: object
    ) -> None:
        self.answers.put(str(reason))

    def _on_answer(
        self, _client: Client, _data: object, _mid: int, reason: ReasonCode, _p: Properties
    ) -> None:
        self.answers.put(str(reason))

    def _on_subscribed(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _p: object
    ) -> None:
        self.answers.put(str(reasons[0]))

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.put(message.topic)


@contextmanager
def connected(
    broker: RunningBroker, name: str | None, *, answer: str = "Success"
) -> Iterator[Person]:
    person = Person(name)
    person.client.connect("127.0.0.1", broker.port)
    person.client.loop_start()
    try:
        assert person.answers.get(timeout=10) == answer
        yield person
    finally:
        person.client.disconnect()
        person.client.loop_stop()


@pytest.mark.parametrize(
    ("who", "to", "allowed"),
    [
        (OWN, topic(OWN, "up/events"), True),
        (OWN, topic(OWN, "up/presence"), True),
        (OWN, topic(OWN, "down/command"), False),
        (OWN, topic(OTHER, "up/events"), False),
        (OWN, topic(OTHER, "down/ack"), False),
        (OWN, "pickup/v2/p00/bamboo-3/up/events", False),
        (OWN, "$SYS/broker/version", False),
        (RECEIVER, topic(OTHER, "down/ack"), True),
        (RECEIVER, topic(OTHER, "up/events"), False),
    ],
)
def test_who_may_write_where(broker: RunningBroker, who: str, to: str, allowed: bool) -> None:
    with connected(broker, who) as person:
        assert person.may_write(to) is allowed


def test_a_point_that_asks_for_everything_hears_only_what_is_meant_for_it(
    broker: RunningBroker,
) -> None:
    own = topic(OWN, "down/ack")
    with connected(broker, OWN) as point, connected(broker, RECEIVER) as cloud:
        point.listen("#")
        cloud.may_write(topic(OTHER, "down/ack"))
        cloud.may_write(own)

        assert point.heard.get(timeout=10) == own


def test_the_receiver_hears_every_point(broker: RunningBroker) -> None:
    with connected(broker, RECEIVER) as cloud, connected(broker, OWN) as point:
        cloud.listen("pickup/v1/+/+/up/#")
        point.may_write(topic(OWN, "up/hello"))

        assert cloud.heard.get(timeout=10) == topic(OWN, "up/hello")


def test_nobody_comes_in_without_a_name(broker: RunningBroker) -> None:
    with connected(broker, None, answer="Not authorized"):
        pass
