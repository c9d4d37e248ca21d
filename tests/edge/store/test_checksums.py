"""A bit that flips on the card is found when its row is read, and named."""

from __future__ import annotations

import pytest

from edge.core.order import OrderRef
from edge.core.view import ConfirmedBy, Outcome
from edge.errors import StoreCorrupt
from edge.store import journal, orders
from edge.store.checksum import checksum, checksum_with_body
from edge.store.database import Reader, Txn, Writer
from edge.store.outbox import Outbox
from tests.edge.store.samples import TODAY, event, moment, order

REF = OrderRef("fresh-coop", "A1001")


@pytest.fixture
def collected(writer: Writer, outbox: Outbox) -> Writer:
    """An order in two parcels: the first lies in 7, was handed over and seen to leave."""

    def work(txn: Txn) -> None:
        orders.upsert(txn, order(), change=1)
        position = outbox.append(txn, event(), moment())
        orders.receive(txn, 1, position)
        orders.put_away(txn, 1, "7", position)
        journal.release(txn, position, 1, "7", "A", "pass", moment())
        journal.settle(txn, position, Outcome.COLLECTED, position, moment(9), ConfirmedBy.SENSOR)

    writer.call(work)
    return writer


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (
            "UPDATE orders SET body = CAST(replace(CAST(body AS TEXT), '321', '322') AS BLOB)",
            "Row A1001 of orders",
        ),
        ("UPDATE orders SET cloud_state = 'cancelled'", "Row A1001 of orders"),
        ("UPDATE orders SET pickup_date = '2026-11-25'", "Row A1001 of orders"),
        ("UPDATE orders SET revision = 2", "Row A1001 of orders"),
        ("UPDATE orders SET change = 2", "Row A1001 of orders"),
        ("UPDATE orders SET checksum = checksum + 1", "Row A1001 of orders"),
        ("UPDATE parcel SET received_position = NULL WHERE parcel_key = 2", "Row 2 of parcel"),
        ("UPDATE parcel SET returned_position = 1 WHERE parcel_key = 2", "Row 2 of parcel"),
        ("UPDATE parcel SET parcel_id = 'A1001-X' WHERE parcel_key = 2", "Row A1001 of orders"),
        ("UPDATE parcel SET retired = 1 WHERE parcel_key = 2", "Row A1001 of orders"),
        ("UPDATE placement SET place = '8' WHERE place = '7'", "Row 8 of placement"),
        ("UPDATE placement SET parcel_key = 2", "Row 7 of placement"),
        ("UPDATE hand_over SET place = '12'", "Row 1 of hand_over"),
        ("UPDATE hand_over SET trust = 'D'", "Row 1 of hand_over"),
        ("UPDATE hand_over SET method = 'word'", "Row 1 of hand_over"),
        ("UPDATE hand_over SET released_ms = released_ms + 1", "Row 1 of hand_over"),
        ("UPDATE hand_over SET attempts = 2", "Row 1 of hand_over"),
        ("UPDATE hand_over SET reopens = 1", "Row 1 of hand_over"),
        ("UPDATE hand_over SET outcome = 'stuck', confirmed_by = NULL", "Row 1 of hand_over"),
        ("UPDATE hand_over SET outcome_ms = outcome_ms + 1", "Row 1 of hand_over"),
        ("UPDATE hand_over SET confirmed_by = 'leader'", "Row 1 of hand_over"),
        ("UPDATE hand_over SET parcel_key = 2", "Row 1 of hand_over"),
    ],
)
def test_a_changed_column_is_found_by_a_scan_and_left_out_of_the_board(
    damage: str, named: str, collected: Writer, reader: Reader
) -> None:
    collected.call(lambda txn: txn.rows(damage))
    with pytest.raises(StoreCorrupt, match=named):
        collected.call(lambda txn: journal.find(txn, REF))
    day = TODAY.replace(day=25) if "pickup_date" in damage else TODAY
    board = orders.board(reader, day)
    assert (len(board), board.damaged) == (0, 1)


def test_a_damaged_order_is_left_out_of_every_list_and_the_others_stay(
    writer: Writer, outbox: Outbox
) -> None:
    def work(txn: Txn) -> None:
        for number in (1, 2):
            orders.upsert(txn, order(f"A{number}"), change=number)
            position = outbox.append(txn, event(), moment())
            orders.receive(txn, number, position)
            journal.release(txn, position, 2 * number, "7", "A", "pass", moment())
        orders.upsert(txn, order("A3"), change=3)
        orders.upsert(txn, order("A4"), change=4)
        txn.rows("UPDATE orders SET checksum = checksum + 1 WHERE order_id IN ('A1', 'A3')")

        found = [view.order.ref.order_id for view, _ in orders.unconfirmed(txn)]
        outstanding = [view.order.ref.order_id for view in orders.outstanding(txn)]
        due = [view.order.ref.order_id for view in orders.due(txn, TODAY)]
        assert (found, outstanding, due) == (["A2"], ["A2"], ["A4"])

    writer.call(work)


def test_a_hand_over_whose_row_changed_is_not_changed_further(collected: Writer) -> None:
    collected.call(lambda txn: txn.rows("UPDATE hand_over SET reopens = 1"))
    with pytest.raises(StoreCorrupt, match="Row 1 of hand_over"):
        collected.call(lambda txn: journal.reopened(txn, 1))


@pytest.mark.parametrize("column", ["body", "hash"])
def test_a_released_event_whose_bytes_changed_is_not_repeated(
    column: str, collected: Writer
) -> None:
    collected.call(
        lambda txn: txn.execute(f"UPDATE event SET {column} = zeroblob(32)").fetchall()  # noqa: S608 - two literals
    )
    with pytest.raises(StoreCorrupt, match="Row 1 of event"):
        collected.call(lambda txn: journal.released_event(txn, 1))


def test_values_that_only_look_alike_have_different_checksums() -> None:
    rows: list[tuple[int | str | None, ...]] = [
        ("1", "23"),
        ("12", "3"),
        ("123",),
        ("", "123"),
        ("123", ""),
        (None, "123"),
        (123, None),
    ]  # fmt: skip - neighbours are to be compared
    assert len({checksum(*row) for row in rows}) == len(rows)
    assert checksum_with_body(b"x", "A1") != checksum_with_body(b"y", "A1")
    assert checksum_with_body(b"x", "A1") != checksum_with_body(b"x", "A2")
