"""An order as the point sees it: the cloud's word joined with what happened here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from edge.core.order import Order, OrderState, Parcel, PaymentState, Progress, derive_state


class AnnulReason(StrEnum):
    """Why a hand-over is taken back."""

    GOODS_STILL_HERE = "goods_still_here"
    WRONG_CUSTOMER = "wrong_customer"


class Outcome(StrEnum):
    """What became of a released hand-over; none yet is None."""

    COLLECTED = "collected"
    STUCK = "stuck"


class ConfirmedBy(StrEnum):
    """Who saw the goods go."""

    SENSOR = "sensor"
    CUSTOMER = "customer"
    LEADER = "leader"


class Trust(StrEnum):
    """The rung of the trust ladder a hand-over stands on."""

    PASS_KNOWN = "A"
    PASS_UNKNOWN = "B"
    PICKUP_CODE = "C"
    LEADER = "D"


SUB_PASS = "sub_pass"
"""The method of a hand-over to a neighbour who showed a pass of its own."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """One committed release of one parcel; `position` is its released event's place in the log."""

    position: int
    place_id: str
    trust: Trust
    method: str
    released_at: datetime
    attempts: int
    reopens: int
    outcome: Outcome | None
    outcome_at: datetime | None
    confirmed_by: ConfirmedBy | None

    @property
    def to_neighbour(self) -> bool:
        """Whether a sub-pass collected this, and not the customer."""
        return self.method == SUB_PASS


@dataclass(frozen=True, slots=True)
class ParcelView:
    """One parcel with its place and its hand-over, if it has them; `key` is the store's."""

    key: int
    parcel: Parcel
    received: bool
    returned: bool
    place_id: str | None
    hand_over: HandOver | None

    @property
    def progress(self) -> Progress:
        """How far this parcel is."""
        if self.hand_over is not None:
            collected = self.hand_over.outcome is Outcome.COLLECTED
            return Progress.COLLECTED if collected else Progress.RELEASED
        if self.returned:
            return Progress.RETURNED
        return Progress.WAITING if self.place_id is None else Progress.PLACED


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with all its parcels; `key` is the store's."""

    key: int
    order: Order
    parcels: tuple[ParcelView, ...]

    @property
    def state(self) -> OrderState:
        """The order's state, derived afresh."""
        return derive_state(self.order.cloud_state, [parcel.progress for parcel in self.parcels])

    @property
    def received(self) -> bool:
        """Whether the van brought all of it."""
        return all(parcel.received for parcel in self.parcels)

    @property
    def owes(self) -> bool:
        """Whether money is due still: the leader takes it before the first bag goes."""
        untouched = all(parcel.hand_over is None for parcel in self.parcels)
        return untouched and self.order.payment.state is PaymentState.DUE

    def with_hand_over(self, position: int) -> ParcelView | None:
        """The parcel whose hand-over has that position."""
        for parcel in self.parcels:
            if parcel.hand_over is not None and parcel.hand_over.position == position:
                return parcel
        return None
