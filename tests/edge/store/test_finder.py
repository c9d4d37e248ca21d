"""Orders found by pickup code and by customer, also in a file that an older release made."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from edge.core.lock_out import Attempts
from edge.core.order import Order, OrderRef
from edge.core.view import OrderView
from edge.store import attempts, finder, orders
from edge.store.checksum import checksum_with_body
from edge.store.database import Reader, Txn, Writer
from edge.store.outbox import Outbox
from edge.store.views import canonical_body
from tests.edge.store.samples import event, moment, order

FIRST_RELEASE = Path(__file__).with_name("edge-schema-1.sql")
HASH_A, HASH_B = "a1" * 32, "b2" * 32


def coded(order_id: str, code_hash: str | None, *, customer: str = "c-77") -> Order:
    plain = order(order_id)
    return replace(
        plain, pickup_code_hash=code_hash, customer=replace(plain.customer, ref=customer)
    )


def put(writer: Writer, *told: Order) -> None:
    def work(txn: Txn) -> None:
        for one in told:
            orders.upsert(txn, one, 1)

    writer.call(work)


def ids(views: list[OrderView]) -> list[str]:
    return [view.order.ref.order_id for view in views]


def test_an_order_is_found_by_the_hash_of_its_newest_code(writer: Writer, reader: Reader) -> None:
    put(writer, coded("A1", HASH_A), coded("A2", None))
    assert ids(finder.by_code(reader, HASH_A)) == ["A1"]

    put(writer, replace(coded("A1", HASH_B), revision=2))

    assert ids(finder.by_code(reader, HASH_A)) == []
    assert ids(finder.by_code(reader, HASH_B)) == ["A1"]


def test_two_orders_with_one_code_are_both_found(writer: Writer, reader: Reader) -> None:
    put(writer, coded("A1", HASH_A), coded("A2", HASH_A))

    assert ids(finder.by_code(reader, HASH_A)) == ["A1", "A2"]


def test_a_search_by_code_reads_no_order_that_it_does_not_find(
    writer: Writer, edge_path: Path
) -> None:
    put(writer, *(coded(f"A{number}", f"{number:064x}") for number in range(20)))

    plan = writer.call(
        lambda txn: txn.rows(
            "EXPLAIN QUERY PLAN SELECT * FROM orders o WHERE o.order_key IN"
            " (SELECT order_key FROM finder WHERE code_hash = ?)",
            (HASH_A,),
        )
    )

    assert not [step for *_, step in plan if step.startswith("SCAN")], plan


class Shelf:
    """Goods find places, and go."""

    def __init__(self, writer: Writer, outbox: Outbox) -> None:
        self._writer, self._outbox = writer, outbox

    def put_away(self, order_id: str, place: str) -> None:
        def work(txn: Txn) -> None:
            (key,) = txn.rows(
                "SELECT p.parcel_key FROM parcel p JOIN orders o USING (order_key)"
                " WHERE o.order_id = ? ORDER BY p.parcel_key LIMIT 1",
                (order_id,),
            )[0]
            orders.put_away(txn, key, place, self._outbox.append(txn, event(), moment()))

        self._writer.call(work)


@pytest.fixture
def shelf(writer: Writer, outbox: Outbox) -> Shelf:
    return Shelf(writer, outbox)


def test_of_a_customers_orders_those_with_goods_here_are_found(
    writer: Writer, reader: Reader, shelf: Shelf
) -> None:
    own = (coded("A1", None), coded("A2", None), coded("A3", None))
    put(writer, *own, coded("B1", None, customer="c-78"))
    for place, order_id in enumerate(("A1", "A2", "B1"), start=1):
        shelf.put_away(order_id, str(place))

    found = finder.of_same_customer(reader, OrderRef("fresh-coop", "A3"))

    assert ids(found) == ["A1", "A2"]
    assert finder.of_same_customer(reader, OrderRef("another-platform", "A3")) == []


@pytest.fixture
def old_file(edge_path: Path) -> Path:
    """An evening's file of the first release: one order, one damaged order, wrong PINs."""
    edge_path.parent.mkdir()
    old = sqlite3.connect(edge_path)
    old.execute("PRAGMA page_size = 1024")
    old.executescript(FIRST_RELEASE.read_text(encoding="utf-8"))
    for key, one in enumerate((coded("A1", HASH_A), coded("A2", HASH_B)), start=1):
        body = canonical_body(one)
        told = ("fresh-coop", one.ref.order_id, 1, 1, "open", one.pickup_date.isoformat())
        row = (key, *told, body if key == 1 else b"\x00", checksum_with_body(body, *told))
        old.execute("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        for number, parcel in enumerate(one.parcels):
            parcel_row = (10 * key + number, key, parcel.parcel_id, None, None, 0, 0)
            old.execute("INSERT INTO parcel VALUES (?, ?, ?, ?, ?, ?, ?)", parcel_row)
    old.execute("INSERT INTO pin_attempt VALUES (1, 5, 'boot-1', 300000000000, 300)")
    old.commit()
    old.close()
    return edge_path


def schema(path: Path) -> set[tuple[str, ...]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    connection.close()
    return set(rows)


def test_a_file_of_the_first_release_becomes_what_a_new_file_is(old_file: Path, data: Path) -> None:
    Writer.open(old_file, kind="edge").close()
    new_file = data / "new" / "edge.db"
    Writer.open(new_file, kind="edge").close()

    assert schema(old_file) == schema(new_file)


def test_orders_of_an_older_file_are_found_and_a_lock_stays_locked(old_file: Path) -> None:
    Writer.open(old_file, kind="edge").close()
    connection = sqlite3.connect(old_file)
    found_by = connection.execute("SELECT * FROM finder").fetchall()
    connection.close()
    assert found_by == [(1, "fresh-coop", "c-77", HASH_A)]
    reader = Reader.open(old_file, kind="edge")

    assert attempts.read(reader, attempts.PIN) == Attempts("boot-1", (), 300 * 10**9, 300)
    reader.close()


def test_wrong_pins_of_an_older_file_still_count(old_file: Path) -> None:
    connection = sqlite3.connect(old_file)
    connection.execute("UPDATE pin_attempt SET wrong = 4, locked_until_ns = NULL")
    connection.commit()
    connection.close()
    Writer.open(old_file, kind="edge").close()
    reader = Reader.open(old_file, kind="edge")

    assert len(attempts.read(reader, attempts.PIN).wrong_ns) == 4
    reader.close()
