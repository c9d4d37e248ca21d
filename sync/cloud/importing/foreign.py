"""What the orders of shops and food hubs have in common, however their systems write them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from edge.core import strict_json
from edge.core.ids import is_order_id
from edge.core.order import CloudState
from edge.errors import MalformedMessage
from sync.cloud.importing.columns import (
    LINE_COLUMNS,
    ORDER_COLUMNS,
    draft_line,
    draft_order,
    read_cells,
)
from sync.cloud.importing.draft import DraftOrder, Reading, RefusedRow
from sync.cloud.importing.mapping import STATE, ImportMapping
from sync.cloud.importing.tidy import Tidy

Raw = Mapping[str, Any]
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_SKU = re.compile(r"[!-~]{1,40}")
LARGEST_AMOUNT = 10**9
"""What no order costs, in any currency; far beyond it, hundredths cannot be counted."""


@dataclass(frozen=True, slots=True)
class ForeignOrder:
    """One order in cells of our columns; a cancelled one needs no more than its id.

    `points` are the names that its pickup point goes by there, the most telling one first.
    """

    order_id: str
    state: CloudState
    points: Sequence[str] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    lines: Sequence[Mapping[str, str]] = ()
    ordered_at: str | None = None
    due_minor: int | None = None


OUT = "both stay out"

Read = Callable[[Raw, ImportMapping], ForeignOrder]
"""Reads one order of a system; ValueError says why it cannot be handed over."""


def read_foreign(orders: Sequence[object], mapping: ImportMapping, read: Read) -> Reading:
    """Drafts of orders; `line` counts the orders of the file, and each refusal names its order."""
    tidy = Tidy(mapping)
    drafts: dict[str, DraftOrder] = {}
    seen: dict[str, tuple[int, ForeignOrder]] = {}
    refused: list[RefusedRow] = []
    for number, raw in enumerate(orders, start=1):
        place = f"order {number}: "
        try:
            if not isinstance(raw, Mapping):
                raise ValueError("an order must be an object")
            order = read(raw, mapping)
            place = f"order {number} ({order.order_id}): "
            first, before = seen.setdefault(order.order_id, (number, order))
            if order != before:
                # Which of the two is true, nobody can tell.
                drafts.pop(order.order_id, None)
                raise ValueError(f"comes twice, and says something else than order {first}: {OUT}")
            if number != first:
                raise ValueError(f"comes twice in this file; it stood at order {first}")
            drafts[order.order_id] = replace(_draft(number, order, tidy), place=place)
        except ValueError as error:
            refused.append(RefusedRow(number, f"{_named(place, raw)}{error}"))
    return Reading(
        tuple(drafts.values()),
        tuple(refused),
        tuple(tidy.repaired),
        doubtful=tuple(tidy.doubtful),
    )


def load(data: bytes, name: str) -> object:
    """The JSON of a file; MalformedMessage where it is none."""
    try:
        return strict_json.loads(data)
    except ValueError as error:
        raise MalformedMessage(
            f"{name} {error}; nothing was imported.",
            "Save the answer of the API as it came, and nothing else.",
        ) from None


def refuse_error_answer(document: object, name: str) -> None:
    """MalformedMessage where a system said no, and that was saved."""
    if isinstance(document, Mapping) and ("error" in document or "code" in document):
        said = document.get("message") or document.get("error") or document.get("code")
        raise MalformedMessage(
            f"{name} is no list of orders but an error answer: {str(said)[:200]!r};"
            " nothing was imported.",
            "Ask the API again with a key that may read orders.",
        )


def state_of(word: object, known: Mapping[str, CloudState], mapping: ImportMapping) -> CloudState:
    """What a system's word for an order's state means; ValueError names one that means neither."""
    text = str(word)
    translated = mapping.values.get(STATE, {}).get(text)
    if translated is not None:
        return CloudState(translated)
    if text in known:
        return known[text]
    raise ValueError(
        f"its state is {text[:40]!r}, in which nothing is handed over"
        " (a mapping may say otherwise under [values.state])"
    )


def text_of(value: object) -> str:
    """A text in one line, as people read it; entities of HTML are characters again."""
    return " ".join(html.unescape(str(value)).split()) if value is not None else ""


def account(value: object) -> str:
    """The number of a customer who signed in; nothing for a guest, who may be anybody."""
    return str(value) if type(value) is int and value > 0 else ""


def full_name(first: object, last: object) -> str:
    """A person's name in the order of its script: 王小明, Emma Clark."""
    given, family = text_of(first), text_of(last)
    if _CJK.search(family + given):
        return family + given
    return f"{given} {family}".strip()


def amount(value: object, what: str) -> Decimal:
    """Money as the system writes it; ValueError names what it is for."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > LARGEST_AMOUNT:
        raise ValueError(f"{what} is no amount: {str(value)[:40]!r}")
    return found


def minor(value: Decimal) -> int:
    """Hundredths."""
    return int((value * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def price(value: Decimal) -> str:
    """An amount as our column has it."""
    # Nothing is added, so that a zero loses its sign.
    return str(value.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN) + 0)


def sku(value: object, otherwise: str) -> str:
    """An article number that our column can hold."""
    text = text_of(value)
    return text if _SKU.fullmatch(text) else otherwise


def entries(raw: Raw, name: str) -> list[Raw]:
    """A list of objects; what is no object is left aside."""
    found = raw.get(name)
    return (
        [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []
    )


def entry(raw: Raw, name: str) -> Raw:
    """The object inside; an empty one where there is none."""
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def _named(place: str, raw: object) -> str:
    if "(" in place or not isinstance(raw, Mapping):
        return place
    number = str(raw.get("number") or raw.get("id") or "")
    return f"{place[:-2]} ({number}): " if is_order_id(number) else place


def _draft(number: int, order: ForeignOrder, tidy: Tidy) -> DraftOrder:
    if not is_order_id(order.order_id):
        raise ValueError(f"its number {order.order_id[:40]!r} fits no pass")
    if order.state is CloudState.CANCELLED:
        return DraftOrder(number, order.order_id, "", "", (), state=order.state.value)
    names = [name for name in order.points if name]
    usual = names[0] if names else ""
    point = next((name for name in names if name in tidy.mapping.points), usual)
    cells = {**order.cells, "order_id": order.order_id, "point_id": point}
    if not order.lines:
        raise ValueError("it names no goods")
    values = read_cells(ORDER_COLUMNS, tidy.cells(number, cells))
    lines = [draft_line(read_cells(LINE_COLUMNS, tidy.cells(number, line))) for line in order.lines]
    draft = draft_order(number, values, lines)
    return replace(
        draft,
        state=order.state.value,
        ordered_at=order.ordered_at,
        due_minor=order.due_minor,
    )
