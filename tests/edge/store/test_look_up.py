"""The index beside the orders: it follows them, and an older file gets it on the way."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from edge.core.look_up import Clue, Wanted
from edge.core.order import Order
from edge.store import look_up, orders
from edge.store.database import Reader, Writer
from edge.store.migrations import EDGE, Schema
from edge.store.tables import EDGE_TABLES, LookUpRow
from edge.store.transaction import Txn
from tests.edge.store.samples import TODAY, order

PHONE_678 = Wanted(Clue.PHONE, "678", whole=True)
CHEN = Wanted(Clue.NAME, "陳", whole=False)


def chen(order_id: str, **changes: object) -> Order:
    known = order(order_id)
    customer = replace(known.customer, name="陳美玲", phone_last3="678")
    return replace(known, customer=customer, **changes)  # type: ignore[arg-type] # fields of Order


def _drop(table: str, txn: Txn) -> None:
    txn.execute(f"DROP TABLE {table}")


def put(writer: Writer, *some: Order) -> None:
    for one in some:
        writer.call(partial(orders.upsert, order=one, change=1))


def found(reader: Reader, wanted: Wanted, most: int = 10) -> list[str]:
    keys = look_up.by_word(reader, wanted, TODAY, most)
    return [view.order.ref.order_id for view in look_up.views(reader, keys)]


def test_todays_come_first_then_the_newest_and_tomorrows_last(
    writer: Writer, reader: Reader
) -> None:
    day = timedelta(days=1)
    for order_id, pickup in (("OLD", -2 * day), ("NEXT", day), ("NOW", 0 * day), ("LATE", -day)):
        put(writer, chen(order_id, pickup_date=TODAY + pickup))

    assert found(reader, PHONE_678) == ["NOW", "LATE", "OLD", "NEXT"]
    assert found(reader, CHEN, most=2) == ["NOW", "LATE"]


def test_last_months_orders_are_found_by_number_alone(writer: Writer, reader: Reader) -> None:
    put(writer, chen("A-20261024-0007", pickup_date=TODAY - timedelta(days=31)))

    assert found(reader, PHONE_678) == []
    assert found(reader, Wanted(Clue.NUMBER, "7000", whole=False)) == ["A-20261024-0007"]


def test_a_name_that_the_cloud_corrects_is_found_by_the_new_one_alone(
    writer: Writer, reader: Reader
) -> None:
    put(writer, chen("A1"))
    corrected = order("A1", revision=2)
    put(writer, replace(corrected, customer=replace(corrected.customer, name="程美玲")))

    assert found(reader, CHEN) == []
    assert found(reader, Wanted(Clue.NAME, "程", whole=False)) == ["A1"]


def test_the_same_revision_again_rewrites_nothing(writer: Writer, edge_path: Path) -> None:
    put(writer, chen("A1"))
    before = writer.call(lambda txn: txn.rows("SELECT total_changes()"))
    writer.call(lambda txn: look_up.keep(txn, 1, chen("A1")))

    assert writer.call(lambda txn: txn.rows("SELECT total_changes()")) == before


def test_initials_count_what_is_still_to_be_collected(writer: Writer, reader: Reader) -> None:
    put(writer, chen("A1"), chen("A2"), order("A3"))
    put(writer, chen("A4", pickup_date=TODAY + timedelta(days=1)))

    assert look_up.initials(reader, TODAY) == [("陳", 2), ("王", 1)]


def test_orders_of_an_older_file_can_be_looked_up_after_it_went_forward(edge_path: Path) -> None:
    before = Schema(
        tuple(table for table in EDGE_TABLES if table is not LookUpRow), steps={2: lambda _: None}
    )
    old = Writer(edge_path, before)
    old.call(lambda txn: txn.execute("CREATE TABLE look_up (clue, word, pickup_date, order_key)"))
    put(old, chen("A1"), chen("A2"))
    old.call(lambda txn: txn.execute("DROP TABLE look_up"))
    for later in ("finder", "attempt", "pruned", "retried"):
        old.call(partial(_drop, later))
    old.call(
        lambda txn: txn.execute(
            "CREATE TABLE pin_attempt (wrong, boot_id, locked_until_ns, lock_seconds)"
        )
    )
    old.call(lambda txn: txn.execute("UPDATE orders SET body = x'00ff' WHERE order_id = 'A2'"))
    old.close()

    Writer(edge_path, EDGE).close()

    rows = sqlite3.connect(edge_path).execute("SELECT word FROM look_up WHERE clue = 'phone'")
    assert rows.fetchall() == [("678",)]
