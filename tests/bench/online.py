"""S5: from a commit at the point to the cloud's ack, with real agent, broker and cloud."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from edge.clock import SystemClock
from edge.config import DataLayout, load_point
from edge.core.topics import topic
from edge.devices.cabinet import DoorReport, ReportKind
from edge.flows.apply_orders import apply_orders
from edge.flows.counter import Counter, ScanOutcome
from edge.flows.put_away import put_away
from edge.flows.receive_goods import receive_goods
from edge.store import inbox
from edge.store.outbox import unsent
from tests.bench.hop import ACK, KEEP, OUR_ACL, UP, Observer, a_receiver, connected
from tests.edge.flows.evening import Evening
from tests.stack import POINT, Stack, wait_until
from tests.story.goods import today, write_orders

EVENTS, ACKS = topic(POINT, "up/events"), topic(POINT, "down/ack")
ORDERS = 90
IDLE_SECONDS = 20.0
POLL_SECONDS = 0.07
"""The agent's own; commits must fall anywhere between two of its looks."""


Hop = Callable[[str], float]
"""Seconds from a publish on that topic to its ack, both as the observer sees them."""


class OpenBroker(Stack):
    """The usual processes; the broker lets the bench see what passes."""

    def _broker_command(self) -> list[str]:
        words = super()._broker_command()
        with (self.data / "broker" / "acl").open("a", encoding="utf-8") as acl:
            acl.write(OUR_ACL)
        return words


@dataclass
class Online:
    """Seconds of each way, closure by closure, and what the agent costs beside."""

    wake_ups: list[float] = field(default_factory=list)
    acks: list[float] = field(default_factory=list)
    hops: list[float] = field(default_factory=list)
    kept_hops: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    idle_share: float = 0.0


@contextmanager
def a_stack(data: Path) -> Iterator[Stack]:
    """A point whose day of orders the agent has fetched; its kiosk does not run."""
    stack = OpenBroker(data)
    try:
        stack.provision(customer_seconds=2)
        stack.set_setting("pull_seconds", "90")
        stack.start("broker", "cloud", "relay")
        write_orders(data / "orders.csv", ORDERS, today())
        stack.cloud("import", str(data / "orders.csv"), "--format", "csv")
        stack.start("sync")
        stack.await_orders(ORDERS)
        yield stack
    finally:
        stack.close()


def measure(stack: Stack) -> Online:
    """The bench writes the point's file in the kiosk's stead, by the same flows."""
    file, port = password_file(stack), stack.base + 2
    password = file.read_text(encoding="utf-8").strip()
    evening = an_evening(stack.data)
    observer = Observer(port, password, EVENTS, ACKS, UP, KEEP, ACK)
    online = Online()
    try:
        with a_receiver(port, file):
            _close_orders(stack, evening, observer, online, _bare_hop(port, password, observer))
        online.idle_share = _share_of_a_core(stack.pid("sync"))
    finally:
        observer.close()
        evening.close()
    return online


def password_file(stack: Stack) -> Path:
    """What opens the broker for everybody in the bench."""
    return stack.data / "cloud" / "receiver-password"


def an_evening(data: Path) -> Evening:
    """All orders in the places of the point's own cabinet."""
    evening = Evening(data, load_point(DataLayout(data)).cabinet.profile.places)
    evening.point = replace(evening.point, clock=SystemClock())
    evening.counter = Counter(evening.point)
    apply_orders(evening.point)
    receive_goods(evening.point)
    put_away(evening.point)
    return evening


def _await_drained(evening: Evening) -> None:
    point = evening.point

    def drained() -> bool:
        return unsent(point.edge_file, point.sync_file.ask(inbox.settled)).count == 0

    wait_until(drained, "all events acknowledged")


def _bare_hop(port: int, password: str, observer: Observer) -> Hop:
    client = connected(port, password, "bench-point")

    def hop(topic: str) -> float:
        observer.forget()
        client.publish(topic, b"x" * 900, qos=1)
        return observer.when(ACK) - observer.when(topic)

    return hop


def _close_orders(
    stack: Stack, evening: Evening, observer: Observer, online: Online, hop: Hop
) -> None:
    random, committed_at = Random(1), 0.0

    def stamp() -> None:
        nonlocal committed_at
        committed_at = time.perf_counter()

    _await_drained(evening)
    evening.writer.on_commit = stamp
    for text in stack.passes().values():
        if evening.counter.scan(text).outcome is ScanOutcome.RELEASED:
            _await_drained(evening)
            time.sleep(random.uniform(0, POLL_SECONDS))
            card = evening.counter.screen().cards[0]
            observer.forget()
            evening.counter.heard(DoorReport(ReportKind.OPENED, card.place_id or "", card.position))
            acked_at, seen_at = observer.when(ACKS), observer.when(EVENTS)
            online.wake_ups.append(seen_at - committed_at)
            online.acks.append(acked_at - seen_at)
            online.whole.append(acked_at - committed_at)
            online.hops.append(hop(UP))
            online.kept_hops.append(hop(KEEP))


def _share_of_a_core(pid: int) -> float:
    """Processor time of all its threads while nothing happens, in percent."""
    before = _processor_seconds(pid)
    time.sleep(IDLE_SECONDS)
    return 100 * (_processor_seconds(pid) - before) / IDLE_SECONDS


def _processor_seconds(pid: int) -> float:
    """The scheduler's own sum in nanoseconds; the clock ticks of `stat` are too coarse."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
