"""Pickup codes drawn at random: no two alike among orders of which goods are still to come."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator

from peewee import Database

from edge.core.pickup_code import DIGITS
from sync.cloud.closures import Progress
from sync.cloud.tables import CustomerOrder

OVER = (Progress.COLLECTED.value, Progress.RETURNED.value)
"""Of these orders nothing is still to come: their codes may be drawn again."""


def unused(
    database: Database, count: int, draw: Callable[[int], int] = secrets.randbelow
) -> Iterator[str]:
    """As many codes as asked for; `draw(n)` is a random number below n."""
    codes: set[str] = set()
    while len(codes) < count:
        drawn = {f"{draw(10**DIGITS):0{DIGITS}d}" for _ in range(count - len(codes))}
        codes |= drawn - set(_in_use(database, drawn))
    return iter(codes)


def _in_use(database: Database, drawn: Collection[str]) -> Iterable[str]:
    taken = CustomerOrder.select(CustomerOrder.pickup_code).where(
        CustomerOrder.pickup_code.in_(sorted(drawn)) & CustomerOrder.progress.not_in(OVER)
    )
    return (code for (code,) in taken.tuples().execute(database))
