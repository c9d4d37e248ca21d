"""A real point for browsers: orders imported, pulled, received, put away; doors close by hand."""

from __future__ import annotations

import urllib.parse
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.stack import PATIENCE, Stack
from tests.story.books import PointBook
from tests.story.goods import today, write_orders, zones_of
from tests.story.people import is_shelf

ORDERS = 30
"""The thirtieth order has bags of all three temperature zones."""


@dataclass
class Evening:
    """The point, and the passes of the customers who have not come yet, by where their bags are."""

    stack: Stack
    at_doors: list[tuple[str, str]]
    on_shelves: list[tuple[str, str]]
    of_three_zones: tuple[str, str]

    def shut(self, place_id: str) -> None:
        """A hand closes that door."""
        self._simulate(f"place/{place_id}", deed="close")

    def break_lock(self, place_id: str, *, broken: bool) -> None:
        self._simulate(f"place/{place_id}", deed="stick" if broken else "unstick")

    def _simulate(self, what: str, **fields: str) -> None:
        body = urllib.parse.urlencode(fields).encode()
        url = f"{self.stack.kiosk_url}/simulator/{what}"
        urllib.request.urlopen(url, body, timeout=PATIENCE).close()


def single_bags_first(file: Path) -> None:
    """Whose order is one bag comes first, so that the doors are theirs; an order stays together."""
    header, *rows = file.read_text(encoding="utf-8").splitlines()
    rows.sort(key=lambda row: len(zones_of(int(row.split(",")[0][-3:]))))
    file.write_text("\n".join([header, *rows, ""]), encoding="utf-8")


def begin_evening(stack: Stack) -> Evening:
    """Start everything, and put the goods away: behind doors first, then on shelves."""
    file = stack.data / "orders.csv"
    order_ids = write_orders(file, ORDERS, today())
    single_bags_first(file)
    stack.provision(customer_seconds=0)
    stack.start()
    stack.cloud("import", str(file), "--format", "csv")
    stack.await_applied(ORDERS)
    stack.leader().goods_are_here()
    passes = stack.passes()
    with closing(PointBook(stack.data, today())) as book:
        views = book.views()
    single = [view for view in views.values() if len(view.parcels) == 1]
    ids: dict[bool, list[str]] = {True: [], False: []}
    for view in single:
        ids[is_shelf(view.parcels[0].place_id or "")].append(view.order.ref.order_id)
    with_pass = {order_id: (order_id, passes[order_id]) for order_id in order_ids}
    return Evening(
        stack,
        at_doors=[with_pass[order_id] for order_id in ids[False]],
        on_shelves=[with_pass[order_id] for order_id in ids[True]],
        of_three_zones=with_pass[order_ids[-1]],
    )
