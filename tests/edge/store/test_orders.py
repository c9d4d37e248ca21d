from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from edge.core.order import CloudState, Order, OrderRef, OrderState, Progress
from edge.core.view import ConfirmedBy, OrderView, Outcome
from edge.errors import MalformedMessage
from edge.store import journal, orders
from edge.store.database import Reader, Txn, Writer
from edge.store.outbox import Outbox
from tests.edge.store.samples import TODAY, event, line, moment, order, parcel

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


class Shop:
    """What happens at the point, each as its own transaction."""

    def __init__(self, writer: Writer, outbox: Outbox) -> None:
        self._writer, self._outbox = writer, outbox

    def tell(self, txn: Txn) -> int:
        return self._outbox.append(txn, event(), moment())

    def upsert(self, *told: Order) -> None:
        def work(txn: Txn) -> None:
            for one in told:
                orders.upsert(txn, one, 1)

        self._writer.call(work)

    def look(self, order_id: str = "A1001") -> OrderView:
        ref = OrderRef("fresh-coop", order_id)
        view = self._writer.call(lambda txn: journal.find(txn, ref))
        assert view is not None
        return view

    def receive(self, order_key: int = 1) -> None:
        self._writer.call(lambda txn: orders.receive(txn, order_key, self.tell(txn)))

    def put_away(self, parcel_key: int, place: str) -> None:
        self._writer.call(lambda txn: orders.put_away(txn, parcel_key, place, self.tell(txn)))

    def release(self, parcel_key: int, place: str = "7") -> int:
        def work(txn: Txn) -> int:
            position = self.tell(txn)
            journal.release(txn, position, parcel_key, place, "A", "pass", moment())
            return position

        return self._writer.call(work)

    def collect(self, parcel_key: int, place: str = "7") -> int:
        position = self.release(parcel_key, place)
        by = ConfirmedBy.SENSOR
        self._writer.call(
            lambda txn: journal.settle(
                txn, position, Outcome.COLLECTED, self.tell(txn), moment(9), by
            )
        )
        return position

    def annul(self, position: int) -> None:
        self._writer.call(lambda txn: journal.annul(txn, position, self.tell(txn)))

    def run(self, work: Callable[[Txn], None]) -> None:
        self._writer.call(work)

    def occupied(self) -> dict[str, int]:
        return self._writer.call(orders.occupied)


@pytest.fixture
def shop(writer: Writer, outbox: Outbox) -> Shop:
    return Shop(writer, outbox)


def test_a_newer_revision_replaces_and_an_older_one_does_not(shop: Shop) -> None:
    shop.upsert(order(revision=3))
    shop.upsert(order(revision=2, cloud_state=CloudState.CANCELLED))
    assert shop.look().order == order(revision=3)
    shop.upsert(order(revision=4, cloud_state=CloudState.CANCELLED))
    assert shop.look().state is OrderState.CANCELLED


def test_the_same_revision_again_writes_nothing(shop: Shop, reader: Reader) -> None:
    shop.upsert(order())
    reader.changed()
    shop.upsert(order())
    assert not reader.changed()


def test_what_happened_here_survives_a_new_revision(shop: Shop) -> None:
    shop.upsert(order())
    shop.receive()
    shop.put_away(1, "7")
    shop.collect(1)
    shop.upsert(order(revision=2, cloud_state=CloudState.CANCELLED))
    view = shop.look()
    assert [p.progress for p in view.parcels] == [Progress.COLLECTED, Progress.WAITING]
    assert view.received


def test_a_parcel_that_a_revision_drops_is_retired_and_its_place_stays_taken(
    shop: Shop, reader: Reader
) -> None:
    shop.upsert(order())
    shop.receive()
    shop.put_away(2, "12")
    together = (parcel("A1001-ALL", "1", "2"),)
    shop.upsert(order(revision=2, parcels=together))
    assert [p.parcel.parcel_id for p in shop.look().parcels] == ["A1001-ALL"]
    assert shop.occupied() == {"12": 2}
    shop.upsert(order(revision=3))
    assert [p.place_id for p in shop.look().parcels] == [None, "12"]
    assert reader.rows("SELECT parcel_id, retired FROM parcel ORDER BY parcel_key") == [
        ("A1001-A", 0),
        ("A1001-F", 0),
        ("A1001-ALL", 1),
    ]


def test_no_revision_brings_a_line_into_a_second_parcel_after_it_was_handed_over(
    shop: Shop,
) -> None:
    shop.upsert(order())
    shop.collect(1)
    both = (parcel("NEW", "1", "2"),)
    fewer = (replace(line("1"), expected=1), line("2"))
    shop.upsert(order(revision=2, parcels=both, lines=fewer))
    view = shop.look()
    assert {p.parcel.parcel_id: p.parcel.line_ids for p in view.parcels} == {
        "A1001-A": ("1",),
        "NEW": ("2",),
    }
    assert view.order.lines_of("A1001-A") == (line("1"),)
    assert view.parcels[0].progress is Progress.COLLECTED


def test_lines_added_to_a_parcel_after_its_hand_over_become_a_parcel_of_their_own(
    shop: Shop,
) -> None:
    shop.upsert(order())
    shop.collect(1)
    more = (parcel("A1001-A", "1", "3"), parcel("A1001-F", "2"))
    told = order(revision=2, parcels=more, lines=(line("1"), line("2"), line("3")))
    shop.upsert(told)
    first = shop.look()
    assert [(p.parcel.parcel_id, p.parcel.line_ids) for p in first.parcels] == [
        ("A1001-A", ("1",)),
        ("A1001-A-later", ("3",)),
        ("A1001-F", ("2",)),
    ]
    shop.upsert(told)
    assert shop.look() == first


