"""A point without a line serves its customers, its power fails twice, its line returns."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date

import pytest

from edge.core.order import OrderState
from tests.stack import POINT, Stack, wait_until
from tests.story.books import Books, PointBook, read_books
from tests.story.checks import check_all, closures
from tests.story.goods import today, write_orders
from tests.story.logs import check_logs
from tests.story.people import Customers, is_shelf, resolve_maybe_opened

CANCELLED_BUT_COLLECTED = 2
CANCELLED_AND_LEFT = 2
OPEN_STATES = (OrderState.READY, OrderState.RELEASED, OrderState.PARTLY_COLLECTED)


@dataclass
class Day:
    """The point on this day, and what was to happen with whom."""

    stack: Stack
    date: date
    orders: int
    passes: dict[str, str] = field(default_factory=dict)
    stay_away: set[str] = field(default_factory=set)

    def book(self) -> PointBook:
        return PointBook(self.stack.data, self.date)

    def hand_out(self, *, power_fails_after: int | None = None) -> None:
        """The leader puts away what has room now, and its customers come."""
        self.stack.leader().goods_are_here()
        with closing(self.book()) as book:
            here = [order_id for order_id in book.in_state(*OPEN_STATES) if self._comes(order_id)]
            customers = Customers(self.stack, self.passes, book)
            if power_fails_after is not None:
                # Two go with their bags and tap nothing, so the power cut finds them open.
                silent = [order_id for order_id in here if _on_one_shelf(book, order_id)][:2]
                for order_id in silent:
                    customers.leave_without_a_word(order_id)
                here = [order_id for order_id in here if order_id not in silent]
            customers.collect(here, power_fails_after=power_fails_after)

    def everybody_served(self) -> bool:
        with closing(self.book()) as book:
            counts = book.counts()
            return counts[OrderState.COLLECTED] == self.orders - len(self.stay_away)

    def power_returns(self) -> None:
        """All five processes start; the leader looks at what was moving when it went dark."""
        self.stack.start()
        with closing(self.book()) as book:
            cases = book.unconfirmed()
            on_shelves = [position for position, case in cases.items() if is_shelf(case.place_id)]
            assert len(on_shelves) >= 2, "the power cut came at a quiet moment"
            # Whose bag is gone has it; the other bags are still there, and their customers return.
            resolve_maybe_opened(self.stack.leader(), cases, taken=on_shelves)
            assert book.unconfirmed() == {}

    def _comes(self, order_id: str) -> bool:
        return order_id not in self.stay_away


@pytest.mark.parametrize("orders", [70, pytest.param(210, marks=pytest.mark.slow)])
def test_a_day_in_the_basement(stack: Stack, orders: int) -> None:
    day = Day(stack, today(), orders)
    order_ids = morning(day)
    stack.cut_line()
    late = cancel_some(day, order_ids)

    day.hand_out(power_fails_after=orders // 7)
    day.power_returns()
    day.hand_out(power_fails_after=orders // 7)
    day.power_returns()
    while not day.everybody_served():
        day.hand_out()

    assert stack.subsystem("line")["state"] == "offline"
    stack.join_line()
    stack.await_drained()
    with closing(day.book()) as book:
        left = sorted(day.stay_away)
        wait_until(lambda: book.in_state(OrderState.CANCELLED) == left, "cancellations learned")
    books = read_books(stack, day.passes, day.date)
    judge(day, books, late)
    whole, said = stack.verify_ledger()
    assert (whole, "in 3 epochs" in said) == (True, True), said
    assert_refused(stack, day.passes[left[0]])
    assert set(stack.stop().values()) == {0}
    check_logs(stack)


def morning(day: Day) -> list[str]:
    """Everything is set up, and the day's orders reach the point."""
    file = day.stack.data / "orders.csv"
    order_ids = write_orders(file, day.orders, day.date)
    day.stack.provision(customer_seconds=1.5)
    day.stack.start()
    said = day.stack.cloud("import", str(file), "--format", "csv")
    assert f"{day.orders} imported, " in said
    assert ", 0 refused" in said
    day.passes = day.stack.passes()
    day.stack.await_applied(day.orders)
    return order_ids


def cancel_some(day: Day, order_ids: Sequence[str]) -> set[str]:
    """Cancelled where the point cannot hear it: some are collected all the same; who comes."""
    some = order_ids[4 :: day.orders // 4][: CANCELLED_BUT_COLLECTED + CANCELLED_AND_LEFT]
    for order_id in some:
        day.stack.cloud("cancel", order_id, "--point", POINT)
    day.stay_away = set(some[CANCELLED_BUT_COLLECTED:])
    return set(some[:CANCELLED_BUT_COLLECTED])


def judge(day: Day, books: Books, late: set[str]) -> None:
    """The general truths, and what this day in particular has to have seen."""
    check_all(books)
    conflicts = {order_id for order_id, order in books.orders.items() if order["conflicts"]}
    assert conflicts == late
    collected = [order["state"] for order in books.orders.values()].count("collected")
    assert collected == day.orders - CANCELLED_AND_LEFT
    by_door = [event for event in closures(books) if event.data["confirmed_by"] == "sensor"]
    by_shelf = [event for event in closures(books) if event.data["confirmed_by"] == "customer"]
    by_leader = [event for event in closures(books) if event.data["confirmed_by"] == "leader"]
    assert len(by_door) >= day.orders / 5
    assert len(by_shelf) >= day.orders / 2
    assert len(by_leader) >= 4
    assert {event.data["trust"] for event in closures(books)} == {"A"}
    assert_second_door_waited_for_the_first(books)


def assert_second_door_waited_for_the_first(books: Books) -> None:
    """Of an order in several places, the next one is released when the one before is collected."""
    several = {order_id for order_id, view in books.views.items() if len(view.parcels) > 1}
    assert several
    steps: dict[str, list[str]] = {order_id: [] for order_id in several}
    for event in books.booked():
        if event.subject in several and event.type.startswith("pickup.order."):
            steps[str(event.subject)].append(event.type.removeprefix("pickup.order."))
    smooth = [told for told in steps.values() if "annulled" not in told and "reopened" not in told]
    for told in smooth:
        assert told[::2] == ["released"] * (len(told) // 2)
        assert told[1::2] in (
            ["collected"],
            ["partly_collected"] * (len(told) // 2 - 1) + ["collected"],
        )
    assert len(smooth) > len(steps) // 2


def assert_refused(stack: Stack, cancelled_pass: str) -> None:
    answer = stack.scan(cancelled_pass)
    assert (answer["outcome"], answer["reason"]) == ("refused", "cancelled")


def _on_one_shelf(book: PointBook, order_id: str) -> bool:
    view = book.view(order_id)
    places = [parcel.place_id for parcel in view.parcels if parcel.place_id is not None]
    return len(view.parcels) == 1 and len(places) == 1 and is_shelf(places[0])
