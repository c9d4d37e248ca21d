"""The cloud's receiver is away for a day while points go on, and then it is back."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from edge.clock import SystemClock
from sync.cloud import broker_door
from sync.cloud.folder import CloudFolder
from sync.cloud.points import PointDetails
from sync.cloud.workbench import open_workbench
from sync.contract import WINDOW, EpochAck, decode_batch
from sync.mqtt import Account, Message, Up
from sync.uplink import Post, Send, Unposted, Uplink
from tests.brokers import RECEIVER, RunningBroker
from tests.sync.outboxes import MONDAY, MemoryOutbox, told
from tests.sync.points import PointUnderTest
from tests.sync.systems import WholeSystem, whole_system
from tests.sync.test_mqtt import Reports, linked

DAY = 24 * 3600
TURN = 60
"""Seconds between two looks at a simulated point."""
MOST_KEPT = 3 * WINDOW
"""Messages of one point: its window, and twice again until the broker's way counts as blocked."""


class Far:
    """One point whose broker takes everything, says so, and keeps `room` messages of it."""

    def __init__(self, backlog: int, room: int) -> None:
        self.outbox = MemoryOutbox(monday=backlog)
        self.kept: list[bytes] = []
        self.stored: set[int] = set()
        self.room = room
        self.is_cloud_there = False
        self._uplink = Uplink(self.outbox, {}, boot="boot-1")
        self.reconnect(0.0)

    def reconnect(self, now: float) -> None:
        self._uplink.connected(now, receive_maximum=65_535, maximum_packet=None)

    def happen(self, events: int) -> None:
        self.outbox.append(MONDAY, events)

    def turn(self, now: float) -> None:
        self._uplink.look()
        for action in self._uplink.step(now):
            if isinstance(action, Send):
                self._uplink.confirmed(action.ticket)
                self._carry(action.payload)
            elif isinstance(action, Post):
                self._uplink.posted(action.ticket, Unposted(refused=False), now)
        if self.is_cloud_there:
            self._acknowledge()

    def receiver_is_back(self) -> None:
        self.is_cloud_there = True
        for payload in self.kept:
            self._store(payload)
        self.kept = []

    def _carry(self, payload: bytes) -> None:
        if self.is_cloud_there:
            self._store(payload)
        elif len(self.kept) < self.room:
            # Beyond its limit a broker says yes and drops what comes.
            self.kept.append(payload)

    def _store(self, payload: bytes) -> None:
        self.stored |= {json.loads(body)["n"] for body in decode_batch(payload)}

    def _acknowledge(self) -> None:
        through = next(n for n in range(len(self.stored) + 1) if n + 1 not in self.stored)
        also = tuple(sorted(n for n in self.stored if n > through))
        self._uplink.acknowledged(told(EpochAck(MONDAY, through, also)))

    @property
    def is_drained(self) -> bool:
        return len(self.stored) == len(self.outbox.rows[MONDAY])


@pytest.mark.parametrize("room", [10_000, 20])
def test_case_21_a_day_without_the_receiver_piles_up_three_windows_a_point_and_costs_nothing(
    room: int,
) -> None:
    points = [Far(backlog, room) for backlog in (0, 5000)]
    for now in range(0, DAY, TURN):
        for point in points:
            if now % 600 == 0:
                point.happen(2)
            if now % (4 * 3600) == 0:
                point.reconnect(float(now))
            point.turn(float(now))
            assert len(point.kept) <= MOST_KEPT
    assert not any(point.stored for point in points)

    for point in points:
        point.receiver_is_back()
        for now in range(DAY, DAY + 900, TURN):
            point.turn(float(now))

    assert all(point.is_drained for point in points)


@pytest.fixture
def system(
    broker: RunningBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[WholeSystem]:
    with whole_system(broker, tmp_path) as system:
        yield system


@pytest.fixture
def group(system: WholeSystem, tmp_path: Path) -> Iterator[list[PointUnderTest]]:
    """Four points of the running cloud."""
    points = [system.point]
    for name in ("bamboo-4", "bamboo-5", "bamboo-6"):
        point = PointUnderTest(
            tmp_path / name,
            orders_port=system.https_line.port,
            broker_port=system.broker_line.port,
            point_id=name,
        )
        points.append(point)
        let_in(system, point)
    yield points
    for point in points[1:]:
        point.close()


def let_in(system: WholeSystem, point: PointUnderTest) -> None:
    folder = CloudFolder(system.broker.folder)
    details = asdict(PointDetails(point.point_id, "竹園"))
    with open_workbench(folder, SystemClock()) as bench:
        bench.perform("provision_point", {"details": details, "token": "t0ken"})
    assert broker_door.let_in(folder, point.point_id, f"secret of {point.point_id}")


def await_messages(reports: Reports, heard: Counter[str], each: int) -> None:
    """Until the broker has so many messages of every point."""
    while len(heard) < 4 or min(heard.values()) < each:
        heard[reports.next(Message).topic] += 1


@pytest.mark.slow
def test_case_21_what_a_group_of_points_held_back_arrives_whole_once_the_receiver_is_back(
    system: WholeSystem, group: list[PointUnderTest]
) -> None:
    system.cloud.end(signal.SIGKILL)
    password = CloudFolder(system.broker.folder).receiver_password.read_text(encoding="ascii")
    watcher = Account("127.0.0.1", system.broker.port, "watcher", RECEIVER, password.strip())
    epochs = [point.begin_epoch() for point in group]
    heard: Counter[str] = Counter()
    with linked(watcher, subscriptions=("pickup/v1/+/+/up/events",)) as (_, reports):
        reports.next(Up)
        for point in group:
            point.happen(5000)
            point.start()
        await_messages(reports, heard, WINDOW)
        for point in group:
            point.clock.leap(60.0)
        await_messages(reports, heard, 2 * WINDOW)
    assert max(heard.values()) <= MOST_KEPT

    system.cloud.start()
    for point, epoch in zip(group, epochs, strict=True):
        point.until(lambda p=point, e=epoch: p.settled()[e].through == 5000, seconds=120.0)  # type: ignore[misc] # the loop's own

    assert sorted(system.ledger()) == sorted((e, n) for e in epochs for n in range(1, 5001))
    assert system.chain_is_whole()
