"""What a portion of orders asks of the database: as much for many as for few."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import pytest

from sync.cloud import ledger
from sync.cloud.recorder import record
from sync.cloud.tables import select
from tests.sync.cloud.conftest import EVENING, Cloud, PointVoice, arrival, draft

Statement = tuple[str, Sequence[object]]


@pytest.fixture
def asked(caplog: pytest.LogCaptureFixture) -> Callable[[Callable[[], object]], list[Statement]]:
    """What some work asks; peewee logs each statement with its values."""

    def listen(work: Callable[[], object]) -> list[Statement]:
        caplog.clear()
        with caplog.at_level(logging.DEBUG, logger="peewee"):
            work()
        return [record.msg for record in caplog.records if record.name == "peewee"]  # type: ignore[misc] # peewee's message is a pair

    return listen


def test_a_portion_costs_as_many_statements_for_forty_orders_as_for_two(
    cloud: Cloud, asked: Callable[[Callable[[], object]], list[Statement]]
) -> None:
    def portion(name: str, orders: int, product: str) -> int:
        drafts = [draft(f"{name}-{number}", product) for number in range(orders)]
        return len(asked(lambda: cloud.import_orders(*drafts)))

    assert portion("FEW", 2, "池上米") == portion("MANY", 40, "池上米")
    assert portion("FEW", 2, "香蕉") == portion("MANY", 40, "香蕉")
    assert portion("FEW", 2, "香蕉") == portion("MANY", 40, "香蕉")


@pytest.mark.parametrize("database_url", [None])
def test_neither_an_import_nor_a_closure_reads_through_all_orders(
    cloud: Cloud, asked: Callable[[Callable[[], object]], list[Statement]]
) -> None:
    """PostgreSQL plans by the size of a table, SQLite by its indexes alone."""
    point = PointVoice()
    closure = [arrival(point.started()), arrival(point.hand_over("G1"))]

    def day() -> None:
        cloud.import_orders(draft("G1"), draft("G2"))
        cloud.import_orders(draft("G1", "香蕉"))
        cloud.store.write(lambda database: record(database, closure, EVENING))

    asks = [ask for ask in asked(day) if ask[0].startswith("SELECT")]
    questions = [ask for ask in asks if "customer_order" in ask[0] or "closure" in ask[0]]

    steps = {
        str(step[3])
        for sql, values in questions
        for step in select(cloud.store.reader, f"EXPLAIN QUERY PLAN {sql}", *values)
    }
    assert any("customer_order" in step for step in steps)
    assert {step for step in steps if step.startswith("SCAN")} == set()


def test_no_statement_has_more_values_than_a_database_takes_however_many_events_come(
    cloud: Cloud, asked: Callable[[Callable[[], object]], list[Statement]]
) -> None:
    """A point that was added late brings the events of weeks in one go."""
    point = PointVoice()
    events = [arrival(point.started()) for _ in range(4_000)]

    asks = asked(lambda: cloud.store.write(lambda database: record(database, events, EVENING)))

    assert max(len(values) for _, values in asks if values) <= 32_766
    assert ledger.verify(cloud.store.reader, point.point_id).events == 4_000
