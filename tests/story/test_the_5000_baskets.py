"""Five thousand real baskets for twenty-five points: one of them serves its whole day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from edge.core.order import OrderState, PaymentState
from tests.stack import POINT, JsonObject, Leader, Stack, json_lines, wait_until
from tests.story.books import PointBook, read_books
from tests.story.checks import check_all, closures, totals_at_the_cloud, totals_at_the_point
from tests.story.goods import today, write_wide_cabinet
from tests.story.people import Customers, is_shelf

POINTS = 25


@pytest.mark.slow
@pytest.mark.needs_shared
def test_the_5000_baskets(stack: Stack, groceries: Path) -> None:
    day, wares = today(), [line.split(",") for line in groceries.read_text("utf-8").splitlines()]
    set_up_with_room(stack)
    said = stack.cloud(
        "import", str(groceries), "--format", "baskets", "--points", str(POINTS), "--seed", "7",
        "--date", day.isoformat(),
    )  # fmt: skip
    assert f"{len(wares)} imported, " in said
    assert ", 0 refused" in said
    everywhere = json_lines(stack.cloud("orders", "--json"))
    assert len(wares) == len(everywhere) == 5000
    assert pieces(everywhere) == sum(len(basket) for basket in wares)
    assert len({order["point_id"] for order in everywhere}) == POINTS
    ours = {str(order["order_id"]): order for order in everywhere if order["point_id"] == POINT}
    assert 150 <= len(ours) <= 250

    passes = stack.passes()
    stack.await_applied(len(ours))
    serve_everybody(stack, PointBook(stack.data, day), passes)
    stack.await_drained()

    books = read_books(stack, passes, day)
    check_all(books)
    totals = totals_at_the_point(books)
    assert totals == totals_at_the_cloud(books)
    assert (totals.orders, totals.pieces) == (len(ours), pieces(ours.values()))
    assert totals.money_minor == money_minor(ours.values())
    assert Counter(order["state"] for order in books.orders.values()) == {"collected": len(ours)}
    by_leader = {event.subject for event in closures(books) if event.data["trust"] == "D"}
    assert by_leader == {order_id for order_id, order in ours.items() if is_due(order)}
    assert stack.verify_ledger()[0]


def set_up_with_room(stack: Stack) -> None:
    stack.provision(customer_seconds=1.5)
    cabinet = stack.data / "wide-cabinet.toml"
    write_wide_cabinet(cabinet)
    stack.set_setting("profile", f'"{cabinet}"')
    stack.start()


def serve_everybody(stack: Stack, book: PointBook, passes: Mapping[str, str]) -> None:
    """Who has paid comes with a pass; whose money is due, the leader serves by hand."""
    with closing(book):
        leader = stack.leader()
        leader.goods_are_here()
        assert set(book.counts()) == {OrderState.READY}, "every bag has room here"
        payment = {order_id: view.order.payment for order_id, view in book.views().items()}
        due = [order_id for order_id, how in payment.items() if how.state is PaymentState.DUE]
        assert due
        for order_id in due:
            assert stack.scan(passes[order_id])["reason"] == "payment_due"
            serve_by_hand(leader, book, order_id)
        Customers(stack, passes, book).collect(
            order_id for order_id in payment if order_id not in due
        )


def serve_by_hand(leader: Leader, book: PointBook, order_id: str) -> None:
    """The leader takes the money and opens; what lies on a shelf is seen to go by the leader."""
    ref = book.view(order_id).order.ref
    leader.get(f"/leader/order?issuer={ref.issuer}&order_id={order_id}")
    leader.post("/leader/order", issuer=ref.issuer, order_id=order_id, reason="paper")
    wait_until(lambda: is_taken(leader, book, order_id), f"{order_id} taken")


def is_taken(leader: Leader, book: PointBook, order_id: str) -> bool:
    view = book.view(order_id)
    for parcel in view.parcels:
        begun = parcel.hand_over
        if begun is not None and begun.outcome is None and is_shelf(begun.place_id):
            leader.get("/leader/")
            leader.post(f"/leader/maybe-opened/{begun.position}/confirm")
    return view.state is OrderState.COLLECTED


def is_due(order: JsonObject) -> bool:
    payment = order["payment"]
    return isinstance(payment, dict) and payment["state"] == "due"


def pieces(orders: Iterable[JsonObject]) -> int:
    return sum(line["expected"] for order in orders for line in lines_of(order))


def money_minor(orders: Iterable[JsonObject]) -> int:
    return sum(
        line["expected"] * line["unit_price_minor"] for order in orders for line in lines_of(order)
    )


def lines_of(order: JsonObject) -> list[dict[str, int]]:
    """The lines of an order as the cloud lists it; of them only numbers are read here."""
    lines = order["lines"]
    assert isinstance(lines, list)
    return lines
