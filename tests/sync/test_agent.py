import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store.outbox import Settled
from sync.__main__ import Pace
from sync.contract import Ack, EpochAck, Hint, encode_ack, encode_hint
from sync.relay import Faults
from tests.brokers import RunningBroker
from tests.sync.fake_cloud import SIX_PM, FakeCloud, fake_cloud
from tests.sync.fake_orders import OrdersServer, body, order, orders_server, page
from tests.sync.lines import CommandedRelay, relayed
from tests.sync.points import PointUnderTest


@pytest.fixture
def cloud(broker: RunningBroker) -> Iterator[FakeCloud]:
    with fake_cloud(broker.port) as receiver:
        yield receiver


@pytest.fixture
def api() -> Iterator[OrdersServer]:
    with orders_server() as server:
        yield server


@pytest.fixture
def line(broker: RunningBroker) -> Iterator[CommandedRelay]:
    with relayed(broker.port) as relay:
        yield relay


@pytest.fixture
def point(tmp_path: Path, line: CommandedRelay, api: OrdersServer) -> Iterator[PointUnderTest]:
    under_test = PointUnderTest(tmp_path / "point", orders_port=api.port, broker_port=line.port)
    yield under_test
    under_test.close()


def test_what_happened_at_the_point_is_settled_once_the_cloud_has_it(
    point: PointUnderTest, cloud: FakeCloud
) -> None:
    epoch = point.begin_epoch()
    point.happen(3)
    point.start()
    point.until_settled(epoch, 3)
    point.happen(2)
    point.until_settled(epoch, 5)
    assert sorted(cloud.ledger) == [(epoch, n) for n in range(1, 6)]
    assert set(cloud.deliveries.values()) == {1}
    assert point.link().state == "online"
    assert point.link().last_ack is not None


def test_a_backlog_arrives_whole_in_order_and_once(point: PointUnderTest, cloud: FakeCloud) -> None:
    monday = point.begin_epoch()
    point.happen(400)
    tuesday = point.begin_epoch()
    point.happen(300)
    point.start()
    point.until_settled(tuesday, 300)
    point.until_settled(monday, 400)
    assert list(cloud.ledger) == [(monday, n) for n in range(1, 401)] + [
        (tuesday, n) for n in range(1, 301)
    ]
    assert set(cloud.deliveries.values()) == {1}
    hello = json.loads(cloud.heard["up/hello"])
    assert [(span["epoch"], span["first_unacked"], span["last"]) for span in hello["epochs"]] == [
        (monday, 1, 400),
        (tuesday, 1, 300),
    ]


def test_what_is_settled_costs_a_backlog_few_commits(
    point: PointUnderTest, cloud: FakeCloud, caplog: pytest.LogCaptureFixture
) -> None:
    point.pace = Pace(batch_events=1)
    epoch = point.begin_epoch()
    point.happen(1000)
    with caplog.at_level(logging.DEBUG, logger="peewee"):
        point.start()
        point.until_settled(epoch, 1000)
    commits = [record for record in caplog.records if 'INTO "settled"' in str(record.msg)]
    assert 1 <= len(commits) < len(cloud.ledger) / 20


