"""The columns of our own CSV and JSON: each with its rule and its help."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from edge.core.ids import is_order_id, is_point_id
from edge.core.order import Size, Zone
from sync.cloud.importing.draft import (
    DEFAULT_CLOSES,
    DEFAULT_CURRENCY,
    DEFAULT_OPENS,
    DraftLine,
    DraftOrder,
)

MAX_QUANTITY = 999_999
MAX_PRICE = Decimal(1_000_000)
_PRICE = re.compile(r"[0-9]{1,7}(\.[0-9]{1,20})?")
_SUM_WORDS = {
    *("合計", "總計", "小計", "共計", "合计", "总计", "小计", "共计"),
    *("total", "subtotal", "grand total", "sum"),
}
LANGUAGES = ("zh-Hant", "zh-Hans", "en")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `check` turns its text into a value or raises ValueError with the rule."""

    name: str
    check: Callable[[str], object]
    help: str
    required: bool = False
    personal: bool = False
    """No report shows what stands there."""


def _text(longest: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not text.isprintable() or len(text) > longest:
            raise ValueError(f"must have at most {longest} printable characters")
        return text

    return check


def _matching(pattern: str, rule: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(rule)
        return text

    return check


def _choice(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _one_of(*words: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be {_choice(words)}")
        return text

    return check


def _order_id(text: str) -> str:
    if not is_order_id(text):
        raise ValueError(
            "must have 1 to 24 of A-Z, a-z, 0-9, '.', '_', '-'; put a longer one into external_id"
        )
    return text


def _phone_tail(text: str) -> str:
    if re.search(r"[0-9]E\+?[0-9]", text, re.IGNORECASE):
        raise ValueError("was rounded by a spreadsheet: format its column as text")
    if not re.fullmatch(r"\+?[0-9]{3,20}", text):
        raise ValueError("must be a telephone number")
    return text[-3:]


def is_sum_word(text: str) -> bool:
    """Whether a cell is what people write before the sum of a column."""
    return text.strip(" :：").casefold() in _SUM_WORDS


def _product(text: str) -> str:
    if is_sum_word(text):
        raise ValueError("looks like a sum of the rows above: delete the row")
    return _text(80)(text)


def _point_id(text: str) -> str:
    if not is_point_id(text):
        raise ValueError("must have 1 to 12 of a-z, 0-9 and '-', or be mapped under [points]")
    return text


def _quantity(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) == 0:
        raise ValueError(f"must be a whole number from 1 to {MAX_QUANTITY}")
    return int(text)


def _price(text: str) -> int:
    price = Decimal(text) if _PRICE.fullmatch(text) else Decimal("NaN")
    if price.is_nan() or price > MAX_PRICE or price * 100 != int(price * 100):
        raise ValueError("must be an amount such as 45 or 45.50")
    return int(price * 100)


def _date(text: str) -> str:
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("must be a date such as 2026-11-23") from None


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError("must be a time such as 16:30")
    return text.zfill(5)


def _zone(text: str) -> str:
    return _one_of(*Zone)(text.upper())


ORDER_COLUMNS: Sequence[Column] = (
    Column("order_id", _order_id, "the order; all its rows stand together", required=True),
    Column("point_id", _point_id, "the pickup point it goes to", required=True),
    Column("customer", _text(40), "the customer's name; screens show it masked", required=True),
    Column(
        "customer_ref",
        _matching(r"[!-~]{1,64}", "must have 1 to 64 letters, digits or signs"),
        "the customer's own number with you; who collects one order of it is offered the others",
        personal=True,
    ),
    Column("phone_last3", _matching("[0-9]{3}", "must be 3 digits"), "end of the phone number"),
    Column(
        "phone",
        _phone_tail,
        "the whole telephone number; only its last 3 digits are kept",
        personal=True,
    ),
    Column("language", _one_of(*LANGUAGES), f"the customer's language: {_choice(LANGUAGES)}"),
    Column("pickup_date", _date, "YYYY-MM-DD; without it: --date, else today"),
    Column("opens", _clock, f"start of the pickup window; {DEFAULT_OPENS} if left out"),
    Column("closes", _clock, f"end of the pickup window; {DEFAULT_CLOSES} if left out"),
    Column("payment", _one_of("paid", "due"), "paid, or due at the counter; paid if left out"),
    Column(
        "currency", _matching("[A-Z]{3}", "must be 3 capitals"), f"{DEFAULT_CURRENCY} if left out"
    ),
    Column("note", _text(500), "a word to the leader"),
    Column("external_id", _text(100), "the order's id elsewhere, where it is longer"),
)
LINE_COLUMNS: Sequence[Column] = (
    Column("product", _product, "what was ordered", required=True),
    Column("quantity", _quantity, "in pieces, or in grams where unit is g", required=True),
    Column("unit", _one_of("piece", "g"), "piece or g; piece if left out"),
    Column(
        "sku",
        _matching(r"[!-~]{1,40}", "must have 1 to 40 letters, digits or signs"),
        "article number",
    ),
    Column("unit_price", _price, "price of one unit, such as 45 or 45.50"),
    Column("zone", _zone, f"{_choice([*Zone])}; guessed from the product if left out"),
    Column(
        "size",
        _one_of(*Size),
        f"of its bag: {_choice([*Size])}; guessed from the quantity if left out",
    ),
)


def read_cells(columns: Sequence[Column], cells: Mapping[str, str]) -> dict[str, object]:
    """The checked values of the cells that are filled; ValueError names each column and rule."""
    values: dict[str, object] = {}
    faults: list[str] = []
    for column in columns:
        text = cells.get(column.name, "").strip()
        if not text:
            faults += [f"{column.name} is missing"] if column.required else []
            continue
        try:
            values[column.name] = checked(column, text)
        except ValueError as error:
            faults.append(str(error))
    if faults:
        raise ValueError("; ".join(faults))
    return values


def draft_line(values: Mapping[str, object]) -> DraftLine:
    """A line from checked values."""
    fields = {"unit": "piece", **values}
    if "unit_price" in fields:
        fields["unit_price_minor"] = fields.pop("unit_price")
    return DraftLine(**fields)  # type: ignore[arg-type] # every value went through its column's check


def draft_order(line: int, values: Mapping[str, object], lines: Sequence[DraftLine]) -> DraftOrder:
    """An order from checked values; ValueError where two of them disagree."""
    fields = dict(values)
    paid = fields.pop("payment", "paid") == "paid"
    tail = fields.pop("phone", "")
    if fields.setdefault("phone_last3", tail) != tail and tail:
        raise ValueError("phone does not end in phone_last3")
    draft = DraftOrder(line=line, lines=tuple(lines), paid=paid, **fields)  # type: ignore[arg-type] # every value went through its column's check
    if draft.opens >= draft.closes:
        raise ValueError(f"opens {draft.opens} must lie before closes {draft.closes}")
    return draft


def checked(column: Column, text: str) -> object:
    """The value of a filled cell; ValueError names column and rule."""
    try:
        return column.check(text)
    except ValueError as error:
        shown = "" if column.personal else f", not {text[:40]!r}"
        raise ValueError(f"{column.name} {error}{shown}") from None
