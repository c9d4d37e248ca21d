"""An order at this point: its parts as the cloud sent them, and the states it goes through.

Rule: everything that affects an order's state machine lives in this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from edge.errors import ForbiddenTransition


class Zone(StrEnum):
    """Temperature zone of a line, a parcel and a place."""

    AMBIENT = "AMBIENT"
    CHILLED = "CHILLED"
    FROZEN = "FROZEN"


class Size(StrEnum):
    """What fits into what: S into M into L."""

    S = "S"
    M = "M"
    L = "L"

    def fits(self, room: Size) -> bool:
        """Whether a parcel of this size goes into a place of that size."""
        return list(Size).index(self) <= list(Size).index(room)


class CloudState(StrEnum):
    """What the cloud wants of an order."""

    OPEN = "open"
    CANCELLED = "cancelled"
    MOVED = "moved"


class PaymentState(StrEnum):
    """Whether the leader has to collect money."""

    PAID = "paid"
    DUE = "due"


class OrderState(StrEnum):
    """Where an order is at this point."""

    EXPECTED = "EXPECTED"
    READY = "READY"
    RELEASED = "RELEASED"
    PARTLY_COLLECTED = "PARTLY_COLLECTED"
    COLLECTED = "COLLECTED"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"
    MOVED = "MOVED"


TRANSITIONS: Mapping[OrderState, frozenset[OrderState]] = {
    OrderState.EXPECTED: frozenset(
        {
            OrderState.READY,
            OrderState.RELEASED,
            OrderState.CANCELLED,
            OrderState.MOVED,
            OrderState.RETURNED,
        }
    ),
    OrderState.READY: frozenset(
        {
            OrderState.EXPECTED,
            OrderState.RELEASED,
            OrderState.CANCELLED,
            OrderState.MOVED,
            OrderState.RETURNED,
        }
    ),
    OrderState.RELEASED: frozenset(
        {
            OrderState.COLLECTED,
            OrderState.PARTLY_COLLECTED,
            OrderState.READY,
            OrderState.EXPECTED,
            OrderState.CANCELLED,
            OrderState.MOVED,
            OrderState.RETURNED,
        }
    ),
    OrderState.PARTLY_COLLECTED: frozenset(
        {
            OrderState.RELEASED,
            OrderState.COLLECTED,
            OrderState.READY,
            OrderState.EXPECTED,
            OrderState.CANCELLED,
            OrderState.MOVED,
            OrderState.RETURNED,
        }
    ),
    OrderState.COLLECTED: frozenset(
        {
            OrderState.PARTLY_COLLECTED,
            OrderState.READY,
            OrderState.EXPECTED,
            OrderState.CANCELLED,
            OrderState.MOVED,
            OrderState.RETURNED,
        }
    ),
    OrderState.CANCELLED: frozenset(
        {OrderState.EXPECTED, OrderState.READY, OrderState.MOVED, OrderState.RETURNED}
    ),
    OrderState.MOVED: frozenset(
        {OrderState.EXPECTED, OrderState.READY, OrderState.CANCELLED, OrderState.RETURNED}
    ),
    OrderState.RETURNED: frozenset(),
}
"""Every lawful change of state; the README's diagram is drawn from this table."""


def advance(before: OrderState, after: OrderState) -> OrderState:
    """Return `after` if the table leads there (or it is no change), else raise with both names."""
    if after is before or after in TRANSITIONS[before]:
        return after
    raise ForbiddenTransition(
        f"An order cannot go from {before} to {after}.",
        "This is a fault of the software: please report it with the order's number.",
    )


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An order's identity everywhere: who issued it, and its id there."""

    issuer: str
    order_id: str


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open pickup window `[opens, closes)`, aware instants."""

    opens: datetime
    closes: datetime

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("a window opens before it closes")


@dataclass(frozen=True, slots=True)
class Customer:
    """What the point may know of a customer; `name` and `phone_last3` are personal."""

    ref: str
    name: str
    phone_last3: str
    language: str | None
    reach_low: bool


@dataclass(frozen=True, slots=True)
class Payment:
    """Money still due at the counter, in minor units of `currency`."""

    state: PaymentState
    due_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Line:
    """One order line; quantities in base units (pieces or grams)."""

    line_id: str
    sku: str
    name: str
    ordered: int
    expected: int
    unit: str
    unit_price_minor: int
    currency: str
    zone: Zone
    lot: str | None
    best_before: date | None
    shortage_policy: str | None

    def __post_init__(self) -> None:
        if self.ordered < 0 or self.expected < 0:
            raise ValueError(f"line {self.line_id}: a quantity cannot be negative")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A bag or box: the lines it holds; every line of an order lies in exactly one parcel."""

    parcel_id: str
    label: str
    line_ids: tuple[str, ...]
    size: Size
    zone: Zone


@dataclass(frozen=True, slots=True)
class Order:
    """The latest word of the cloud about one order at this point."""

    ref: OrderRef
    external_id: str | None
    revision: int
    point_id: str
    ordered_at: datetime
    pickup_date: date
    hold_until: datetime
    window: Window
    cloud_state: CloudState
    pass_not_before: datetime | None
    customer: Customer
    payment: Payment
    pickup_code_hash: str | None
    note: str | None
    lines: tuple[Line, ...]
    parcels: tuple[Parcel, ...]

    def __post_init__(self) -> None:
        parcelled = [line_id for parcel in self.parcels for line_id in parcel.line_ids]
        if sorted(parcelled) != sorted(line.line_id for line in self.lines):
            raise ValueError("parcels: every line must lie in exactly one parcel")

    def is_of_same_customer(self, other: Order) -> bool:
        """Whether both are surely one person's: the same platform's name for the customer."""
        mine, theirs = (self.ref.issuer, self.customer.ref), (other.ref.issuer, other.customer.ref)
        return bool(self.customer.ref) and mine == theirs

    def lines_of(self, parcel_id: str) -> tuple[Line, ...]:
        """The lines inside one parcel, in the order's own sequence."""
        wanted = {
            line_id
            for parcel in self.parcels
            if parcel.parcel_id == parcel_id
            for line_id in parcel.line_ids
        }
        return tuple(line for line in self.lines if line.line_id in wanted)


class Progress(StrEnum):
    """How far one parcel is, as rows of the point prove it."""

    WAITING = "WAITING"
    PLACED = "PLACED"
    RELEASED = "RELEASED"
    COLLECTED = "COLLECTED"
    RETURNED = "RETURNED"


def derive_state(cloud_state: CloudState, parcels: Sequence[Progress]) -> OrderState:
    """An order's state from what happened to its parcels: facts at the point win over wishes."""
    settled = _state_of_facts(parcels)
    if settled is not None:
        return settled
    if cloud_state is CloudState.CANCELLED:
        return OrderState.CANCELLED
    if cloud_state is CloudState.MOVED:
        return OrderState.MOVED
    left = [progress for progress in parcels if progress is not Progress.RETURNED]
    placed = bool(left) and all(progress is Progress.PLACED for progress in left)
    return OrderState.READY if placed else OrderState.EXPECTED


def _state_of_facts(parcels: Sequence[Progress]) -> OrderState | None:
    present = set(parcels)
    if Progress.RELEASED in present:
        return OrderState.RELEASED
    if present == {Progress.COLLECTED}:
        return OrderState.COLLECTED
    if present == {Progress.RETURNED}:
        return OrderState.RETURNED
    return OrderState.PARTLY_COLLECTED if Progress.COLLECTED in present else None
