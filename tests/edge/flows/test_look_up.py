"""A customer without a phone: the leader finds the order, and nobody else's moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from edge.core.cose import SigningKey
from edge.core.events import EventType
from edge.core.order import Order, OrderRef, OrderState
from edge.devices.cabinet import ReportKind
from edge.flows.board import ManualReason
from edge.flows.counter import ScanOutcome
from tests.edge.flows.evening import ISSUER, TODAY, Evening, a_pass, an_order


def of(order: Order, name: str, tail: str) -> Order:
    return replace(order, customer=replace(order.customer, name=name, phone_last3=tail))


def three_with_678(evening: Evening) -> None:
    """Three customers end in 678, two of them are named 陳; a fourth has nothing to do with it."""
    for order_id, name, tail in (
        ("D-0001", "陳美玲", "678"),
        ("D-0002", "陳志明", "678"),
        ("D-0003", "王小明", "678"),
        ("D-0004", "林怡君", "901"),
    ):
        evening.order_here(of(an_order(order_id), name, tail))


def ids(evening: Evening, text: str) -> list[str]:
    return [row.ref.order_id for row in evening.desk.find(text).rows]


def test_three_digits_find_all_three_masked_with_their_first_item(evening: Evening) -> None:
    three_with_678(evening)

    rows = evening.desk.find("678").rows

    assert [row.name_masked for row in rows] == ["陳○玲", "陳○明", "王○明"]
    assert {row.first_item for row in rows} == {"高麗菜水餃"}
    assert [row.places for row in rows] == [("1",), ("2",), ("B2",)]


def test_a_row_says_when_the_digits_are_its_numbers_and_not_its_telephones(
    evening: Evening,
) -> None:
    evening.order_here(of(an_order("D-0678"), "林怡君", "901"))
    evening.order_here(of(an_order("D-0002"), "陳志明", "678"))

    rows = evening.desk.find("678").rows

    assert [(row.ref.order_id, row.by_number) for row in rows] == [
        ("D-0002", False),
        ("D-0678", True),
    ]


def test_the_right_one_goes_and_the_others_are_untouched(evening: Evening) -> None:
    three_with_678(evening)
    row = evening.desk.find("陳678").rows[1]

    result = evening.desk.hand_over_manually(row.ref, ManualReason.PHONE_DEAD)

    assert (result.outcome, result.order_id) == (ScanOutcome.RELEASED, "D-0002")
    assert [place for place, _ in evening.doors.unlocked] == ["2"]
    assert evening.state("D-0001") is evening.state("D-0003") is OrderState.READY


def test_an_order_is_found_by_number_tail_place_and_name(evening: Evening) -> None:
    three_with_678(evening)

    assert ids(evening, "d-0003") == ids(evening, "0003") == ids(evening, "b2") == ["D-0003"]
    assert ids(evening, "林") == ["D-0004"]
    assert ids(evening, "") == ids(evening, "<b>") == ids(evening, "999999") == []


def test_who_can_take_the_goods_stands_before_who_has_them(evening: Evening) -> None:
    three_with_678(evening)
    evening.desk.hand_over_manually(OrderRef(ISSUER, "D-0001"), ManualReason.PAPER)

    assert ids(evening, "678") == ["D-0002", "D-0003", "D-0001"]


def test_what_was_collected_on_another_day_is_no_answer_today(evening: Evening) -> None:
    yesterday = of(an_order("D-0009", day=TODAY - timedelta(days=1)), "陳美玲", "678")
    evening.order_here(yesterday)
    assert ids(evening, "678") == ["D-0009"]

    evening.desk.hand_over_manually(OrderRef(ISSUER, "D-0009"), ManualReason.PAPER)
    evening.report(ReportKind.OPENED)

    assert ids(evening, "678") == []


def test_initials_are_those_of_who_is_still_to_come(evening: Evening) -> None:
    three_with_678(evening)

    shown = [(initial.letter, initial.orders) for initial in evening.desk.initials()]

    assert shown == [("陳", 2), ("林", 1), ("王", 1)]


def test_a_scanned_pass_finds_its_order_and_hands_nothing_over(evening: Evening) -> None:
    three_with_678(evening)

    assert evening.desk.find_scanned(a_pass("D-0002")) == OrderRef(ISSUER, "D-0002")
    assert evening.doors.unlocked == []
    assert evening.state("D-0002") is OrderState.READY


def test_an_expired_pass_still_says_whose_it_is_and_a_forged_one_nothing(
    evening: Evening,
) -> None:
    three_with_678(evening)
    good = a_pass("D-0002")
    evening.clock.pass_by(30 * 24 * 3600)

    assert evening.desk.find_scanned(good) == OrderRef(ISSUER, "D-0002")
    assert evening.desk.find_scanned(a_pass("D-0002", key=SigningKey.generate())) is None


def test_a_scanned_bag_label_finds_its_order_unless_two_have_it(evening: Evening) -> None:
    evening.order(an_order("D-0001"))
    assert evening.desk.find_scanned("D00011") == OrderRef(ISSUER, "D-0001")

    evening.order(an_order("D-0002"))
    assert evening.desk.find_scanned("BAG1") is None


def test_names_are_shown_whole_and_the_event_says_how_many_not_whose(evening: Evening) -> None:
    three_with_678(evening)
    ref = OrderRef(ISSUER, "D-0001")

    assert evening.desk.show_names([ref, OrderRef(ISSUER, "gone")]) == {ref: "陳美玲"}

    told = evening.events()[-1]
    assert told.type == EventType.LEADER_OVERRIDE
    assert told.data == {"what": "names_shown", "orders": 1}
    assert told.subject is None
