import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random
from typing import TypeVar

import pytest

from edge.core.topics import topic
from edge.errors import NotConnected
from sync.backoff import Backoff
from sync.mqtt import Account, Confirmed, Connection, Down, Link, Message, Report, Up, Will
from tests.brokers import RECEIVER, RunningBroker, free_port

POINT = "bamboo-3"
EVENTS = topic(POINT, "up/events")
ACKS = topic(POINT, "down/ack")
PRESENCE = topic(POINT, "up/presence")

R = TypeVar("R", Up, Down, Confirmed, Message)


def account(port: int, name: str = POINT, **more: object) -> Account:
    return Account("127.0.0.1", port, name, name, f"secret of {name}", **more)  # type: ignore[arg-type] # the test names the fields


class Reports(SimpleQueue[Report]):
    def next(self, kind: type[R], seconds: float = 10.0) -> R:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                report = self.get(timeout=left)
            except Empty:
                break
            if isinstance(report, kind):
                return report
        raise AssertionError(f"no {kind.__name__} within {seconds} s")


@contextmanager
def linked(
    to: Account, *, subscriptions: tuple[str, ...] = (), will: Will | None = None
) -> Iterator[tuple[Link, Reports]]:
    reports = Reports()
    link = Link(
        to,
        subscriptions=subscriptions,
        reports=reports,
        next_wait=Backoff(Random(7), first=0.05, longest=0.2).next_wait,
        boot_seconds=time.monotonic,
        will=lambda: will,
    )
    link.start()
    try:
        yield link, reports
    finally:
        link.close()


@contextmanager
def receiver(broker: RunningBroker, topics: str = "pickup/v1/+/+/up/#") -> Iterator[Reports]:
    with linked(account(broker.port, RECEIVER), subscriptions=(topics,)) as (_, reports):
        reports.next(Up)
        yield reports


def test_what_a_point_publishes_reaches_the_cloud_and_is_confirmed(broker: RunningBroker) -> None:
    with receiver(broker) as cloud, linked(account(broker.port)) as (_, point):
        connection = point.next(Up).connection
        mid = connection.publish(EVENTS, b"{}", content_type="application/cloudevents+json")
        confirmed = point.next(Confirmed)
        assert (confirmed.mid, confirmed.accepted) == (mid, True)
        message = cloud.next(Message)
        assert (message.topic, message.payload, message.qos) == (EVENTS, b"{}", 1)


def test_a_point_hears_what_the_cloud_says_to_it_as_soon_as_it_is_up(
    broker: RunningBroker,
) -> None:
    with (
        linked(account(broker.port), subscriptions=(ACKS,)) as (_, point),
        linked(account(broker.port, RECEIVER)) as (_, cloud),
    ):
        point.next(Up)
        cloud.next(Up).connection.publish(ACKS, b"ack")
        assert point.next(Message).payload == b"ack"


def test_a_puback_that_says_no_is_not_taken_for_success(broker: RunningBroker) -> None:
    with linked(account(broker.port)) as (_, point):
        connection = point.next(Up).connection
        mid = connection.publish(topic("willow-1", "up/events"), b"{}")
        confirmed = point.next(Confirmed)
        assert (confirmed.mid, confirmed.accepted) == (mid, False)
        assert confirmed.reason == "Not authorized"


def test_a_wrong_password_is_told_apart_from_a_dead_line(broker: RunningBroker) -> None:
    stranger = Account("127.0.0.1", broker.port, POINT, POINT, "guessed")
    with linked(stranger) as (_, point):
        assert point.next(Down).refused
    with linked(account(free_port())) as (_, point):
        down = point.next(Down)
        assert not down.refused
        assert "ConnectionRefused" in down.reason


def test_after_a_broker_is_killed_the_link_comes_back_with_a_new_connection(
    broker: RunningBroker,
) -> None:
    with linked(account(broker.port), subscriptions=(ACKS,)) as (link, point):
        first = point.next(Up).connection
        broker.kill()
        point.next(Down)
        with pytest.raises(NotConnected):
            first.publish(EVENTS, b"{}")
        broker.start()
        second = point.next(Up).connection
        assert second is not first
        second.publish(EVENTS, b"{}")
        assert point.next(Confirmed).accepted
        assert link.is_alive()


def test_a_dropped_connection_is_replaced(broker: RunningBroker) -> None:
    with linked(account(broker.port)) as (_, point):
        point.next(Up).connection.drop("no confirmation for 30 seconds")
        assert point.next(Down).reason == "no confirmation for 30 seconds"
        point.next(Up)


def test_the_wait_is_asked_for_with_how_long_a_connection_stood_and_0_where_none_did(
    broker: RunningBroker,
) -> None:
    stood: SimpleQueue[float] = SimpleQueue()

    def next_wait(seconds: float) -> float:
        stood.put(seconds)
        return 0.05

    reports = Reports()
    link = Link(
        account(broker.port),
        subscriptions=(),
        reports=reports,
        next_wait=next_wait,
        boot_seconds=time.monotonic,
    )
    link.start()
    reports.next(Up)
    broker.kill()
    assert stood.get(timeout=10) > 0.0
    assert stood.get(timeout=10) == 0.0
    link.close()


