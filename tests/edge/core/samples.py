"""Values that the tests of the core share: one point, one evening, a few orders."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from edge.core.cose import SigningKey
from edge.core.credential import TrustedKey, TrustedKeys, mint
from edge.core.moment import ClockQuality, Moment
from edge.core.order import (
    CloudState,
    Customer,
    Line,
    Order,
    OrderRef,
    Parcel,
    Payment,
    PaymentState,
    Size,
    Window,
    Zone,
)

EVENING = datetime(2026, 7, 14, 18, 30, tzinfo=UTC)
HERE = "daan-07"
ELSEWHERE = "xinyi-03"
ISSUER = "neighbourly"
KID = b"\x07\x26"
# The secret half of the first example in RFC 8032 section 7.1: everybody may know it.
KEY = SigningKey.from_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
TRUSTED = TrustedKeys([TrustedKey(KID, ISSUER, KEY.public, None)])


def moment(
    wall: datetime = EVENING,
    quality: ClockQuality = ClockQuality.SYNCED,
    floor: datetime | None = None,
) -> Moment:
    return Moment(wall, quality, floor or wall, "5b4fc1f0-4bb1-4b6a-9d5e-6c6c9a2f7b11", 987_000_000)


def new_pass(order_id: str = "GB-20260714-0042", point_id: str = HERE) -> str:
    return mint(order_id, point_id, EVENING, EVENING + timedelta(days=14), key=KEY, kid=KID)


def line(line_id: str, zone: Zone = Zone.AMBIENT, quantity: int = 2) -> Line:
    return Line(
        line_id=line_id,
        sku=f"SKU-{line_id}",
        name="高麗菜",
        ordered=quantity,
        expected=quantity,
        unit="piece",
        unit_price_minor=4500,
        currency="TWD",
        zone=zone,
        lot=None,
        best_before=None,
        shortage_policy=None,
    )


def parcel(
    parcel_id: str, *line_ids: str, size: Size = Size.S, zone: Zone = Zone.AMBIENT
) -> Parcel:
    return Parcel(parcel_id, parcel_id, line_ids or (f"{parcel_id}-line",), size, zone)


def order(
    *parcels: Parcel,
    cloud_state: CloudState = CloudState.OPEN,
    payment: PaymentState = PaymentState.PAID,
    point_id: str = HERE,
    pass_not_before: datetime | None = None,
) -> Order:
    held = parcels or (parcel("bag-1"),)
    return Order(
        ref=OrderRef(ISSUER, "GB-20260714-0042"),
        external_id=None,
        revision=3,
        point_id=point_id,
        ordered_at=EVENING - timedelta(days=2),
        pickup_date=date(2026, 7, 14),
        hold_until=EVENING + timedelta(days=3),
        window=Window(EVENING - timedelta(hours=2), EVENING + timedelta(hours=3)),
        cloud_state=cloud_state,
        pass_not_before=pass_not_before,
        customer=Customer("c-881", "王小明", "427", "zh-Hant", reach_low=False),
        payment=Payment(payment, 0 if payment is PaymentState.PAID else 12000, "TWD"),
        pickup_code_hash=None,
        note=None,
        lines=tuple(line(line_id, entry.zone) for entry in held for line_id in entry.line_ids),
        parcels=held,
    )
