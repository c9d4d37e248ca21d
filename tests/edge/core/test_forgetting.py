"""What is left of an order once its customer is forgotten."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from edge.core.forgetting import CLAIM_WINDOW, as_kept, forget_customer, is_over
from edge.core.order import Customer, Order
from edge.core.order_json import order_to_json, parse_order
from tests.edge.flows.evening import an_order

MARY = Customer("member-4711", "Mary Wang", "678", "en", reach_low=True)


def marys(order_id: str = "G1") -> Order:
    return replace(an_order(order_id), customer=MARY, note="Ask for Mary at 2F")


def test_goods_money_and_window_stay_and_nobody_is_named() -> None:
    order = marys()
    left = forget_customer(order)

    assert replace(left, customer=order.customer, note=order.note) == order
    assert not any(word in json.dumps(order_to_json(left)) for word in ("Mary", "678", "4711"))
    assert (left.customer.language, left.customer.reach_low) == (None, False)


def test_it_is_read_as_the_same_order_again_and_forgetting_it_twice_changes_nothing() -> None:
    left = forget_customer(marys())

    assert parse_order(order_to_json(left)) == left
    assert forget_customer(left) == left


def test_two_forgotten_customers_are_never_one_person() -> None:
    one, other = marys("G1"), marys("G2")
    assert one.is_of_same_customer(other)

    assert not forget_customer(one).is_of_same_customer(forget_customer(other))


def test_a_label_and_a_platforms_number_that_say_the_customer_go_and_others_stay() -> None:
    order = marys()
    bag = replace(order.parcels[0], label="bag of MARY WANG")
    named = replace(order, external_id="2027/member-4711", parcels=(bag,))

    left = forget_customer(named)
    assert (left.external_id, left.parcels[0].label) == (None, "G1-1")

    for number in ("member-47110", "xmember-4711"):
        other = replace(order, external_id=number)
        assert forget_customer(other).external_id == number
    assert forget_customer(other).parcels[0].label == "bag 1"


def test_the_claim_window_ends_72_hours_after_the_pickup_window() -> None:
    order = marys()
    end = order.window.closes + timedelta(hours=72)

    assert timedelta(hours=72) == CLAIM_WINDOW
    assert is_over(order, end)
    assert not is_over(order, end - timedelta(milliseconds=1))
    assert as_kept(order, None) == order
