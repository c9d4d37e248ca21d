"""A broker comes back with its memory gone and rubbish in its place: told, kept aside, no more."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.core.parked import ParkedFrom
from edge.core.topics import topic
from edge.store import parked
from edge.store.database import Reader
from sync.cloud.__main__ import main
from sync.cloud.folder import CloudFolder
from sync.contract import Ack, EpochAck, encode_ack
from sync.mqtt import Account, Confirmed, Up
from tests.brokers import RECEIVER, RunningBroker
from tests.sync.fake_cloud import SIX_PM
from tests.sync.points import POINT
from tests.sync.systems import WholeSystem, whole_system
from tests.sync.test_mqtt import linked

HEARD = (ParkedFrom.ACK, ParkedFrom.HINT, ParkedFrom.COMMAND)
UP = ("up/events", "up/hello", "up/presence", "up/status", "up/weather")
DOWN = ("down/ack", "down/hint", "down/command")
BODIES = (
    b"",
    b"\x00\xff",
    b"null",
    b"[]",
    b"[1, 2",
    b'{"epochs": 7}',
    b"[" * 5_000,
    b'{"specversion": "1.0", "type": "pickup.order.released"}',
    "身".encode() * 20_000,
)
LIE = encode_ack(Ack((EpochAck("0123456789abcdef", 9_999),), SIX_PM))
"""An ack of what nobody ever wrote."""


@pytest.fixture
def system(broker: RunningBroker, tmp_path: Path) -> Iterator[WholeSystem]:
    with whole_system(broker, tmp_path) as system:
        yield system


def fill(system: WholeSystem, name: str, password: Path, leaves: tuple[str, ...]) -> None:
    """Whoever has this name says all this on these topics, once as such and once retained."""
    secret = password.read_text(encoding="ascii").strip()
    account = Account("127.0.0.1", system.broker.port, f"{name}-too", name, secret)
    bodies = [*BODIES, LIE]
    with linked(account) as (_, reports):
        connection = reports.next(Up).connection
        for leaf in leaves:
            for body in bodies:
                connection.publish(topic(POINT, leaf), body)
                connection.publish(topic(POINT, leaf), body, retain=True)
        for _ in range(2 * len(bodies) * len(leaves)):
            assert reports.next(Confirmed).accepted


def test_a_broker_full_of_rubbish_costs_no_event_and_all_of_it_is_kept_aside(
    system: WholeSystem, broker: RunningBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    point, folder = system.point, CloudFolder(broker.folder)
    epoch = point.begin_epoch()
    point.happen(3)
    point.start()
    point.until_settled(epoch, 3)
    broker.kill()
    (broker.folder / "broker" / "mosquitto.db").unlink(missing_ok=True)
    point.until(lambda: point.link().state == "offline")
    broker.start()
    point.until(lambda: point.link().state == "online" and system.cloud.is_connected())

    fill(system, POINT, folder.point_mqtt_password, UP)
    fill(system, RECEIVER, folder.receiver_password, DOWN)
    point.happen(4)
    point.until_settled(epoch, 7)
    sync_file = Reader.open(point.layout.sync_db, kind="sync")
    point.until(lambda: all(parked.counts(sync_file)[source] for source in HEARD))
    point.stop()
    kept = {message.body for message in parked.listing(sync_file)}
    sync_file.close()

    assert system.ledger() == [(epoch, n) for n in range(1, 8)]
    assert system.chain_is_whole()
    assert set(BODIES) <= kept
    capsys.readouterr()
    assert main(["parked", "--json", "--data", str(broker.folder)]) == 0
    letters = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for leaf in UP:
        raw = {base64.b64decode(each["raw"]) for each in letters if each["topic"].endswith(leaf)}
        assert set(BODIES) <= raw, leaf
    assert all(each["reason"] for each in letters)
