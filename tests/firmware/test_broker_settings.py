"""The shipped Mosquitto settings let everybody do their part, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.core.topics import topic
from sync.tls import Tls
from tests.brokers import RECEIVER, RunningBroker
from tests.certificates import Authority

OWN, OTHER = "bamboo-3", "willow-1"


@pytest.fixture
def neighbours(broker: RunningBroker) -> RunningBroker:
    """The broker, knowing both points."""
    broker.kill()
    broker.add_user(OTHER)
    broker.start()
    return broker


class Person:
    """A client that notes every answer of the broker."""

    def __init__(self, name: str | None, called: str = "", will_to: str | None = None) -> None:
        self.answers: SimpleQueue[str] = SimpleQueue()
        self.heard: SimpleQueue[str] = SimpleQueue()
        self.lost: SimpleQueue[str] = SimpleQueue()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=called, protocol=MQTTv5)
        if name is not None:
            self.client.username_pw_set(name, f"secret of {name}")
        if will_to is not None:
            self.client.will_set(will_to, b"gone", qos=1)
        self.client.on_disconnect = self._on_lost
        self.client.on_connect = self._on_connect
        self.client.on_publish = self._on_answer
        self.client.on_subscribe = self._on_subscribed
        self.client.on_message = self._on_message

    def may_write(self, to: str, *, retain: bool = False) -> bool:
        self.client.publish(to, b"{}", qos=1, retain=retain)
        return self.answers.get(timeout=10) != "Not authorized"

    def hears_only(self, topic: str) -> bool:
        """Whether nothing else came before a message of this topic."""
        return self.heard.get(timeout=10) == topic

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

    def _on_lost(
        self, _client: Client, _data: object, _flags: object, reason: ReasonCode, _p: object
    ) -> None:
        self.lost.put(str(reason))

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.put(message.topic)


@contextmanager
def connected(
    broker: RunningBroker,
    name: str | None,
    *,
    called: str = "",
    will_to: str | None = None,
    door: tuple[int, Tls] | None = None,
    answer: str = "Success",
) -> Iterator[Person]:
    person = Person(name, called, will_to)
    if door is not None:
        person.client.tls_set_context(door[1].context())
    person.client.connect("127.0.0.1", broker.port if door is None else door[0])
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
        (OWN, "pickup/v1/p00/bamboo-3/extra/up/events", False),
        (OWN, "$CONTROL/dynamic-security/v1", False),
        (RECEIVER, topic(OTHER, "down/ack"), True),
        (RECEIVER, topic(OTHER, "down/command"), True),
        (RECEIVER, topic(OTHER, "up/events"), False),
        (RECEIVER, "news", False),
    ],
)
def test_who_may_write_where(broker: RunningBroker, who: str, to: str, allowed: bool) -> None:
    with connected(broker, who) as person:
        assert person.may_write(to) is allowed


@pytest.mark.parametrize(
    "asked",
    [
        "#",
        "+/+/+/+/#",
        "pickup/v1/+/+/down/#",
        "pickup/v1/#",
        "$share/mine/pickup/v1/+/+/down/#",
        "$share/mine/#",
        topic(OTHER, "down/ack"),
    ],
)
def test_a_point_that_asks_for_more_hears_only_what_is_meant_for_it(
    neighbours: RunningBroker, asked: str
) -> None:
    own = topic(OWN, "down/ack")
    with (
        connected(neighbours, OTHER) as other,
        connected(neighbours, RECEIVER) as cloud,
        connected(neighbours, OWN) as point,
    ):
        # Kept by the broker, for whoever subscribes later.
        other.may_write(topic(OTHER, "up/presence"), retain=True)
        point.listen(asked)
        point.listen(own)
        cloud.may_write(topic(OTHER, "down/ack"))
        other.may_write(topic(OTHER, "up/events"))
        cloud.may_write(own)

        assert point.hears_only(own)


def test_a_point_takes_no_message_away_from_whom_it_is_meant_for(
    neighbours: RunningBroker,
) -> None:
    theirs = topic(OTHER, "down/ack")
    with (
        connected(neighbours, OWN) as point,
        connected(neighbours, OTHER) as other,
        connected(neighbours, RECEIVER) as cloud,
    ):
        point.listen("$share/all/pickup/v1/+/+/down/#")
        other.listen("pickup/v1/+/willow-1/down/#")
        for _ in range(4):
            cloud.may_write(theirs)

        assert [other.heard.get(timeout=10) for _ in range(4)] == [theirs] * 4


def test_the_receiver_hears_no_command_and_nothing_beside_the_points(
    neighbours: RunningBroker,
) -> None:
    last = topic(OWN, "up/hello")
    with connected(neighbours, OWN) as point, connected(neighbours, RECEIVER) as cloud:
        cloud.listen("#")
        cloud.listen("$SYS/#")
        cloud.may_write(topic(OWN, "down/command"))
        point.may_write(last)

        assert cloud.hears_only(last)


def test_nobody_leaves_a_last_will_in_another_s_name(neighbours: RunningBroker) -> None:
    mine = topic(OWN, "up/presence")
    with connected(neighbours, RECEIVER) as cloud:
        cloud.listen("pickup/v1/+/+/up/#")
        for will_to in (topic(OTHER, "up/presence"), topic(OWN, "down/command"), mine):
            with connected(neighbours, OWN, will_to=will_to) as point:
                point.client.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=4))

        assert cloud.hears_only(mine)


@pytest.mark.parametrize("name", [OTHER, RECEIVER])
def test_at_the_door_for_points_nobody_pushes_another_off_by_taking_its_name(
    neighbours: RunningBroker, tmp_path: Path, name: str
) -> None:
    authority = Authority(tmp_path / "authority")
    own = authority.server()
    neighbours.kill()
    door = neighbours.add_door("tls.conf.in", certificate=own.certificate, key=own.key)
    neighbours.start()
    tls = Tls(authority.ca)
    at_home = None if name == RECEIVER else (door, tls)
    leaf, whose = ("down/ack", OWN) if name == RECEIVER else ("up/hello", OTHER)

    with connected(neighbours, name, called=name, door=at_home) as victim:
        with connected(neighbours, OWN, called=name, door=(door, tls)) as thief:
            assert thief.may_write(topic(OWN, "up/hello"))
        assert victim.may_write(topic(whose, leaf))
        assert victim.lost.empty()


@pytest.mark.parametrize("name", ["+", "bamboo-3/up/events"])
def test_a_name_that_is_a_pattern_opens_nothing(neighbours: RunningBroker, name: str) -> None:
    neighbours.kill()
    neighbours.add_user(name)
    neighbours.start()
    with connected(neighbours, name) as person:
        assert not person.may_write(topic(OWN, "up/events"))


def test_the_receiver_hears_every_point(broker: RunningBroker) -> None:
    with connected(broker, RECEIVER) as cloud, connected(broker, OWN) as point:
        cloud.listen("pickup/v1/+/+/up/#")
        point.may_write(topic(OWN, "up/hello"))

        assert cloud.heard.get(timeout=10) == topic(OWN, "up/hello")


def test_nobody_comes_in_without_a_name(broker: RunningBroker) -> None:
    with connected(broker, None, answer="Not authorized"):
        pass
