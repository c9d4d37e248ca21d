"""A customer with several orders: one scan offers all that wait here, one after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.core.credential import mint
from edge.core.order import Order, OrderState, Zone
from edge.core.reasons import Reason
from edge.devices.cabinet import ReportKind
from edge.flows.board import ManualReason
from edge.flows.screen import CardKind, Siblings
from tests.edge.flows.evening import (
    CLOUD_KEY,
    KID,
    SIX_O_CLOCK,
    Evening,
    a_pass,
    an_order,
)


def of(customer: str, order: Order) -> Order:
    return replace(order, customer=replace(order.customer, ref=customer))


def sub_pass(order_id: str) -> str:
    expires = SIX_O_CLOCK + timedelta(days=14)
    return mint(
        order_id, "yonghe-7", SIX_O_CLOCK, expires, key=CLOUD_KEY, kid=KID, sub_pass_id="0a1b"
    )


@pytest.fixture
def evening(evening: Evening) -> Evening:
    """Mrs Lin has rice in door 1 and fish in door 3; the bag in door 2 is another customer's."""
    evening.order_here(of("lin", an_order("RICE-1")))
    evening.order_here(of("chen", an_order("TEA-1")))
    evening.order_here(of("lin", an_order("FISH-1", Zone.FROZEN)))
    return evening


def asked(evening: Evening) -> Siblings:
    siblings = evening.counter.screen().cards[0].siblings
    assert siblings is not None
    return siblings


def take(evening: Evening, *, now: bool = False) -> None:
    evening.counter.take_siblings(asked(evening).number, now=now)


def open_and_close(evening: Evening) -> None:
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)


def doors(evening: Evening) -> list[str]:
    return [place_id for place_id, _ in evening.doors.unlocked]


def test_the_scanned_order_opens_at_once_and_the_others_are_offered(evening: Evening) -> None:
    evening.counter.scan(a_pass("RICE-1"))

    assert doors(evening) == ["1"]
    siblings = asked(evening)
    assert (siblings.orders, siblings.bags, siblings.due, siblings.wanted) == (1, 1, 0, False)


def test_who_does_not_ask_for_the_others_gets_one_order(evening: Evening) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    open_and_close(evening)

    assert doors(evening) == ["1"]
    assert evening.state("FISH-1") is OrderState.READY


def test_the_next_door_opens_after_the_one_before_has_closed(evening: Evening) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    evening.report(ReportKind.OPENED)
    take(evening)
    assert doors(evening) == ["1"]
    assert asked(evening).wanted

    evening.report(ReportKind.CLOSED)
    assert doors(evening) == ["1", "3"]
    open_and_close(evening)

    assert evening.state("FISH-1") is OrderState.COLLECTED
    assert evening.counter.screen().cards[0].kind is CardKind.DONE
    assert evening.counter.screen().cards[0].siblings is None


def test_a_customer_in_a_hurry_opens_the_next_door_at_once(evening: Evening) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    evening.report(ReportKind.OPENED)
    take(evening)

    take(evening, now=True)

    assert doors(evening) == ["1", "3"]
    evening.report(ReportKind.CLOSED, unlock=0)
    assert doors(evening) == ["1", "3"]


def test_the_others_can_still_be_asked_for_when_the_first_is_done(evening: Evening) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    open_and_close(evening)

    take(evening)

    assert doors(evening) == ["1", "3"]


def test_a_collected_orders_pass_offers_what_still_waits(evening: Evening) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    open_and_close(evening)
    evening.clock.pass_by(3600)

    assert evening.counter.scan(a_pass("RICE-1")).reason is Reason.ALREADY_COLLECTED
    take(evening)

    assert doors(evening) == ["1", "3"]


def test_each_order_has_its_own_closure_which_says_whose_pass_was_shown(
    evening: Evening,
) -> None:
    text = a_pass("RICE-1")
    evening.counter.scan(text)
    evening.report(ReportKind.OPENED)
    take(evening)
    evening.report(ReportKind.CLOSED)
    open_and_close(evening)

    rice, fish = (e for e in evening.events() if e.type == "pickup.order.collected")
    assert (rice.subject, rice.data["pass"], rice.data.get("presented_for")) == (
        "RICE-1",
        text,
        None,
    )
    assert (fish.subject, fish.data["pass"], fish.data["presented_for"]) == (
        "FISH-1",
        text,
        "RICE-1",
    )
    assert fish.data["trust"] == "A"


def test_three_orders_come_one_after_the_other(evening: Evening) -> None:
    evening.order_here(of("lin", an_order("EGGS-1")))
    evening.counter.scan(a_pass("RICE-1"))
    evening.report(ReportKind.OPENED)
    take(evening)
    evening.report(ReportKind.CLOSED)
    assert asked(evening).orders == 1
    open_and_close(evening)
    place_id = evening.counter.screen().cards[0].place_id

    assert doors(evening) == ["1", "3"]
    assert place_id == "B2"


def test_the_last_card_counts_the_bags_of_every_order_of_the_scan(evening: Evening) -> None:
    evening.order_here(of("lin", an_order("EGGS-1")))
    evening.counter.scan(a_pass("RICE-1"))
    evening.report(ReportKind.OPENED)
    take(evening)
    evening.report(ReportKind.CLOSED)
    open_and_close(evening)
    position = evening.counter.screen().cards[0].position
    assert position is not None
    evening.counter.answer(position, took=True)

    done = evening.counter.screen().cards[0]
    assert done.kind is CardKind.DONE
    assert done.taken_by_zone == {Zone.AMBIENT: 2, Zone.FROZEN: 1}