def test_what_was_settled_last_is_on_file_when_the_agent_has_stopped(
    point: PointUnderTest,
    cloud: FakeCloud,
    api: OrdersServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sync.agent.events.SETTLED_SECONDS", 3600.0)
    epoch = point.begin_epoch()
    point.happen()
    point.start()
    point.until_settled(epoch, 1)
    point.happen(4)
    cloud.until_stored(5)
    # What the cloud says arrives in its order: behind the acks, these orders.
    api.usual = page(order("GB-9"), cursor="c2")
    cloud.say("down/hint", encode_hint(Hint("c2")))
    point.until(lambda: point.cursor() == "c2")
    assert point.settled()[epoch].through == 1
    point.stop()
    assert point.settled()[epoch].through == 5


def test_a_puback_without_the_cloud_s_ack_settles_nothing_and_the_event_goes_again(
    point: PointUnderTest, cloud: FakeCloud
) -> None:
    cloud.acks = False
    epoch = point.begin_epoch()
    point.happen(2)
    point.start()
    cloud.until_stored(2)
    time.sleep(0.3)
    assert point.settled() == {}
    point.clock.leap(60.0)
    cloud.until(lambda: cloud.deliveries[epoch, 1] == 2)
    cloud.acks = True
    point.happen()
    point.until_settled(epoch, 3)
    assert len(cloud.ledger) == 3


def test_a_killed_broker_loses_no_event(
    point: PointUnderTest, cloud: FakeCloud, broker: RunningBroker
) -> None:
    epoch = point.begin_epoch()
    point.happen(5)
    point.start()
    point.until_settled(epoch, 5)
    broker.kill()
    point.until(lambda: point.link().state == "offline")
    point.happen(5)
    broker.start()
    point.until_settled(epoch, 10)
    assert sorted(cloud.ledger) == [(epoch, n) for n in range(1, 11)]


def test_a_cut_line_is_seen_and_healed(
    point: PointUnderTest, cloud: FakeCloud, line: CommandedRelay
) -> None:
    epoch = point.begin_epoch()
    point.start()
    point.until(lambda: point.link().state == "online")
    cloud.until(lambda: "up/presence" in cloud.heard)
    assert json.loads(cloud.heard["up/presence"])["state"] == "online"
    birth = json.loads(cloud.heard["up/presence"])["counter"]
    line.cut()
    point.until(lambda: point.link().state == "offline")
    cloud.until(lambda: json.loads(cloud.heard["up/presence"])["state"] == "offline")
    assert json.loads(cloud.heard["up/presence"])["counter"] == birth
    point.happen(7)
    line.heal()
    point.until_settled(epoch, 7)
    assert point.link().state == "online"


def test_a_line_that_ends_after_a_few_kilobytes_makes_headway_all_the_same(
    point: PointUnderTest, cloud: FakeCloud, line: CommandedRelay
) -> None:
    epoch = point.begin_epoch()
    point.happen(60)
    line.fault(Faults(cut_after_bytes=20_000))
    point.start()
    cloud.until(lambda: bool(cloud.ledger) or cloud.heard.get("up/hello") is not None)
    line.fault(Faults())
    point.until_settled(epoch, 60)
    assert len(cloud.ledger) == 60


def test_a_damaged_row_is_said_and_blocks_nothing(point: PointUnderTest, cloud: FakeCloud) -> None:
    epoch = point.begin_epoch()
    point.happen(10)
    point.damage(4)
    point.start()
    point.until(lambda: point.settled().get(epoch, Settled()).also == {5, 6, 7, 8, 9, 10})
    assert (epoch, 4) not in cloud.ledger
    assert point.link().trouble == "rows_damaged"
    assert point.damaged() == [(epoch, 4)]


def test_a_damaged_row_that_the_cloud_has_settled_as_lost_is_over(
    point: PointUnderTest, cloud: FakeCloud
) -> None:
    epoch = point.begin_epoch()
    point.happen(3)
    point.damage(2)
    point.start()
    point.until(lambda: point.damaged() == [(epoch, 2)])
    cloud.say("down/ack", encode_ack(Ack((EpochAck(epoch, 3),), SIX_PM)))
    point.until(lambda: point.damaged() == [] and point.link().trouble is None)
    point.until_settled(epoch, 3)


def test_a_hostile_ack_settles_nothing_and_is_said(point: PointUnderTest, cloud: FakeCloud) -> None:
    cloud.acks = False
    point.begin_epoch()
    point.happen(2)
    point.start()
    cloud.until_stored(2)
    for payload in (b"", b"\xff", b'{"epochs": [{"epoch": 7}]}', b"[" * 60_000):
        cloud.say("down/ack", payload)
    point.until(lambda: point.link().trouble == "nonsense")
    assert point.settled() == {}


def test_case_41_what_a_broker_retained_is_known_by_that_when_it_comes_as_a_command(
    point: PointUnderTest, cloud: FakeCloud
) -> None:
    cloud.say("down/command", b"before the point came", retain=True)
    point.start()
    point.until(lambda: point.commands() == [(b"before the point came", True)])
    cloud.say("down/command", b"while it was there", retain=True)
    cloud.say("down/command", b"live")
    point.until(lambda: len(point.commands()) == 3)
    assert point.commands()[1:] == [(b"while it was there", True), (b"live", False)]


def test_case_40_a_command_that_was_sent_while_the_point_was_away_waits_in_no_session(
    point: PointUnderTest, cloud: FakeCloud
) -> None:
    point.start()
    point.until(lambda: point.link().state == "online")
    point.stop()
    cloud.say("down/command", b"an hour ago")
    cloud.heard.clear()
    point.start()
    cloud.until(lambda: "up/hello" in cloud.heard)
    cloud.say("down/command", b"now")
    point.until(lambda: point.commands() == [(b"now", False)])


def test_the_status_says_how_much_waits(point: PointUnderTest, cloud: FakeCloud) -> None:
    cloud.acks = False
    point.begin_epoch()
    point.happen(3)
    point.start()
    cloud.until(lambda: "up/status" in cloud.heard)
    status = json.loads(cloud.heard["up/status"])
    assert status["unsent"] == 3
    assert status["oldest_unsent"] is not None


def test_orders_come_down_page_by_page_and_a_bad_one_stops_no_other(
    point: PointUnderTest, api: OrdersServer
) -> None:
    api.queue = [
        page(order("GB-1"), order("GB-2", lines=[]), cursor="c1", more=True),
        page(order("GB-3"), order("GB-1", revision=2), cursor="c2"),
    ]
    point.start()
    point.until(lambda: point.cursor() == "c2")
    assert point.orders() == [("GB-1", 2), ("GB-3", 1)]
    ((order_id, reason),) = point.refused()
    assert order_id == "GB-2"
    assert "lines" in reason
    assert [asked["since"] for asked in api.asked] == [None, "c1"]


def test_a_forgotten_cursor_starts_over_and_forgets_no_order(
    point: PointUnderTest, api: OrdersServer
) -> None:
    api.queue = [page(order("GB-1"), cursor="c1", more=True), body(b"", 410)]
    api.usual = page(order("GB-2"), cursor="n1")
    point.start()
    point.until(lambda: point.cursor() == "n1")
    assert point.orders() == [("GB-1", 1), ("GB-2", 1)]
    assert [asked["since"] for asked in api.asked[:3]] == [None, "c1", None]


def test_a_cloud_that_talks_nonsense_is_told_to_the_leader_and_changes_nothing(
    point: PointUnderTest, cloud: FakeCloud, api: OrdersServer
) -> None:
    api.queue = [page(order("GB-1"), cursor="c1", more=True)]
    api.usual = body(b"<html>busy</html>")
    epoch = point.begin_epoch()
    point.start()
    point.until(lambda: point.link().trouble == "nonsense")
    assert (point.orders(), point.cursor()) == ([("GB-1", 1)], "c1")
    point.happen()
    point.until_settled(epoch, 1)


def test_a_cloud_that_repeats_a_page_for_ever_is_not_asked_for_ever(
    point: PointUnderTest, api: OrdersServer
) -> None:
    api.usual = page(order("GB-1"), cursor="c1", more=True)
    point.start()
    point.until(lambda: point.link().trouble == "nonsense")
    assert len(api.asked) == 2


def test_refused_credentials_are_told_apart(point: PointUnderTest, api: OrdersServer) -> None:
    api.usual = body(b"", 401)
    point.start()
    point.until(lambda: point.link().state == "refused")
    assert point.link().trouble == "unauthorised"


def test_a_hint_brings_the_news_before_the_next_round(
    point: PointUnderTest, cloud: FakeCloud, api: OrdersServer
) -> None:
    point.start()
    point.until(lambda: point.cursor() == "c1" and point.link().state == "online")
    api.usual = page(order("GB-9"), cursor="c2")
    cloud.say("down/hint", encode_hint(Hint("c2")))
    point.until(lambda: point.orders() == [("GB-9", 1)])


def test_a_cursor_survives_a_restart_of_the_agent(point: PointUnderTest, api: OrdersServer) -> None:
    api.usual = page(order("GB-1"), cursor="c1")
    point.start()
    point.until(lambda: point.cursor() == "c1")
    point.stop()
    api.asked.clear()
    point.start()
    api.await_requests(1)
    assert api.asked[0]["since"] == "c1"


def test_a_lost_file_of_the_agent_only_repeats(point: PointUnderTest, cloud: FakeCloud) -> None:
    epoch = point.begin_epoch()
    point.happen(5)
    point.start()
    point.until_settled(epoch, 5)
    point.stop()
    for name in ("sync.db", "sync.db-wal", "sync.db-shm"):
        (point.layout.root / "sync" / name).unlink(missing_ok=True)
    point.start()
    point.happen()
    point.until_settled(epoch, 6)
    assert cloud.deliveries[epoch, 6] == 1
    assert set(cloud.deliveries.values()) == {1}


def test_a_damaged_file_of_the_agent_is_set_aside_and_a_new_one_begun(
    point: PointUnderTest, cloud: FakeCloud
) -> None:
    epoch = point.begin_epoch()
    point.happen(5)
    rubble = b"\x8e" * 20_000
    point.layout.sync_db.write_bytes(rubble)
    process = serving(point)
    try:
        cloud.until_stored(5)
        point.until(point.layout.sync_db.with_name("sync.db.damaged").exists)
        point.until_settled(epoch, 5)
        os.kill(process.pid, signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    (line,) = [line for line in said.splitlines() if "damaged" in line]
    told = json.loads(line)
    assert told["event"] == "file_set_aside"
    assert str(told["now_at"]).endswith("sync.db.damaged")
    assert point.layout.sync_db.with_name("sync.db.damaged").read_bytes() == rubble


def serving(point: PointUnderTest) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sync", "serve", "--data", str(point.layout.root)],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_process_stops_cleanly_when_it_is_asked_to(
    point: PointUnderTest, cloud: FakeCloud
) -> None:
    epoch = point.begin_epoch()
    point.happen(3)
    process = serving(point)
    try:
        point.until_settled(epoch, 3)
        os.kill(process.pid, signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert json.loads(said.splitlines()[-1])["event"] == "stopped"
    assert "t0ken" not in said
    assert "secret" not in said
    cloud.until(lambda: json.loads(cloud.heard["up/presence"])["state"] == "offline")
    assert point.link().state == "offline"


def test_a_killed_process_loses_nothing(point: PointUnderTest, cloud: FakeCloud) -> None:
    epoch = point.begin_epoch()
    for round_ in range(1, 4):
        process = serving(point)
        try:
            point.happen(50)
            cloud.until_stored(50 * round_ - 40)
        finally:
            process.kill()
            process.communicate()
    point.start()
    point.until_settled(epoch, 150)
    assert sorted(cloud.ledger) == [(epoch, n) for n in range(1, 151)]


def test_a_second_agent_on_the_same_directory_is_stopped(point: PointUnderTest) -> None:
    point.start()
    point.until(lambda: point.cursor() == "c1")
    process = serving(point)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "already works on" in said


@pytest.mark.parametrize("broken", ["", "\n", "gehe\xefm"])
def test_a_broken_secret_is_named_in_one_line(point: PointUnderTest, broken: str) -> None:
    (point.layout.root / "sync" / "token").write_text(broken, encoding="latin-1")
    process = serving(point)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.count("\n") == 1
    assert "sync/token" in said


def test_a_broker_that_refuses_events_is_said_and_nothing_counts_as_sent(
    point: PointUnderTest, broker: RunningBroker
) -> None:
    broker.kill()
    rules = broker.acl.read_text(encoding="utf-8")
    broker.acl.write_text(rules.replace("up/#", "up/hello"), encoding="utf-8")
    broker.start()
    point.begin_epoch()
    point.happen(2)
    point.start()
    point.until(lambda: point.link().trouble == "events_refused")
    assert point.settled() == {}
