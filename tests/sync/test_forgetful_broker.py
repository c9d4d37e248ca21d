"""A broker that forgets what it kept for us: a wiped disk, a session that expired."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.cloud.folder import CloudFolder
from sync.contract import decode_batch
from sync.mqtt import Account, Message, Up
from tests.brokers import RECEIVER, RunningBroker
from tests.sync.fake_cloud import FakeCloud, fake_cloud
from tests.sync.fake_orders import orders_server
from tests.sync.points import PointUnderTest
from tests.sync.systems import WholeSystem, whole_system
from tests.sync.test_mqtt import EVENTS, Reports, account, linked

SENT_AGAIN_AFTER = 60.0
"""Seconds after which a point sends again what no cloud has acknowledged."""


@pytest.fixture
def cloud(broker: RunningBroker) -> Iterator[FakeCloud]:
    with fake_cloud(broker.port) as receiver:
        yield receiver


@pytest.fixture
def point(tmp_path: Path, broker: RunningBroker) -> Iterator[PointUnderTest]:
    with orders_server() as api:
        under_test = PointUnderTest(
            tmp_path / "point", orders_port=api.port, broker_port=broker.port
        )
        yield under_test
        under_test.close()


def wipe(broker: RunningBroker) -> None:
    """It dies, and its disk is new."""
    broker.kill()
    (broker.folder / "broker" / "mosquitto.db").unlink(missing_ok=True)


def test_case_20_a_point_subscribes_and_says_hello_again_to_a_broker_that_forgot_everything(
    point: PointUnderTest, cloud: FakeCloud, broker: RunningBroker
) -> None:
    epoch = point.begin_epoch()
    point.happen(3)
    point.start()
    point.until_settled(epoch, 3)
    wipe(broker)
    point.happen(4)
    point.until(lambda: point.link().state == "offline")
    cloud.heard.clear()
    broker.start()

    cloud.until(lambda: "up/hello" in cloud.heard)
    # Only who listens on down/ack again learns of this.
    point.until_settled(epoch, 7)

    hello = json.loads(cloud.heard["up/hello"])
    assert hello["epochs"] == [{"epoch": epoch, "first_unacked": 4, "last": 7}]
    assert sorted(cloud.ledger) == [(epoch, n) for n in range(1, 8)]


def test_case_20_a_receiver_without_its_session_hears_as_it_did_before(
    broker: RunningBroker,
) -> None:
    keeping = account(broker.port, RECEIVER, session_seconds=600)
    with linked(keeping, subscriptions=("pickup/v1/+/+/up/#",)) as (_, receiver):
        receiver.next(Up).connection.drop("by the test")
        assert receiver.next(Up).session_present
        wipe(broker)
        broker.start()
        assert not receiver.next(Up).session_present
        with linked(account(broker.port)) as (_, point):
            point.next(Up).connection.publish(EVENTS, b"{}")
            assert receiver.next(Message).payload == b"{}"


@pytest.fixture
def system(
    broker: RunningBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[WholeSystem]:
    with whole_system(broker, tmp_path) as system:
        yield system


def log_in_as_the_receiver(system: WholeSystem, name: str = RECEIVER) -> Account:
    """A clean start: whatever lay in a session of this name is gone, as when it expires."""
    password = CloudFolder(system.broker.folder).receiver_password.read_text(encoding="ascii")
    return Account("127.0.0.1", system.broker.port, name, RECEIVER, password.strip())


def await_events_at_the_broker(reports: Reports, count: int) -> None:
    heard = 0
    while heard < count:
        heard += len(decode_batch(reports.next(Message).payload))


@pytest.mark.slow
def test_case_50_a_session_that_expired_with_all_that_lay_in_it_costs_no_event(
    system: WholeSystem,
) -> None:
    point = system.point
    epoch = point.begin_epoch()
    point.happen(3)
    point.start()
    point.until_settled(epoch, 3)
    system.cloud.end(signal.SIGKILL)
    watcher = log_in_as_the_receiver(system, "watcher")
    with linked(watcher, subscriptions=("pickup/v1/+/+/up/events",)) as (_, reports):
        reports.next(Up)
        point.happen(20)
        await_events_at_the_broker(reports, 20)
    with linked(log_in_as_the_receiver(system)) as (_, reports):
        reports.next(Up)

    system.cloud.start()
    point.until(lambda: system.cloud.log().count('"session": "new"') == 2)
    assert point.settled()[epoch].through == 3
    point.clock.leap(SENT_AGAIN_AFTER)
    point.until_settled(epoch, 23)

    assert system.ledger() == [(epoch, n) for n in range(1, 24)]
    assert system.chain_is_whole()
