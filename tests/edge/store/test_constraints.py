"""The tables have the last word, whatever the code above them believes."""
# ruff: noqa: S608 - rows are spelled out here, and come from nowhere else

from __future__ import annotations

import sqlite3

import pytest

from edge.store.database import Txn, Writer

EVENTS = "INSERT INTO event VALUES (1, x'7b7d', zeroblob(32)), (2, x'7b7d', zeroblob(32))"
ORDER = "INSERT INTO orders VALUES (1, 'fresh-coop', 'A1', 1, 1, 'open', '2026-11-24', x'7b7d', 0)"
PARCELS = (
    "INSERT INTO parcel VALUES (1, 1, 'bag', NULL, NULL, 0, 0), (2, 1, 'box', NULL, NULL, 0, 0)"
)
RELEASED = "'7', 'A', 'pass', 0, 1, 0, NULL, NULL, NULL, NULL, NULL, 0"


@pytest.fixture
def stocked(writer: Writer) -> Writer:
    """Two events, one order, two parcels, the first one handed over."""

    def work(txn: Txn) -> None:
        for sql in (EVENTS, ORDER, PARCELS, f"INSERT INTO hand_over VALUES (1, 1, {RELEASED})"):
            txn.execute(sql)

    writer.call(work)
    return writer


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (f"INSERT INTO hand_over VALUES (2, 1, {RELEASED})", "UNIQUE constraint failed"),
        (f"INSERT INTO hand_over VALUES (1, 2, {RELEASED})", "UNIQUE constraint failed"),
        (f"INSERT INTO hand_over VALUES (3, 2, {RELEASED})", "FOREIGN KEY"),
        (f"INSERT INTO hand_over VALUES (2, 9, {RELEASED})", "FOREIGN KEY"),
        ("UPDATE hand_over SET annulled_by = 9", "FOREIGN KEY"),
        ("UPDATE hand_over SET trust = 'E'", "CHECK"),
        ("UPDATE hand_over SET attempts = 0", "CHECK"),
        ("UPDATE hand_over SET reopens = -1", "CHECK"),
        ("UPDATE hand_over SET place = NULL", "NOT NULL"),
        ("UPDATE hand_over SET outcome = 'eaten', outcome_position = 2, outcome_ms = 0", "CHECK"),
        ("UPDATE hand_over SET outcome = 'stuck'", "CHECK"),
        ("UPDATE hand_over SET outcome = 'stuck', outcome_position = 2", "CHECK"),
        (
            "UPDATE hand_over SET outcome = 'collected', outcome_position = 2, outcome_ms = 0",
            "CHECK",
        ),
        ("UPDATE hand_over SET confirmed_by = 'leader'", "CHECK"),
        (
            (
                "UPDATE hand_over SET outcome = 'collected', outcome_position = 2, outcome_ms = 0,"
                " confirmed_by = 'rumour'"
            ),
            "CHECK",
        ),
        ("INSERT INTO event VALUES (2, x'7b7d', zeroblob(32))", "UNIQUE"),
        ("INSERT INTO event VALUES (3, x'7b7d', zeroblob(31))", "CHECK"),
        ("INSERT INTO event VALUES (3, NULL, zeroblob(32))", "NOT NULL"),
        ("INSERT INTO event VALUES (3, 'text', zeroblob(32))", "cannot store TEXT"),
        ("DELETE FROM event WHERE position = 1", "FOREIGN KEY"),
        (
            "INSERT INTO epoch VALUES ('00c0ffee00c0ffee', 1, 0), ('00c0ffee00c0ffef', 1, 0)",
            "UNIQUE",
        ),
        ("INSERT INTO epoch VALUES ('short', 1, 0)", "CHECK"),
        ("INSERT INTO epoch VALUES ('00c0ffee00c0ffee', 0, 0)", "CHECK"),
        (ORDER.replace("VALUES (1", "VALUES (2"), "UNIQUE"),
        ("UPDATE orders SET cloud_state = 'lost'", "CHECK"),
        ("UPDATE orders SET revision = -1", "CHECK"),
        ("UPDATE orders SET body = NULL", "NOT NULL"),
        ("INSERT INTO parcel VALUES (3, 1, 'bag', NULL, NULL, 0, 0)", "UNIQUE"),
        ("INSERT INTO parcel VALUES (3, 9, 'bag', NULL, NULL, 0, 0)", "FOREIGN KEY"),
        ("UPDATE parcel SET received_position = 9", "FOREIGN KEY"),
        ("UPDATE parcel SET returned_position = 9", "FOREIGN KEY"),
        ("UPDATE parcel SET retired = 2", "CHECK"),
        ("INSERT INTO placement VALUES ('7', 1, 1, 0), ('7', 2, 1, 0)", "UNIQUE"),
        ("INSERT INTO placement VALUES ('7', 1, 1, 0), ('8', 1, 1, 0)", "UNIQUE"),
        ("INSERT INTO placement VALUES ('7', 9, 1, 0)", "FOREIGN KEY"),
        ("INSERT INTO placement VALUES ('7', 1, 9, 0)", "FOREIGN KEY"),
        ("INSERT INTO applied VALUES (2, 'cafe', 1)", "CHECK"),
        ("INSERT INTO trusted_floor VALUES (2, 0)", "CHECK"),
        ("INSERT INTO attempt VALUES ('pin', 'boot-1', NULL, NULL, 0)", "NOT NULL"),
    ],
)
def test_edge_db_refuses(sql: str, message: str, stocked: Writer) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=message):
        stocked.call(lambda txn: txn.rows(sql))


def test_an_annulled_hand_over_makes_way_for_the_next(stocked: Writer) -> None:
    def work(txn: Txn) -> list[tuple[int]]:
        txn.execute("UPDATE hand_over SET annulled_by = 2 WHERE position = 1")
        txn.execute(f"INSERT INTO hand_over VALUES (2, 1, {RELEASED})")
        return txn.rows("SELECT position FROM hand_over")

    assert stocked.call(work) == [(1,), (2,)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("INSERT INTO meta VALUES (2, '0123456789abcdef', NULL, 0)", "CHECK"),
        ("UPDATE meta SET generation = 'short'", "CHECK"),
        ("UPDATE link SET state = 'maybe'", "CHECK"),
        ("INSERT INTO settled VALUES ('e', -1, '[]', '{}')", "CHECK"),
        (
            (
                "INSERT INTO cloud_order VALUES ('fresh-coop', 'A1', 1, 1, x'7b7d'),"
                " ('fresh-coop', 'A2', 1, 1, x'7b7d')"
            ),
            "UNIQUE",
        ),
    ],
)
def test_sync_db_refuses(sql: str, message: str, agent: Writer) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=message):
        agent.call(lambda txn: txn.rows(sql))
