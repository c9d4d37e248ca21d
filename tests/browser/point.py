"""A real point for browsers: orders imported, pulled, received, put away; doors close by hand."""

from __future__ import annotations

import urllib.parse
import urllib.request
from dataclasses import dataclass

from tests.stack import PATIENCE, Stack
from tests.story.goods import today, write_orders

ORDERS = 12


@dataclass
class Evening:
    """The point, and the passes of the customers who have not come yet."""

    stack: Stack
    waiting: list[tuple[str, str]]

    def next_customer(self) -> tuple[str, str]:
        """Order id and pass of somebody whose goods are here."""
        return self.waiting.pop(0)

    def shut(self, place_id: str) -> None:
        """A hand closes that door."""
        self._simulate(f"place/{place_id}", deed="close")

    def break_lock(self, place_id: str, *, broken: bool) -> None:
        self._simulate(f"place/{place_id}", deed="stick" if broken else "unstick")

    def _simulate(self, what: str, **fields: str) -> None:
        body = urllib.parse.urlencode(fields).encode()
        url = f"{self.stack.kiosk_url}/simulator/{what}"
        urllib.request.urlopen(url, body, timeout=PATIENCE).close()


def begin_evening(stack: Stack) -> Evening:
    """Start everything; the first orders lie behind doors, each as one bag."""
    file = stack.data / "orders.csv"
    order_ids = write_orders(file, ORDERS, today())
    stack.provision(customer_seconds=0)
    stack.start()
    stack.cloud("import", str(file), "--format", "csv")
    stack.await_applied(ORDERS)
    stack.leader().goods_are_here()
    passes = stack.passes()
    # Every sixth and tenth order has cold goods as well: several places, a longer story.
    single = [
        order_id for number, order_id in enumerate(order_ids, 1) if number % 6 and number % 10
    ]
    return Evening(stack, [(order_id, passes[order_id]) for order_id in single])