def test_an_order_collected_before_this_scan_is_not_counted(evening: Evening) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    open_and_close(evening)
    evening.clock.pass_by(3600)
    evening.counter.scan(a_pass("RICE-1"))
    take(evening)
    open_and_close(evening)

    assert evening.counter.screen().cards[0].taken == (Zone.FROZEN,)


def test_a_bag_whose_door_needs_a_second_try_is_counted_once(evening: Evening) -> None:
    evening.order_here(of("lin", an_order("EGGS-1")))
    evening.counter.scan(a_pass("RICE-1"))
    take(evening)
    open_and_close(evening)
    evening.report(ReportKind.STUCK)
    take(evening, now=True)
    on_shelf = evening.counter.screen().cards[0].position
    assert on_shelf is not None
    evening.counter.answer(on_shelf, took=True)
    between = evening.counter.screen().cards[0]
    open_and_close(evening)

    done = evening.counter.screen().cards[0]
    assert doors(evening) == ["1", "3", "3"]
    assert (between.taken, between.all_taken) == ((Zone.AMBIENT, Zone.AMBIENT), False)
    assert done.kind is CardKind.DONE
    assert done.taken_by_zone == {Zone.AMBIENT: 2, Zone.FROZEN: 1}
    assert done.all_taken


def test_a_bag_behind_a_stuck_door_is_not_counted_and_not_all_is_collected(
    evening: Evening,
) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    take(evening, now=True)
    evening.report(ReportKind.STUCK, unlock=0)
    open_and_close(evening)

    done = evening.counter.screen().cards[0]
    assert (done.kind, done.taken, done.all_taken) == (CardKind.DONE, (Zone.FROZEN,), False)


def test_a_bag_whose_door_the_customer_says_did_not_open_is_not_counted(
    evening: Evening,
) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    take(evening)
    evening.report(ReportKind.BLIND)
    position = evening.counter.screen().cards[0].position
    assert position is not None
    evening.counter.answer(position, took=False)
    take(evening, now=True)
    open_and_close(evening)

    done = evening.counter.screen().cards[0]
    assert (done.taken, done.all_taken) == ((Zone.FROZEN,), False)


def test_all_bags_of_one_order_come_before_the_next_order(evening: Evening) -> None:
    evening.counter.scan(a_pass("TEA-1"))
    open_and_close(evening)
    evening.order_here(of("lin", an_order("MIXED-2", Zone.AMBIENT)))
    evening.counter.scan(a_pass("FISH-1"))
    evening.report(ReportKind.OPENED)
    take(evening)
    evening.report(ReportKind.CLOSED)
    open_and_close(evening)

    assert len(set(doors(evening)[1:])) == 3


def test_a_neighbours_sub_pass_offers_nothing_else(evening: Evening) -> None:
    evening.counter.scan(sub_pass("RICE-1"))

    assert evening.counter.screen().cards[0].siblings is None


def test_what_the_leader_hands_over_offers_nothing_else(evening: Evening) -> None:
    order = next(o for o in evening.desk.board().orders if o.ref.order_id == "RICE-1")
    evening.desk.hand_over_manually(order.ref, ManualReason.PAPER)

    assert evening.counter.screen().cards[0].siblings is None


def test_an_order_that_was_cancelled_is_not_offered(evening: Evening) -> None:
    evening.cancel(of("lin", an_order("FISH-1", Zone.FROZEN)))

    evening.counter.scan(a_pass("RICE-1"))

    assert evening.counter.screen().cards[0].siblings is None


def test_an_order_that_is_not_paid_is_only_told_of(evening: Evening) -> None:
    evening.order(
        replace(of("lin", an_order("FISH-1", Zone.FROZEN, due_minor=32000)), revision=2), change=3
    )

    evening.counter.scan(a_pass("RICE-1"))

    siblings = asked(evening)
    assert (siblings.orders, siblings.due) == (0, 1)
    take(evening, now=True)
    assert doors(evening) == ["1"]


def test_a_customer_of_another_platform_with_the_same_name_is_another(evening: Evening) -> None:
    foreign = of("lin", an_order("EGGS-9"))
    evening.order_here(replace(foreign, ref=replace(foreign.ref, issuer="other.example")))

    evening.counter.scan(a_pass("RICE-1"))

    assert asked(evening).orders == 1


def test_what_was_collected_with_its_own_pass_meanwhile_stays_shut(evening: Evening) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    evening.report(ReportKind.OPENED)
    take(evening)
    evening.counter.scan(a_pass("FISH-1"))
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)

    evening.report(ReportKind.CLOSED, unlock=0)

    assert doors(evening) == ["1", "3"]


def test_a_number_that_no_card_asks_under_opens_nothing(evening: Evening) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    number = asked(evening).number

    for other in (0, -1, number + 1):
        evening.counter.take_siblings(other, now=True)

    assert doors(evening) == ["1"]


def test_after_a_restart_the_old_question_is_forgotten(evening: Evening) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    number = asked(evening).number
    evening.clock.pass_by(5)
    evening.restart()

    evening.counter.take_siblings(number, now=True)

    assert doors(evening) == []


def test_a_power_cut_in_the_middle_leaves_the_rest_to_the_next_scan(evening: Evening) -> None:
    evening.counter.scan(a_pass("RICE-1"))
    evening.report(ReportKind.OPENED)
    take(evening)
    evening.report(ReportKind.CLOSED)
    evening.restart()

    evening.clock.pass_by(600)
    evening.counter.scan(a_pass("RICE-1"))
    take(evening)

    assert doors(evening) == ["3"]
    assert evening.told()[-1] == "order.reopened"
