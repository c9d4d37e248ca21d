"""Goods arrive and find places: whole orders, in their zones, oldest first."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from edge.core.decision import DoorFault
from edge.core.order import OrderState, Zone
from edge.devices.cabinet import ReportKind
from edge.errors import UnknownCompartment
from edge.flows.board import PlacedBag
from edge.flows.put_away import put_away
from tests.edge.flows.evening import Evening, a_pass, an_order


def test_goods_are_here_makes_todays_orders_ready_with_their_events(evening: Evening) -> None:
    evening.order(an_order("TODAY-1"))
    evening.order(an_order("TODAY-2", Zone.FROZEN))

    report = evening.desk.goods_are_here()

    assert (report.received, report.placed, report.waiting) == (2, 2, 0)
    assert [bag.place_id for bag in report.assignments] == ["1", "3"]
    assert evening.told() == ["goods.received", "parcel.put_away", "parcel.put_away"]
    assert evening.state("TODAY-2") is OrderState.READY


def test_what_lies_where_is_known_until_it_is_collected(evening: Evening) -> None:
    evening.order_here(an_order("TODAY-1", Zone.FROZEN))
    evening.order_here(an_order("TODAY-2"))
    assert [bag.place_id for bag in evening.desk.contents()] == ["1", "3"]
    assert evening.desk.contents()[0] == PlacedBag("1", "bag 1", "TODAY-2")

    evening.counter.scan(a_pass("TODAY-2"))
    assert len(evening.desk.contents()) == 2
    evening.report(ReportKind.OPENED)

    assert [bag.order_id for bag in evening.desk.contents()] == ["TODAY-1"]


def test_tomorrows_orders_are_not_received_today(evening: Evening) -> None:
    evening.order(an_order("TOMORROW-1", day=date(2027, 3, 10)))

    assert evening.desk.goods_are_here().received == 0
    assert evening.state("TOMORROW-1") is OrderState.EXPECTED


def test_yesterdays_orders_that_come_late_are_received(evening: Evening) -> None:
    evening.order(an_order("LATE-1", day=date(2027, 3, 8)))

    assert evening.desk.goods_are_here().received == 1


def test_tapping_goods_are_here_again_changes_nothing_that_is_done(evening: Evening) -> None:
    evening.order(an_order("TODAY-1"))
    evening.desk.goods_are_here()
    before = evening.told()

    again = evening.desk.goods_are_here()

    assert (again.received, again.placed, again.waiting) == (0, 0, 0)
    assert evening.told() == before


def test_doors_come_before_shelf_places_and_the_oldest_order_first(evening: Evening) -> None:
    for number in (3, 2, 1):
        order = an_order(f"ORDER-{number}")
        evening.order(replace(order, ordered_at=order.ordered_at + timedelta(minutes=number)))

    report = evening.desk.goods_are_here()

    assert [(bag.place_id, bag.order_id) for bag in report.assignments] == [
        ("1", "ORDER-1"),
        ("2", "ORDER-2"),
        ("B2", "ORDER-3"),
    ]


def test_what_finds_no_place_waits_and_is_placed_when_one_is_free(evening: Evening) -> None:
    evening.order(an_order("ICE-1", Zone.FROZEN))
    evening.order(an_order("ICE-2", Zone.FROZEN))
    assert evening.desk.goods_are_here().waiting == 1
    assert evening.desk.board().waiting_for_place == 1

    evening.counter.scan(a_pass("ICE-1"))
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)
    placed = evening.desk.goods_are_here()

    assert [bag.order_id for bag in placed.assignments] == ["ICE-2"]


def test_an_order_is_never_half_put_away(evening: Evening) -> None:
    evening.order(an_order("ICE-1", Zone.FROZEN))
    evening.order(an_order("MIXED-2", Zone.AMBIENT, Zone.FROZEN))

    report = evening.desk.goods_are_here()

    assert report.waiting == 1
    assert evening.state("MIXED-2") is OrderState.EXPECTED


def test_a_released_place_is_never_given_away(evening: Evening) -> None:
    evening.order_here(an_order("ICE-1", Zone.FROZEN))
    evening.counter.scan(a_pass("ICE-1"))
    evening.order(an_order("ICE-2", Zone.FROZEN))

    assert evening.desk.goods_are_here().waiting == 1


def test_a_collected_place_whose_door_stands_open_is_not_free(evening: Evening) -> None:
    evening.order_here(an_order("ICE-1", Zone.FROZEN))
    evening.counter.scan(a_pass("ICE-1"))
    evening.report(ReportKind.OPENED)
    evening.doors.trouble["3"] = DoorFault.ALREADY_OPEN
    evening.order(an_order("ICE-2", Zone.FROZEN))

    assert evening.desk.goods_are_here().waiting == 1


def test_nothing_is_put_behind_a_door_that_is_out_of_use(evening: Evening) -> None:
    evening.doors.trouble["1"] = DoorFault.OFFLINE
    evening.order(an_order("TODAY-1"))

    assert evening.desk.goods_are_here().assignments[0][0] == "2"


def test_a_cancelled_order_gets_no_place(evening: Evening) -> None:
    evening.order(an_order("TODAY-1"))
    evening.cancel(an_order("TODAY-1"))

    assert evening.desk.goods_are_here().received == 0
    assert put_away(evening.point).assignments == ()


def test_the_leader_opens_a_compartment_to_put_goods_in_and_no_order_changes(
    evening: Evening,
) -> None:
    evening.order_here(an_order("TODAY-1"))

    evening.desk.open_door("1")
    for kind in (ReportKind.UNLOCKING, ReportKind.OPENED, ReportKind.CLOSED):
        evening.report(kind)

    assert [place for place, _ in evening.doors.unlocked] == ["1"]
    assert evening.told()[-1] == "leader.override"
    assert evening.state("TODAY-1") is OrderState.READY
    assert evening.counter.screen().cards == ()


def test_a_cancelled_orders_place_is_free_once_the_leader_cleared_it(evening: Evening) -> None:
    evening.order_here(an_order("ICE-1", Zone.FROZEN))
    evening.cancel(an_order("ICE-1", Zone.FROZEN))
    evening.order(an_order("ICE-2", Zone.FROZEN))
    assert evening.desk.goods_are_here().waiting == 1

    evening.desk.clear_place("3")

    assert evening.desk.goods_are_here().placed == 1
    assert evening.counter.scan(a_pass("ICE-2")).places == ("3",)


def test_a_leaders_door_that_sticks_harms_nothing(evening: Evening) -> None:
    evening.desk.open_door("1")
    evening.report(ReportKind.STUCK)

    assert evening.told() == ["leader.override"]


@pytest.mark.parametrize("place_id", ["B2", "99", "", "counter"])
def test_a_door_that_is_not_there_is_named_and_nothing_is_recorded(
    evening: Evening, place_id: str
) -> None:
    with pytest.raises(UnknownCompartment, match=f"There is no door '{place_id}'"):
        evening.desk.open_door(place_id)

    assert evening.told() == []
