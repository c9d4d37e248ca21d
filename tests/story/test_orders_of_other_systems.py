"""A food hub's and a shop's own JSON, from the import to a collected order in the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.core.order import OrderState
from tests.stack import POINT, Stack, wait_until
from tests.story.books import PointBook, read_books
from tests.story.checks import closures
from tests.story.goods import today
from tests.story.people import Customers

IMPORTS = Path(__file__).resolve().parents[1] / "golden" / "imports"
MAPPING = f"""\
[constants]
{{currency}}
opens = "00:00"
closes = "23:59"
[points]
"Wattle Lane Food Hub" = "{POINT}"
"Yonghe Lane 7" = "{POINT}"
"永和七巷自取" = "{POINT}"
"""


@pytest.fixture(scope="module")
def open_point(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A point that runs; each system's orders come to it under an issuer of their own."""
    stack = Stack(tmp_path_factory.mktemp("open"))
    try:
        stack.provision(customer_seconds=1.0)
        stack.start()
        yield stack
    finally:
        stack.close()


@pytest.mark.parametrize(
    ("system", "file", "currency", "collected", "waiting"),
    [
        ("ofn", "ofn-orders.json", 'currency = "AUD"', "R557118042", "R557118043"),
        ("woocommerce", "woocommerce-orders.json", "", "1042", "1043"),
    ],
)
def test_their_json_becomes_a_collected_order_in_the_ledger(
    open_point: Stack, system: str, file: str, currency: str, collected: str, waiting: str
) -> None:
    stack = open_point
    issuer = f"{system}.example"
    mapping = stack.data / "mapping.toml"
    mapping.write_text(MAPPING.format(currency=currency), encoding="utf-8")

    words = ["import", str(IMPORTS / file), "--format", system, "--issuer", issuer]
    words += ["--mapping", str(mapping), "--date", today().isoformat(), "--json"]
    report = json.loads(stack.cloud(*words, expect=3))
    assert (report["imported"], report["unchanged"]) == (2, 1), report

    stack.await_applied(len(stack.passes()))
    stack.leader().goods_are_here()
    with closing(PointBook(stack.data, today())) as book:
        Customers(stack, stack.passes(), book).collect([collected])
        assert book.view(waiting).state is OrderState.READY
    stack.await_drained()

    wait_until(lambda: stack.cloud_orders()[collected]["state"] == "collected", "it is closed")
    closed = list(closures(read_books(stack, stack.passes(), today())))
    theirs = {event.subject for event in closed if event.data["issuer"] == issuer}
    assert theirs == {collected}
    assert stack.verify_ledger()[0]
