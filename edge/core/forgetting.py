"""What of an order names a person, and when that has to be forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from edge.core.order import Customer, Order, OrderRef, Parcel

CLAIM_WINDOW: Final = timedelta(hours=72)
"""So long after its pickup window an order names its customer; nobody may need it longer."""
FORGOTTEN: Final = "forgotten:"
"""How the reference of a forgotten customer begins."""


def is_over(order: Order, passed: datetime | None) -> bool:
    """Whether the claim window has ended, `passed` being an instant that has surely passed."""
    return passed is not None and order.window.closes <= passed - CLAIM_WINDOW


def forget_customer(order: Order) -> Order:
    """The same order for nobody: goods, money and states stay."""
    gone = order.customer
    if gone == _nobody(order.ref):
        return order
    return replace(
        order,
        external_id=None if _names(gone, order.external_id) else order.external_id,
        customer=_nobody(order.ref),
        note=None,
        parcels=tuple(_unnamed(parcel, gone) for parcel in order.parcels),
    )


def as_kept(order: Order, passed: datetime | None) -> Order:
    """What of an order may be kept: who it was for is forgotten again, whoever tells it anew."""
    return forget_customer(order) if is_over(order, passed) else order


def is_forgotten(order: Order) -> bool:
    """Whether it once said whose it was."""
    return order.customer.ref.startswith(FORGOTTEN)


def nobody_ref(order_id: str) -> str:
    """The reference of that order's forgotten customer: no two orders share one, as siblings do."""
    return f"{FORGOTTEN}{order_id}"


def _nobody(ref: OrderRef) -> Customer:
    return Customer(nobody_ref(ref.order_id), "", "", None, reach_low=False)


def _unnamed(parcel: Parcel, gone: Customer) -> Parcel:
    return replace(parcel, label=parcel.parcel_id) if _names(gone, parcel.label) else parcel


def _names(customer: Customer, text: str | None) -> bool:
    words = (customer.ref, customer.name)
    return text is not None and any(word and _is_said(word, text) for word in words)


def _is_said(word: str, text: str) -> bool:
    # c-7 is not said in c-78; 王小明 is said in 王小明的.
    first, *others = text.casefold().split(word.casefold())
    before = first
    for behind in others:
        if not _goes_on(before[-1:]) and not _goes_on(behind[:1]):
            return True
        before = behind
    return False


def _goes_on(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()
