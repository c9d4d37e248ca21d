"""Plain baskets, one a line, product names between commas: a crowd of orders to try things with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from random import Random

from sync.cloud.importing.columns import LINE_COLUMNS, draft_line, read_cells
from sync.cloud.importing.draft import DraftLine, DraftOrder, Reading, RefusedRow
from sync.cloud.importing.text import fault_of, lines_of

DUE_SHARE = 0.03
_FAMILY = "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐"
_GIVEN = "怡君志明淑芬俊傑雅婷家豪美玲建宏惠雯冠宇佳穎宗翰心潔柏翰"
_LANGUAGES = ("zh-Hant",) * 8 + ("zh-Hans", "en")


def read_baskets(
    data: bytes, name: str, *, points: Sequence[str], seed: int, pickup_date: date
) -> Reading:
    """One order per basket, spread over the points; the same seed gives the same orders."""
    drafts: list[DraftOrder] = []
    refused: list[RefusedRow] = []
    for number, line in lines_of(data.rstrip(b"\n"), name):
        try:
            lines = _products(line)
        except ValueError as error:
            refused.append(RefusedRow(number, str(error)))
            continue
        # Every basket has its own generator: a refused one moves no other to another point.
        random = Random(f"{seed}/{number}")  # noqa: S311 - repeatable on purpose, and no secret
        drafts.append(_draft(number, lines, points, pickup_date, random))
    return Reading(tuple(drafts), tuple(refused))


def _products(line: str) -> list[DraftLine]:
    fault = fault_of(line)
    if fault is not None:
        raise ValueError(fault)
    names = Counter(product.strip() for product in line.split(","))
    if not any(names):
        raise ValueError("the basket is empty")
    return [
        draft_line(read_cells(LINE_COLUMNS, {"product": name, "quantity": str(count)}))
        for name, count in names.items()
    ]


def _draft(
    number: int, lines: Sequence[DraftLine], points: Sequence[str], day: date, random: Random
) -> DraftOrder:
    given = random.randrange(0, len(_GIVEN), 2)
    return DraftOrder(
        line=number,
        order_id=f"B{day:%y%m%d}-{number:05d}",
        point_id=random.choice(points),
        customer=random.choice(_FAMILY) + _GIVEN[given : given + 2],
        phone_last3=f"{random.randrange(1000):03d}",
        language=random.choice(_LANGUAGES),
        pickup_date=day.isoformat(),
        paid=random.random() >= DUE_SHARE,
        lines=tuple(lines),
        made_up=True,
    )
