"""A broker of the older kind: no reasons, no properties, no session expiry, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.core.topics import MqttVersion
from sync.__main__ import Pace
from sync.mqtt import Confirmed, Down, Message, Up, Will
from tests.brokers import RECEIVER, RunningBroker
from tests.sync.systems import WholeSystem, whole_system
from tests.sync.test_mqtt import ACKS, EVENTS, PRESENCE, account, linked

OLD = MqttVersion.V3_1_1
SPOKEN = "(p2, "
"""How Mosquitto writes 3.1.1 into its log; 5 is p5."""


def test_point_and_receiver_hear_each_other_and_the_will_is_read_out(broker: RunningBroker) -> None:
    will = Will(PRESENCE, b"offline")
    receiver = account(broker.port, RECEIVER, version=OLD)
    with linked(receiver, subscriptions=("pickup/v1/+/+/up/#",)) as (_, cloud):
        heard_by = cloud.next(Up).connection
        own = account(broker.port, version=OLD)
        with linked(own, subscriptions=(ACKS,), will=will) as (_, point):
            connection = point.next(Up).connection
            mid = connection.publish(EVENTS, b"{}", content_type="application/cloudevents+json")
            confirmed = point.next(Confirmed)
            assert (confirmed.mid, confirmed.accepted) == (mid, True)
            assert cloud.next(Message).payload == b"{}"
            heard_by.publish(ACKS, b"ack")
            assert point.next(Message).payload == b"ack"
            connection.drop("gone")
            assert cloud.next(Message).payload == b"offline"
            point.next(Up)
        assert cloud.next(Message).payload == b"offline"
    assert broker.log().count(SPOKEN) >= 3
    assert "(p5, " not in broker.log()


def test_the_point_keeps_no_session_and_the_receiver_does(broker: RunningBroker) -> None:
    keeping = account(broker.port, RECEIVER, session_seconds=3600, manual_ack=True, version=OLD)
    with linked(keeping, subscriptions=("pickup/v1/+/+/up/events",)) as (_, cloud):
        cloud.next(Up)
    with linked(account(broker.port, version=OLD), subscriptions=(ACKS,)) as (_, point):
        point.next(Up).connection.publish(EVENTS, b"nobody was there")
        point.next(Confirmed)
    with linked(keeping, subscriptions=("pickup/v1/+/+/up/events",)) as (_, cloud):
        assert cloud.next(Message).payload == b"nobody was there"
    with linked(account(broker.port, version=OLD), subscriptions=(ACKS,)) as (_, point):
        assert not point.next(Up).session_present


def test_a_wrong_password_is_told_apart_from_a_dead_line(broker: RunningBroker) -> None:
    stranger = account(broker.port, version=OLD)
    broker.kill()
    broker.passwords.write_text("", encoding="utf-8")
    broker.add_user(RECEIVER)
    broker.start()
    with linked(stranger) as (_, point):
        assert point.next(Down).refused


@pytest.fixture
def system(broker: RunningBroker, tmp_path: Path) -> Iterator[WholeSystem]:
    with whole_system(broker, tmp_path, mqtt_version=OLD) as system:
        system.point.pace = Pace(stalled_seconds=2.0)
        yield system


@pytest.mark.slow
def test_case_25_where_no_refusal_is_told_the_missing_ack_shows_it(system: WholeSystem) -> None:
    epoch = system.point.begin_epoch()
    system.point.happen(3)
    system.point.start()
    system.point.until_settled(epoch, 3)
    acl = system.broker.acl.read_text(encoding="utf-8")
    system.broker.kill()
    system.broker.acl.write_text(acl.replace("%u/up/#", "%u/up/presence"), encoding="utf-8")
    system.broker.start()
    system.point.until(lambda: system.point.link().state == "online")
    system.point.happen(7)

    system.point.until(lambda: system.point.link().trouble == "broker_blocked")
    system.point.until_settled(epoch, 10)

    assert system.ledger() == [(epoch, n) for n in range(1, 11)]
    assert system.chain_is_whole()
    assert "(p5, " not in system.broker.log()
