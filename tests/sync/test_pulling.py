"""When orders are pulled: a step at a time, without a line and without waiting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from edge.core.moment import ClockQuality, Moment
from edge.core.order_json import parse_order
from edge.store.database import Writer
from sync.agent.line import Line
from sync.agent.orders import Orders
from sync.contract import Page
from sync.downlink import Pulled
from tests.sync.fake_orders import order

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
        ask=asked.append,
        pull_seconds=60,
        random=Random(1),
    )


def page(cursor: str, *order_ids: str) -> Page:
    known = tuple(parse_order(order(order_id)) for order_id in order_ids)
    return Page(cursor, True, SIX_PM, {}, known, (), ())


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
