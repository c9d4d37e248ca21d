"""The leader's look-up among a hundred thousand cached orders, four hundred of them of today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from edge.core.order import Order
from edge.store import orders
from edge.store.database import Txn
from tests.bench.measure import Work, timed
from tests.edge.flows.evening import TODAY, Evening, an_order

CACHED, A_DAY = 100_000, 400
PORTION = 5_000
SURNAMES = "陳林黃張李王吳劉蔡楊"
QUESTIONS = ("678", "陳", "陳678", "000678", "BENCH000678", "B2", "")
"""Telephone tail, surname, both, a number's tail, a whole number, a place; nothing: the letters."""


def seconds_by_question(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds that each question took, every one as often."""
    evening = Evening(folder)
    cache(evening, CACHED)
    evening.order_here(an_order("HERE"))
    taken = {text: [_ask(evening, text)() for _ in range(rounds)] for text in QUESTIONS}
    evening.close()
    return taken


def cache(evening: Evening, count: int) -> None:
    """So many orders of this and of earlier days, in portions or at once if they are few."""
    for first in range(0, count, PORTION):
        portion = range(first, min(first + PORTION, count))
        evening.writer.call(partial(_cache, portion=portion), timeout=600)


def _ask(evening: Evening, text: str) -> Work:
    if not text:
        return timed(evening.desk.initials)
    return timed(lambda: evening.desk.find(text))


def _cache(txn: Txn, portion: range) -> None:
    for order in _orders(portion):
        orders.upsert(txn, order, 1)


def _orders(portion: range) -> Iterator[Order]:
    for number in portion:
        day = TODAY - timedelta(days=number // A_DAY)
        name = f"{SURNAMES[number % 10]}{number % 97:02d}"
        order = an_order(f"BENCH-{number:06d}", name=name, day=day)
        customer = replace(order.customer, phone_last3=f"{number % 1000:03d}")
        yield replace(order, customer=customer)