def test_case_33_a_broker_that_says_who_pushed_us_off_the_line_is_understood() -> None:
    let_in, taken_over = b"\x20\x03\x00\x00\x00", b"\xe0\x02\x8e\x00"
    with (
        socket.create_server(("127.0.0.1", 0)) as broker,
        linked(account(broker.getsockname()[1])) as (_, point),
    ):
        broker.settimeout(10)
        for goodbye in (b"", taken_over):
            line, _ = broker.accept()
            with line:
                line.recv(4096)
                line.sendall(let_in + goodbye)
            assert point.next(Down).pushed_off is (goodbye == taken_over)


def test_the_will_is_read_out_when_the_point_vanishes_and_when_it_leaves(
    broker: RunningBroker,
) -> None:
    will = Will(PRESENCE, b"offline")
    with receiver(broker, PRESENCE.replace(POINT, "+")) as cloud:
        with linked(account(broker.port), will=will) as (_, point):
            point.next(Up).connection.drop("gone")
            point.next(Down)
            assert cloud.next(Message).payload == b"offline"
            point.next(Up).connection.publish(PRESENCE, b"online", retain=True)
            assert cloud.next(Message).payload == b"online"
        assert cloud.next(Message).payload == b"offline"


def test_the_point_keeps_no_session_so_nothing_old_is_delivered(broker: RunningBroker) -> None:
    with linked(account(broker.port), subscriptions=(ACKS,)) as (_, point):
        assert not point.next(Up).session_present
    with linked(account(broker.port, RECEIVER)) as (_, cloud):
        cloud.next(Up).connection.publish(ACKS, b"nobody was there")
        cloud.next(Confirmed)
    with linked(account(broker.port), subscriptions=(ACKS,)) as (_, point):
        assert not point.next(Up).session_present
        with pytest.raises(AssertionError, match="no Message"):
            point.next(Message, seconds=0.5)


def test_what_the_receiver_has_not_acknowledged_comes_again(broker: RunningBroker) -> None:
    keeping = account(broker.port, RECEIVER, session_seconds=3600, manual_ack=True)
    up_events = ("pickup/v1/+/+/up/events",)
    with linked(keeping, subscriptions=up_events) as (_, cloud):
        cloud.next(Up)
        with linked(account(broker.port)) as (_, point):
            connection = point.next(Up).connection
            for body in (b"one", b"two"):
                connection.publish(EVENTS, body)
        first = cloud.next(Message)
        cloud.next(Message)
        first.connection.acknowledge(first)
        time.sleep(0.2)
    with linked(keeping, subscriptions=up_events) as (_, cloud):
        again = cloud.next(Message)
        assert (again.payload, again.duplicate) == (b"two", True)


def test_broken_bytes_from_a_broker_end_the_connection_and_not_the_link() -> None:
    with socket.create_server(("127.0.0.1", 0)) as liar:
        liar.settimeout(10)
        with linked(account(liar.getsockname()[1])) as (link, point):
            for rubbish in (b"\x20\x7f\x00", b"\x20\x03\x00\x00\xff", b"\x30\xff\xff\xff\xff\xff"):
                line, _ = liar.accept()
                with line:
                    line.recv(4096)
                    line.sendall(rubbish)
                    line.settimeout(0.2)
                point.next(Down)
            assert link.is_alive()


def no_delay(port: int) -> list[bool]:
    """TCP_NODELAY of every socket of this process that is connected to `port`."""
    answers = []
    for file in Path("/proc/self/fd").iterdir():
        # Only of sockets: the copy of a pipe would keep it open for ever.
        if not file.is_socket():
            continue
        with socket.socket(fileno=os.dup(int(file.name))) as copy:
            try:
                if copy.getpeername()[1] == port:
                    answers.append(bool(copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
            except (OSError, IndexError, TypeError):
                continue
    return answers


def test_the_point_s_socket_does_not_wait_to_fill_a_packet(broker: RunningBroker) -> None:
    with linked(account(broker.port)) as (_, point):
        point.next(Up)
        assert no_delay(broker.port) == [True]


def test_the_broker_s_sockets_do_not_wait_to_fill_a_packet(tmp_path: Path) -> None:
    running = RunningBroker(tmp_path / "data")
    running.add_user(POINT)
    trace = tmp_path / "trace"
    running.start(traced_to=trace)
    try:
        with linked(account(running.port)) as (_, point):
            point.next(Up)
            assert "TCP_NODELAY, [1]" in trace.read_text(encoding="utf-8")
    finally:
        running.kill()


def test_closing_returns_in_time_although_the_line_is_stuck() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with linked(account(port)) as (link, _):
            line, _ = mute.accept()
            with line:
                began = time.monotonic()
                link.close(timeout=1.0)
                assert time.monotonic() - began < 5


def test_a_link_whose_thread_is_silent_for_too_long_counts_as_dead() -> None:
    now = [1000.0]
    link = Link(
        account(free_port()),
        subscriptions=(),
        reports=SimpleQueue(),
        next_wait=lambda lived: 3600.0,
        boot_seconds=lambda: now[0],
    )
    link.start()
    try:
        time.sleep(0.3)
        assert link.is_alive()
        now[0] += 3000.0
        assert link.is_alive()
        now[0] += 1000.0
        assert not link.is_alive()
    finally:
        link.close()


def test_a_connection_that_never_was_takes_nothing() -> None:
    connection = Connection(account(free_port()), (), None, SimpleQueue())
    with pytest.raises(NotConnected):
        connection.publish(EVENTS, b"{}")
