"""Passes, minted."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from edge.core import credential
from edge.core.order import OrderRef
from sync.cloud.keyring import Keyring
from sync.cloud.points import KnownPoint

LONGEST_HOLD = timedelta(days=14)


def mint_pass(
    keyring: Keyring,
    point: KnownPoint,
    ref: OrderRef,
    pickup_date: date,
    now: datetime,
    sub_pass_id: str | None = None,
) -> str:
    """A pass by the order's issuer, good until the end of the longest hold after that date."""
    last_day = datetime.combine(pickup_date + LONGEST_HOLD, time.max, point.zone)
    signer = keyring.signer(ref.issuer, now)
    return credential.mint(
        ref.order_id,
        point.point_id,
        now,
        last_day,
        key=signer.key,
        kid=signer.kid,
        sub_pass_id=sub_pass_id,
    )
