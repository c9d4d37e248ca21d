"""Goods that nobody will collect stay in sight, on whatever day, until their place is free."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.core.order import CloudState, Order, OrderRef, OrderState, Zone
from edge.devices.cabinet import ReportKind
from edge.flows.board import PlacedBag
from tests.edge.flows.evening import ISSUER, TODAY, Evening, a_pass, an_order

A_DAY = 86_400


def says(order: Order, state: CloudState) -> Order:
    return replace(order, revision=order.revision + 1, cloud_state=state)


def left_over(evening: Evening) -> list[tuple[str, str]]:
    return [(bag.place_id, bag.order_id) for bag in evening.desk.contents() if bag.left_over]


@pytest.mark.parametrize(
    ("state", "days"),
    [(CloudState.CANCELLED, 0), (CloudState.CANCELLED, 1), (CloudState.MOVED, 45)],
)
def test_goods_that_nobody_comes_for_are_seen_found_and_cleared_on_any_day(
    evening: Evening, state: CloudState, days: int
) -> None:
    evening.order_here(an_order("GONE-1"))
    evening.order(says(an_order("GONE-1"), state), change=9)
    evening.clock.pass_by(days * A_DAY)

    (row,) = evening.desk.board().orders
    assert (row.state, row.left_over, row.may_hand_over) == (
        OrderState(state.upper()),
        ("1",),
        False,
    )
    assert [door.place_id for door in evening.desk.board().doors if door.occupied] == ["1"]
    assert evening.desk.contents() == (PlacedBag("1", "bag 1", "GONE-1", left_over=True),)
    assert evening.desk.find("1").rows[0] == evening.desk.find("GONE-1").rows[0] == row

    evening.desk.clear_place("1")

    assert evening.desk.contents() == ()
    assert not any(door.occupied for door in evening.desk.board().doors)
    assert evening.desk.find("1").rows == ()
    assert len(evening.desk.board().orders) == (1 if days == 0 else 0)


def test_a_full_point_takes_goods_again_once_what_was_left_over_is_taken_out(
    evening: Evening,
) -> None:
    for order_id in ("GONE-1", "GONE-2", "GONE-3"):
        evening.order_here(an_order(order_id))
        evening.cancel(an_order(order_id))
    evening.clock.pass_by(A_DAY)
    evening.order(an_order("NEW-1", day=TODAY + timedelta(days=1)))
    assert evening.desk.goods_are_here().waiting == 1

    for place_id, _ in left_over(evening):
        evening.desk.clear_place(place_id)

    assert evening.desk.goods_are_here().placed == 1


def test_goods_whose_order_moved_to_a_later_day_lie_where_they_lay(evening: Evening) -> None:
    order = an_order("LATER-1")
    evening.order_here(order)
    evening.order(replace(order, revision=2, pickup_date=TODAY + timedelta(days=2)), change=9)

    assert evening.desk.contents() == (PlacedBag("1", "bag 1", "LATER-1"),)
    assert [row.places for row in evening.desk.board().orders] == [("1",)]
    assert evening.desk.board().doors[0].occupied
    assert len(evening.desk.find("1").rows) == 1


def test_a_bag_that_its_order_has_no_more_still_lies_in_its_place(evening: Evening) -> None:
    order = an_order("LESS-1", Zone.AMBIENT, Zone.FROZEN)
    evening.order_here(order)
    evening.order(
        replace(order, revision=2, lines=order.lines[:1], parcels=order.parcels[:1]), change=9
    )

    assert evening.desk.board().doors[2].occupied
    assert left_over(evening) == [("3", "LESS-1")]
    evening.desk.clear_place("3")
    assert left_over(evening) == []


def test_the_rest_of_an_order_that_was_cancelled_half_way_can_be_taken_out(
    evening: Evening,
) -> None:
    order = an_order("HALF-1", Zone.AMBIENT, Zone.FROZEN)
    evening.order_here(order)
    evening.counter.scan(a_pass("HALF-1"))
    evening.report(ReportKind.OPENED, 0)
    evening.cancel(order)

    row = evening.desk.order(OrderRef(ISSUER, "HALF-1"))

    assert row is not None
    assert (row.state, row.may_hand_over) == (OrderState.PARTLY_COLLECTED, False)
    assert len(row.left_over) == 1
    assert left_over(evening) == [(row.left_over[0], "HALF-1")]


def test_goods_of_a_damaged_order_are_still_listed_by_their_place(evening: Evening) -> None:
    evening.order_here(an_order("TORN-1"))
    evening.writer.call(lambda txn: txn.execute("UPDATE orders SET checksum = checksum + 1"))

    assert evening.desk.contents() == (PlacedBag("1", "TORN-1-1", "TORN-1"),)
    assert evening.desk.board().doors[0].occupied
