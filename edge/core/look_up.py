"""By what a leader finds an order, and what a typed or tapped text asks for.

Rule: both sides go through `plain`, so that hyphens, blanks, case and full-width digits are one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from edge.core.order import Order

SHORTEST_NUMBER = 3
"""Fewer digits of an order's number would find half the day."""
_RUNS = re.compile(r"[0-9A-Z]+|[^0-9A-Z]+")


class Clue(StrEnum):
    """A kind of word that an order is found by."""

    PHONE = "phone"
    NAME = "name"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One way to read a text: orders with this word, or with words that begin like it."""

    clue: Clue
    word: str
    whole: bool


def plain(text: str) -> str:
    """Upper case, half width, letters and digits only."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKC", text).upper() if letter.isalnum()
    )


def clues(order: Order) -> frozenset[tuple[Clue, str]]:
    """All words of an order; numbers stand backwards, so that their tails are beginnings."""
    numbers = [order.ref.order_id, order.external_id or ""]
    for parcel in order.parcels:
        numbers += [parcel.parcel_id, parcel.label]
    found = {(Clue.NUMBER, plain(number)[::-1]) for number in numbers}
    found |= {(Clue.NAME, name) for name in _names(order.customer.name)}
    found.add((Clue.PHONE, order.customer.phone_last3))
    return frozenset((clue, word) for clue, word in found if word)


def readings(text: str) -> list[tuple[Wanted, ...]]:
    """What a text may mean: each part of it by any of its readings, and an order fits all parts."""
    whole = plain(text)
    parts = _RUNS.findall(whole)
    if len(parts) > 1:
        # 陳678: the surname was tapped, then the telephone's digits.
        return [tuple(_of_part(part)) for part in parts]
    return [tuple(_of_part(whole))] if whole else []


def fits_by_number(order: Order, text: str) -> bool:
    """Whether three digits that may be a telephone's end one of its numbers instead."""
    known = clues(order)
    parts = (wanted for part in readings(text) for wanted in part)
    tails = [wanted.word for wanted in parts if wanted.clue is Clue.PHONE]
    return any((Clue.PHONE, tail) not in known and _ends_a_number(known, tail) for tail in tails)


def _ends_a_number(known: Iterable[tuple[Clue, str]], tail: str) -> bool:
    backwards = tail[::-1]
    return any(clue is Clue.NUMBER and word.startswith(backwards) for clue, word in known)


def _of_part(part: str) -> Iterator[Wanted]:
    if part.isdigit() and len(part) == 3:
        yield Wanted(Clue.PHONE, part, whole=True)
    if not any(letter.isdigit() for letter in part):
        yield Wanted(Clue.NAME, part, whole=False)
    if len(part) >= SHORTEST_NUMBER:
        yield Wanted(Clue.NUMBER, part[::-1], whole=False)


def _names(name: str) -> Iterator[str]:
    """王小明 as it stands; Mary Wang by each of her words, for nobody knows which one is said."""
    words = name.split()
    if not all(word.isascii() for word in words):
        words = ["".join(words)]
    for first in range(len(words)):
        yield plain("".join(words[first:]))
