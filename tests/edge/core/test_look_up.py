"""What an order is found by, and what a typed text may mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.look_up import Clue, Wanted, clues, fits_by_number, plain, readings
from tests.edge.core.samples import order


def words(clue: Clue, name: str = "王小明") -> set[str]:
    known = order()
    named = replace(known, customer=replace(known.customer, name=name))
    return {word for kind, word in clues(named) if kind is clue}


@pytest.mark.parametrize(
    ("text", "same"),
    [("tw-20261123-0007", "TW202611230007"), ("６７８", "678"), (" b 2 ", "B2"), ("—·—", "")],
)
def test_hyphens_blanks_case_and_width_make_no_difference(text: str, same: str) -> None:
    assert plain(text) == same


def test_a_chinese_name_is_found_by_how_it_begins() -> None:
    assert words(Clue.NAME, "陳 美玲") == {"陳美玲"}


def test_a_latin_name_is_found_by_each_of_its_words() -> None:
    assert words(Clue.NAME, "Mary Ann Wang") == {"MARYANNWANG", "ANNWANG", "WANG"}


def test_a_customer_without_a_name_is_found_by_everything_else() -> None:
    assert words(Clue.NAME, "") == set()
    assert words(Clue.PHONE) == {order().customer.phone_last3}


def test_order_id_platforms_id_and_bag_labels_are_found_by_their_tails() -> None:
    known = replace(order(), external_id="wc-9001")
    numbers = {word[::-1] for clue, word in clues(known) if clue is Clue.NUMBER}

    assert {plain(known.ref.order_id), "WC9001"} < numbers
    assert {plain(parcel.label) for parcel in known.parcels} <= numbers


def test_three_digits_are_a_telephone_tail_or_the_end_of_a_number() -> None:
    assert readings("678") == [(Wanted(Clue.PHONE, "678", True), Wanted(Clue.NUMBER, "876", False))]


@pytest.mark.parametrize(
    ("tail", "text", "by_number"),
    [
        ("318", "042", True),
        ("318", "０４２", True),
        ("318", "陳042", True),
        ("042", "042", False),
        ("318", "318", False),
        ("318", "0042", False),
        ("318", "1", False),
        ("042", "陳", False),
    ],
)
def test_three_digits_that_end_only_a_number_are_told_from_a_telephones(
    tail: str, text: str, by_number: bool
) -> None:
    known = order()
    called = replace(known, customer=replace(known.customer, phone_last3=tail))

    assert fits_by_number(called, text) is by_number


def test_two_digits_are_too_few_to_look_for() -> None:
    assert readings("67") == [()]


def test_a_surname_with_digits_asks_for_both() -> None:
    name, digits = readings("陳678")

    assert name == (Wanted(Clue.NAME, "陳", False),)
    assert digits[0] == Wanted(Clue.PHONE, "678", True)


@given(st.text(max_size=40))
def test_any_text_can_be_asked_for(text: str) -> None:
    for part in readings(text):
        assert all(wanted.word for wanted in part)
