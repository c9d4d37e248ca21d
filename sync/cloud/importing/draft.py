"""An order as somebody asked for it, before the cloud gives it dates, codes and parcels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

DEFAULT_OPENS = "16:00"
DEFAULT_CLOSES = "21:00"
DEFAULT_CURRENCY = "TWD"


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One product; the quantity in pieces or grams, the price of one unit in hundredths."""

    product: str
    quantity: int
    unit: str
    sku: str | None = None
    unit_price_minor: int | None = None
    zone: str | None = None
    size: str | None = None


@dataclass(frozen=True, slots=True)
class DraftOrder:
    """One order; `line` is where it begins in its file, `place` says it where lines do not.

    `customer_ref` is the shop's own number of the customer, None where nobody is known by one.
    `state` is open or cancelled, None where the file says nothing about it; so are `ordered_at`
    (RFC 3339) and `due_minor`, the whole sum still to be paid.
    """

    line: int
    order_id: str
    point_id: str
    customer: str
    lines: tuple[DraftLine, ...]
    external_id: str | None = None
    customer_ref: str | None = None
    phone_last3: str = ""
    language: str | None = None
    pickup_date: str | None = None
    opens: str = DEFAULT_OPENS
    closes: str = DEFAULT_CLOSES
    paid: bool = True
    currency: str = DEFAULT_CURRENCY
    note: str | None = None
    state: str | None = None
    ordered_at: str | None = None
    due_minor: int | None = None
    place: str = ""
    made_up: bool = False
    """Whether nobody ordered it: its customer may be anybody the next time."""

    def to_json(self) -> dict[str, Any]:
        """As a tool hands it to the server."""
        # Slot by slot: asdict copies deeply, at ten times the cost.
        values = {name: getattr(self, name) for name in self.__slots__}
        lines = [{name: getattr(line, name) for name in line.__slots__} for line in self.lines]
        return {**values, "lines": lines}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """As the server receives it."""
        lines = tuple(DraftLine(**line) for line in raw["lines"])
        return cls(**{**raw, "lines": lines})


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that does not go in: its line in the file, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class RepairedCell:
    """A cell that was read as something else than what stands there; no telephone number."""

    line: int
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DoubtfulCell:
    """A cell that was taken as it stands, and why somebody should look at it."""

    line: int
    column: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: orders that can be tried, rows that cannot, what was repaired or is odd.

    `notes` say what was read in another way than it may look, or left aside.
    """

    drafts: tuple[DraftOrder, ...]
    refused: tuple[RefusedRow, ...]
    repaired: tuple[RepairedCell, ...] = ()
    notes: tuple[str, ...] = ()
    doubtful: tuple[DoubtfulCell, ...] = ()
    sheet: str | None = None
    """Of a workbook, the one that was read."""
