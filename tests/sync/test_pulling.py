"""When orders are pulled: a step at a time, without a line and without waiting."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from edge.core.moment import ClockQuality, Moment
from edge.core.order_json import parse_order
from edge.store import inbox
from edge.store.database import Writer
from sync.agent.line import Line
from sync.agent.orders import Orders
from sync.agent.parking import Parking
from sync.contract import Page
from sync.downlink import OrdersApi, Pulled
from sync.https import CloudAddress, Failed
from tests.sync.fake_orders import NOW, Handler, OrdersServer, Reply, order, orders_server
from tests.sync.fake_orders import page as reply

SIX_PM = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
MOMENT = Moment(SIX_PM, ClockQuality.SYNCED, SIX_PM, "boot-1", 1)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    opened = Writer.open(tmp_path / "sync.db", kind="sync")
    yield opened
    opened.close()


@pytest.fixture
def asked() -> list[str | None]:
    return []


@pytest.fixture
def orders(writer: Writer, asked: list[str | None]) -> Orders:
    return Orders(
        writer=writer,
        now=lambda: MOMENT,
        passed=lambda: None,
        line=Line(writer, lambda: MOMENT),
        parking=Parking(writer, lambda: MOMENT, lambda: None),
        ask=asked.append,
        pull_seconds=60,
        random=Random(1),
    )


def page(cursor: str, *order_ids: str) -> Page:
    known = tuple(parse_order(order(order_id)) for order_id in order_ids)
    return Page(cursor, True, SIX_PM, {}, known, (), {})


def test_pages_with_news_are_pulled_one_right_after_the_other(
    orders: Orders, asked: list[str | None]
) -> None:
    orders.step(0.0)
    orders.take(Pulled(None, page("c1", "GB-1")), 5.0)
    orders.step(5.0)
    assert asked == [None, "c1"]


def test_a_cloud_that_goes_in_circles_is_asked_once_a_second_at_most(
    orders: Orders, asked: list[str | None]
) -> None:
    orders.step(0.0)
    orders.take(Pulled(None, page("c1", "GB-1")), 5.0)
    orders.step(5.0)
    orders.take(Pulled("c1", page("c2", "GB-1")), 5.1)
    orders.step(6.0)
    assert asked == [None, "c1"]
    orders.step(6.1)
    assert asked == [None, "c1", "c2"]


@pytest.fixture
def cloud() -> Iterator[OrdersServer]:
    with orders_server() as server:
        yield server


@pytest.fixture
def api(cloud: OrdersServer) -> Iterator[OrdersApi]:
    address = CloudAddress(f"http://127.0.0.1:{cloud.port}", "bamboo-3", "t0ken")
    asking = OrdersApi(address, time.monotonic)
    yield asking
    asking.close()


def cut_page(share: float, *, packed: bool, measured: bool) -> Reply:
    """A page of two orders whose line ends in the middle; `measured`: its length was promised."""
    told = {"cursor": "c2", "server_time": NOW, "orders": [order("GB-1", 2), order("GB-2")]}
    whole = json.dumps(told).encode()
    sent = gzip.compress(whole) if packed else whole

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        if packed:
            handler.send_header("Content-Encoding", "gzip")
        if measured:
            handler.send_header("Content-Length", str(len(sent)))
        handler.end_headers()
        handler.wfile.write(sent[: int(len(sent) * share)])
        handler.close_connection = True

    return answer


def kept(writer: Writer) -> tuple[str | None, list[tuple[object, ...]]]:
    """The cursor, and each order's id and revision."""
    orders = "SELECT order_id, revision FROM cloud_order ORDER BY 1"
    return writer.call(inbox.cursor), writer.call(lambda txn: txn.rows(orders))


@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.4, 0.9])
def test_case_17_an_answer_cut_in_the_middle_changes_neither_cursor_nor_orders(
    orders: Orders,
    writer: Writer,
    api: OrdersApi,
    cloud: OrdersServer,
    share: float,
    packed: bool,
    measured: bool,
) -> None:
    orders.step(0.0)
    orders.take(Pulled(None, page("c1", "GB-1")), 0.0)
    cloud.queue = [cut_page(share, packed=packed, measured=measured)]

    answer = api.fetch("c1")
    orders.take(Pulled("c1", answer), 1.0)

    assert isinstance(answer, Failed)
    assert kept(writer) == ("c1", [("GB-1", 1)])
    cloud.queue = [reply(order("GB-1", 2), order("GB-2"), cursor="c2")]
    orders.take(Pulled("c1", api.fetch("c1")), 9.0)
    assert kept(writer) == ("c2", [("GB-1", 2), ("GB-2", 1)])


@pytest.mark.parametrize(
    "instruction", ["UPDATE OF cursor ON meta", "INSERT ON cloud_order WHEN NEW.order_id = 'GB-3'"]
)
def test_case_17_orders_and_the_cursor_that_covers_them_are_kept_together_or_not_at_all(
    orders: Orders, writer: Writer, instruction: str
) -> None:
    orders.take(Pulled(None, page("c1", "GB-1")), 0.0)
    ending = f"CREATE TRIGGER ending BEFORE {instruction} BEGIN SELECT RAISE(ABORT, 'no'); END"
    writer.call(lambda txn: txn.execute(ending))

    with pytest.raises(Exception, match="no"):
        orders.take(Pulled("c1", page("c2", "GB-2", "GB-3")), 1.0)

    assert kept(writer) == ("c1", [("GB-1", 1)])


def test_case_17_a_page_with_all_that_it_brings_is_one_commit(
    orders: Orders, writer: Writer
) -> None:
    commits: list[bool] = []
    writer.on_commit = lambda: commits.append(True)

    orders.take(Pulled(None, page("c1", *(f"GB-{n}" for n in range(1, 40)))), 0.0)

    assert len(commits) == 1
