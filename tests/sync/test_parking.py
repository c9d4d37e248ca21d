"""Whatever the cloud says that cannot be read is kept with its bytes, and blocks nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.core.parked import ParkedFrom
from edge.store import parked
from edge.store.database import Reader, Writer
from edge.store.parked import KEPT
from sync.__main__ import main
from sync.agent.parking import LEAST_SECONDS, Parking
from tests.brokers import RunningBroker
from tests.edge.store.samples import moment
from tests.sync.fake_cloud import FakeCloud, fake_cloud
from tests.sync.fake_orders import OrdersServer, body, order, orders_server, page
from tests.sync.points import PointUnderTest

RUBBISH = b'{"epochs": [{"epoch": 7}]\x00'


@pytest.fixture
def api() -> Iterator[OrdersServer]:
    with orders_server() as server:
        yield server


@pytest.fixture
def cloud(broker: RunningBroker) -> Iterator[FakeCloud]:
    with fake_cloud(broker.port) as receiver:
        yield receiver


@pytest.fixture
def point(tmp_path: Path, broker: RunningBroker, api: OrdersServer) -> Iterator[PointUnderTest]:
    under_test = PointUnderTest(tmp_path / "point", orders_port=api.port, broker_port=broker.port)
    yield under_test
    under_test.close()


@pytest.fixture
def sync_file(point: PointUnderTest) -> Iterator[Reader]:
    reader = Reader.open(point.layout.sync_db, kind="sync")
    yield reader
    reader.close()


def listed(point: PointUnderTest, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    capsys.readouterr()
    assert main(["parked", *words, "--data", str(point.layout.root)]) == 0
    return capsys.readouterr().out.splitlines()


def test_whatever_comes_down_unreadable_is_kept_counted_and_shown_and_the_rest_goes_on(
    point: PointUnderTest,
    cloud: FakeCloud,
    api: OrdersServer,
    sync_file: Reader,
    capsys: pytest.CaptureFixture[str],
) -> None:
    api.queue = [body(b"<html>a login page"), page(order("GB-1"), order("GB-2", window=7), keys=[])]
    epoch = point.begin_epoch()
    point.happen(3)
    point.start()
    point.until_settled(epoch, 3)
    for leaf in ("down/ack", "down/hint", "down/command"):
        cloud.say(leaf, RUBBISH)
    cloud.say("down/hint", RUBBISH)
    point.until(lambda: parked.counts(sync_file)[ParkedFrom.HINT] == 2)
    point.until(lambda: point.orders() == [("GB-1", 1)])
    point.happen(4)
    point.until_settled(epoch, 7)
    point.stop()

    counts = {source: times for source, times in parked.counts(sync_file).items() if times}
    assert counts == dict.fromkeys(ParkedFrom, 1) | {ParkedFrom.HINT: 2}
    shown = {line["source"]: line for line in map(json.loads, listed(point, capsys, "--json"))}
    kept = {source: base64.b64decode(line["raw"]) for source, line in shown.items()}
    assert [kept[source] for source in ("ack", "hint", "command")] == [RUBBISH] * 3
    assert kept["answer"] == b"<html>a login page"
    assert json.loads(kept["order"])["id"] == "GB-2"
    assert kept["document"] == b"[]"
    assert "window" in shown["order"]["reason"]
    assert "keys" in shown["document"]["reason"]
    assert all(line["reason"] for line in shown.values())
    assert {line.split()[1] for line in listed(point, capsys)} == kept.keys()


def test_a_stranger_s_bytes_cannot_write_on_the_terminal(
    point: PointUnderTest, capsys: pytest.CaptureFixture[str]
) -> None:
    agent = Writer.open(point.layout.sync_db, kind="sync")
    parking = Parking(agent, moment, lambda: None)
    parking.park(ParkedFrom.ACK, "\x1b[2Jno\nack", b"")
    parking.flush()
    agent.close()
    (line,) = listed(point, capsys)
    assert line.endswith("?[2Jno?ack")


def test_without_a_file_it_says_where_it_looked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parked", "--data", str(tmp_path)]) == 2
    assert str(tmp_path / "sync" / "sync.db") in capsys.readouterr().err


def test_a_flood_costs_one_commit_a_second_and_all_of_it_is_counted(tmp_path: Path) -> None:
    agent = Writer.open(tmp_path / "sync.db", kind="sync")
    parking = Parking(agent, moment, lambda: None)
    for number in range(10_000):
        parking.park(ParkedFrom.HINT, "no hint", f"{number}".encode())
        parking.write(0.0)
    parking.write(LEAST_SECONDS - 0.01)
    before = agent.call(parked.counts)[ParkedFrom.HINT]
    parking.write(LEAST_SECONDS)
    after = agent.call(parked.counts)[ParkedFrom.HINT]
    kept = agent.call(lambda txn: list(parked.listing(txn)))
    agent.close()
    assert (before, after) == (1, 10_000)
    assert len(kept) == KEPT