def test_an_order_that_could_not_be_read_again_is_refused_whole(shop: Shop) -> None:
    shop.upsert(order())
    odd = line("no spaces here")
    with pytest.raises(MalformedMessage, match="line_id"):
        shop.upsert(order(revision=2, lines=(odd,), parcels=(parcel("x", odd.line_id),)))
    assert shop.look().order.revision == 1


def test_what_went_out_does_not_count_against_the_limit_of_what_comes_in(shop: Shop) -> None:
    full = tuple(line(f"{n}") for n in range(120))
    ids = [one.line_id for one in full]
    shop.upsert(order(lines=full, parcels=(parcel("one", ids[0]), parcel("rest", *ids[1:]))))
    shop.collect(1)
    others = tuple(line(f"x{n}") for n in range(120))
    told = order(revision=2, lines=others, parcels=(parcel("x", *[o.line_id for o in others]),))
    shop.upsert(told)
    assert len(shop.look().order.lines) == 121


def test_an_occupied_place_and_a_placed_parcel_are_refused(shop: Shop) -> None:
    shop.upsert(order())
    shop.put_away(1, "7")
    with pytest.raises(sqlite3.IntegrityError):
        shop.put_away(2, "7")
    with pytest.raises(sqlite3.IntegrityError):
        shop.put_away(1, "8")
    assert shop.occupied() == {"7": 1}


def test_a_released_place_stays_taken_and_a_collected_one_is_given_away(shop: Shop) -> None:
    shop.upsert(order(), order("B2002"))
    shop.put_away(1, "7")
    position = shop.collect(1)
    assert shop.occupied() == {}
    assert shop.look().parcels[0].place_id == "7"
    shop.put_away(3, "7")
    assert shop.occupied() == {"7": 3}
    assert shop.look().parcels[0].place_id is None
    shop.annul(position)
    assert shop.look().parcels[0].progress is Progress.WAITING
    shop.release(3)
    with pytest.raises(sqlite3.IntegrityError):
        shop.put_away(1, "7")


def test_a_cleared_place_is_free_and_a_returned_parcel_frees_its_place(shop: Shop) -> None:
    shop.upsert(order())
    shop.put_away(1, "7")
    shop.put_away(2, "12")
    shop.run(lambda txn: orders.clear(txn, "7"))
    assert shop.occupied() == {"12": 2}
    shop.run(lambda txn: orders.mark_returned(txn, 2, shop.tell(txn)))
    assert shop.occupied() == {}
    assert [p.progress for p in shop.look().parcels] == [Progress.WAITING, Progress.RETURNED]


def test_the_board_shows_today_and_what_earlier_days_left_open(shop: Shop, reader: Reader) -> None:
    def on(order_id: str, day: date, state: CloudState = CloudState.OPEN) -> Order:
        return order(order_id, pickup_date=day, cloud_state=state)

    shop.upsert(
        on("today", TODAY),
        on("cancelled-today", TODAY, CloudState.CANCELLED),
        on("late", YESTERDAY),
        on("cancelled-late", YESTERDAY, CloudState.CANCELLED),
        on("collected-late", YESTERDAY),
        on("tomorrow", TOMORROW),
    )
    for found in shop.look("collected-late").parcels:
        shop.collect(found.key)
    shown = [view.order.ref.order_id for view in orders.board(reader, TODAY)]
    assert shown == ["today", "cancelled-today", "late"]


def test_due_is_what_was_expected_by_today_and_has_not_come(shop: Shop, reader: Reader) -> None:
    shop.upsert(
        order("a"),
        order("b", pickup_date=YESTERDAY),
        order("c", pickup_date=TOMORROW),
        order("d", cloud_state=CloudState.CANCELLED),
        order("e"),
    )
    shop.receive(shop.look("e").key)
    shop.collect(shop.look("a").parcels[0].key)
    assert [view.order.ref.order_id for view in orders.due(reader, TODAY)] == ["a", "b"]
    shop.collect(shop.look("a").parcels[1].key, "12")
    assert [view.order.ref.order_id for view in orders.due(reader, TODAY)] == ["b"]


def test_outstanding_is_what_came_and_has_no_place(shop: Shop, reader: Reader) -> None:
    shop.upsert(order("a"), order("b"), order("c"))
    shop.receive(1)
    shop.receive(2)
    shop.put_away(1, "7")
    assert [view.order.ref.order_id for view in orders.outstanding(reader)] == ["a", "b"]
    shop.put_away(2, "12")
    shop.collect(3)
    shop.collect(4, "12")
    assert orders.outstanding(reader) == []


def test_unconfirmed_lists_open_and_stuck_hand_overs_oldest_first(
    shop: Shop, reader: Reader
) -> None:
    shop.upsert(order("a"), order("b"), order("c"))
    stuck, open_, annulled = shop.release(4), shop.release(1), shop.release(5)
    shop.collect(2)
    shop.annul(annulled)
    shop.run(lambda txn: journal.settle(txn, stuck, Outcome.STUCK, shop.tell(txn), moment(), None))
    listed = [(view.order.ref.order_id, h.position) for view, h in orders.unconfirmed(reader)]
    assert listed == [("b", stuck), ("a", open_)]


def test_without_a_file_there_are_no_orders(edge_path: Path) -> None:
    reader = Reader.open(edge_path, kind="edge")
    assert orders.board(reader, TODAY) == []
    assert orders.unconfirmed(reader) == []
    assert orders.occupied(reader) == {}
    reader.close()
