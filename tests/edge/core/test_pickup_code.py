"""The code itself: eight digits, a keyed hash, and a proof that says nothing of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.order import CloudState, OrderRef
from edge.core.pickup_code import (
    hash_code,
    key_document,
    normalise,
    prove,
    read_key,
    same,
    whose,
)
from edge.errors import MalformedMessage
from tests.edge.core.samples import order
from tests.edge.core.views import bag, collected, view

KEY, OTHER_KEY = b"k" * 32, b"q" * 32
REF = OrderRef("neighbourly", "GB-1")


@pytest.mark.parametrize("typed", ["12345678", "1234-5678", "1234 5678", " 12345678 "])
def test_a_code_is_read_as_it_is_printed(typed: str) -> None:
    assert normalise(typed) == "12345678"


@pytest.mark.parametrize(
    "typed", ["1234567", "123456789", "1234567a", "１２３４５６７８", "", "²" * 8]
)
def test_anything_else_is_no_code(typed: str) -> None:
    assert normalise(typed) is None


@given(st.text())
def test_no_text_raises(typed: str) -> None:
    code = normalise(typed)
    assert code is None or (len(code) == 8 and code.isascii() and code.isdigit())


def test_a_hash_is_of_one_code_under_one_key() -> None:
    hashes = {hash_code(code, key) for code in ("12345678", "12345679") for key in (KEY, OTHER_KEY)}
    assert len(hashes) == 4


def test_a_proof_is_of_one_order_and_is_not_its_hash() -> None:
    proof = prove("12345678", KEY, REF)

    assert proof != hash_code("12345678", KEY)
    assert proof != prove("12345678", KEY, OrderRef("neighbourly", "GB-2"))
    assert proof != prove("12345678", OTHER_KEY, REF)


def test_nothing_is_the_same_as_no_hash() -> None:
    assert same("aa", "aa")
    assert not same("aa", "ab")
    assert not same(None, "aa")


def test_the_key_comes_back_from_its_document() -> None:
    assert read_key(key_document(KEY)) == KEY


@pytest.mark.parametrize(
    "document", [None, {}, [], {"key": None}, {"key": "secret-but-short"}, {"key": "é" * 43}]
)
def test_a_broken_key_is_refused_and_never_quoted(document: object) -> None:
    with pytest.raises(MalformedMessage) as error:
        read_key(document)
    assert "secret" not in str(error.value)


def test_of_an_old_and_a_new_order_with_one_code_the_new_one_is_meant() -> None:
    old, new = view(bag(given=collected())), view()
    cancelled = view(bag(place_id=None), of=order(cloud_state=CloudState.CANCELLED))

    assert whose([old, new]) is new
    assert whose([cancelled, new]) is new
    assert whose([old]) is old
    assert whose([new, replace(new, key=2)]) is None
    assert whose([old, cancelled]) is None
    assert whose([]) is None
