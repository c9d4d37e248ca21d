"""Kiosk, agent, broker and cloud as processes, and customers who come whatever is killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from edge.core.envelope import Envelope
from edge.store import inbox
from edge.store.database import Reader
from edge.store.outbox import Settled, epochs
from tests.crash.forked_stack import ForkedStack, must_hold_each_event_once
from tests.crash.prepared_point import chained, scan
from tests.crash.processes import Child, Starter
from tests.stack import answers, wait_until
from tests.story.goods import today, write_orders

PARTS = ("kiosk", "agent", "broker", "cloud")
CUSTOMER_SECONDS = 1.0


class LivePoint:
    """One evening; `kill` and `start` work on any part at any time."""

    def __init__(self, data: Path, starter: Starter) -> None:
        self._stack, self._starter = ForkedStack(data, starter), starter
        self._coils = data / "coils"
        self._running: dict[str, Child] = {}
        self.passes: dict[str, str] = {}
        stack = self._stack
        stack.provision(customer_seconds=CUSTOMER_SECONDS)
        stack.set_setting("orders_url", f'"{stack.cloud_url}"')
        stack.set_setting("broker_port", str(stack.base + 2))
        where = ("--data", str(data))
        ports = ("--port", str(stack.base + 1), "--broker-port", str(stack.base + 2))
        self._words: Mapping[str, tuple[str, ...]] = {
            "kiosk": ("watched-kiosk", str(data), str(stack.base), str(self._coils)),
            "agent": ("pickup-sync", "serve", *where),
            "cloud": ("pickup-cloud", "serve", *where, *ports),
        }

    def open(self, orders: int) -> None:
        """Start everything, and put the goods of so many orders in their places."""
        for part in ("broker", "cloud", "kiosk", "agent"):
            self.start(part)
        file = self._stack.data / "orders.csv"
        write_orders(file, orders, today())
        self._await_port(1)
        self._stack.cloud("import", str(file), "--format", "csv")
        self.passes = self._stack.passes()
        self._await_port(0)
        self._stack.await_applied(orders)
        self._stack.leader().goods_are_here()

    def close(self) -> None:
        self._stack.close()
        for child in self._running.values():
            child.kill()

    def start(self, part: str) -> None:
        """Start it; what it needs a moment for is not waited for."""
        if part == "broker":
            self._stack.start(part)
        else:
            self._running[part] = self._starter.start(*self._words[part])

    def kill(self, part: str) -> None:
        """End it at whatever instruction it is; it must not have ended by itself."""
        if part == "broker":
            self._stack.kill(part)
        else:
            child = self._running[part]
            assert child.code is None, f"{part} ended by itself: {child.said}"
            child.kill()

    def scan(self, order_id: str) -> str | None:
        """What a customer's pass is answered, None where the kiosk is gone."""
        answer = scan(self._stack.base, self.passes[order_id])
        if answer is None:
            self._await_port(0)
        return answer

    def await_settled(self) -> None:
        """Wait until the agent has on file that the cloud has everything."""
        with closing(self._edge_file()) as edge, closing(self._sync_file()) as sync:
            wait_until(
                lambda: (
                    inbox.settled(sync) == {span.epoch: Settled(span.last) for span in epochs(edge)}
                ),
                "everything settled",
                every=0.2,
            )

    def events(self) -> list[Envelope]:
        """Everything on the point's file; AssertionError unless the chain is whole."""
        with closing(self._edge_file()) as edge:
            return chained(edge)

    def pulses(self) -> Counter[str]:
        """How often each door's coil carried current, in all starts together."""
        return Counter(self._coils.read_text().split() if self._coils.exists() else ())

    def must_be_in_the_ledger_once(self) -> None:
        """Every event of the point, in its bytes, exactly once."""
        with closing(self._edge_file()) as edge:
            must_hold_each_event_once(self._stack, edge)

    def _edge_file(self) -> Reader:
        return Reader.open(self._stack.data / "edge" / "edge.db", kind="edge")

    def _sync_file(self) -> Reader:
        return Reader.open(self._stack.data / "sync" / "sync.db", kind="sync")

    def _await_port(self, offset: int) -> None:
        wait_until(lambda: answers(self._stack.base + offset), "a part serving", every=0.01)
