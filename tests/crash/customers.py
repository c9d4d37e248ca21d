"""Customers who come whatever is killed, and what must be true when the last one has gone."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from random import Random

from edge.core.envelope import Envelope
from edge.core.events import EventType
from edge.devices.doors import RETRIES

PAUSE_SECONDS = 0.1
PATIENCE = 300.0
OPENINGS = (EventType.ORDER_RELEASED, EventType.ORDER_REOPENED)
ShowPass = Callable[[str], str | None]
"""Of an order; the outcome that was answered, None where nothing was."""


class Customers:
    """One after the other shows the pass of an order until there is an answer; all come again."""

    def __init__(self, show_pass: ShowPass, order_ids: Iterable[str], random: Random) -> None:
        self._show_pass = show_pass
        self._order_ids = list(order_ids)
        random.shuffle(self._order_ids)
        self._closing, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._come)
        self.shown: Counter[str] = Counter()
        self.answers: Counter[tuple[str, str]] = Counter()
        """How often an order's customer was answered with an outcome."""

    def told(self, outcome: str) -> Counter[str]:
        """How often each order's customer was answered so."""
        return Counter({order: n for (order, said), n in self.answers.items() if said == outcome})

    def await_last(self) -> None:
        """Let nobody come again; until everybody has come."""
        self._closing.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the customers are still there"

    @contextmanager
    def coming(self) -> Iterator[None]:
        """They come by themselves; whatever happens, nobody comes any more behind this."""
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()

    def _come(self) -> None:
        while not (self._closing.is_set() or self._over.is_set()):
            for order_id in self._order_ids:
                self._visit(order_id)
                self._over.wait(PAUSE_SECONDS)

    def _visit(self, order_id: str) -> None:
        answer = None
        while answer is None and not self._over.is_set():
            self.shown[order_id] += 1
            answer = self._show_pass(order_id)
        if answer is not None:
            self.answers[order_id, answer] += 1


def what_is_wrong(
    events: Iterable[Envelope], pulses: Counter[str], customers: Customers
) -> list[str]:
    """Every promise that was broken: nothing lost, nothing twice, no door by itself."""
    openings = [event for event in events if event.type in OPENINGS]
    of_order = Counter(str(event.subject) for event in openings)
    again = Counter(str(e.subject) for e in openings if e.type == EventType.ORDER_REOPENED)
    bags = Counter(
        (str(event.subject), str(event.data["parcel_id"]))
        for event in openings
        if event.type == EventType.ORDER_RELEASED
    )
    broken: dict[str, Counter[str]] = {
        "never served": Counter(customers.shown.keys() - of_order.keys()),
        "handed over twice": Counter(f"{bag}" for bag, times in bags.items() if times > 1),
        "told of again, not on file": customers.told("reopened") - again,
        "told of, not on file": Counter(customers.told("released").keys() - of_order.keys()),
        # One pass opens for all bags of its order, one behind the other.
        "opened without a pass": of_order
        - Counter(order for order, _ in bags for _ in range(customers.shown[order])),
        "moved before its commit": pulses
        - Counter(str(e.data["place"]) for e in openings for _ in range(1 + RETRIES)),
    }
    return [f"{what}: {dict(found)}" for what, found in broken.items() if found]
