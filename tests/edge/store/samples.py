"""An ordinary evening at one point, for the tests of the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from edge.core.events import Event, EventType, Origin
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

SIX_O_CLOCK = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
ORIGIN = Origin(point_id="tp-017", epoch="00c0ffee00c0ffee", simulated=True)


def moment(seconds: float = 0.0, *, boot_id: str = "boot-1") -> Moment:
    """Six o'clock and so many seconds."""
    return Moment(
        wall=SIX_O_CLOCK + timedelta(seconds=seconds),
        quality=ClockQuality.SYNCED,
        floor=SIX_O_CLOCK,
        boot_id=boot_id,
        boot_ns=int((1000 + seconds) * 1e9),
    )


def line(line_id: str, zone: Zone = Zone.AMBIENT, ordered: int = 2) -> Line:
    return Line(
        line_id=line_id,
        sku=f"sku-{line_id}",
        name="高麗菜",
        ordered=ordered,
        expected=ordered,
        unit="piece",
        unit_price_minor=4500,
        currency="TWD",
        zone=zone,
        lot=None,
        best_before=date(2026, 11, 30),
        shortage_policy=None,
    )


def order(
    order_id: str = "A1001",
    *,
    revision: int = 1,
    pickup_date: date = TODAY,
    cloud_state: CloudState = CloudState.OPEN,
    parcels: tuple[Parcel, ...] | None = None,
    lines: tuple[Line, ...] | None = None,
) -> Order:
    """Cabbage and dumplings: one ambient and one frozen parcel."""
    return Order(
        ref=OrderRef("fresh-coop", order_id),
        external_id=None,
        revision=revision,
        point_id="tp-017",
        ordered_at=SIX_O_CLOCK - timedelta(days=1),
        pickup_date=pickup_date,
        hold_until=SIX_O_CLOCK + timedelta(days=2),
        window=Window(SIX_O_CLOCK - timedelta(hours=1), SIX_O_CLOCK + timedelta(hours=3)),
        cloud_state=cloud_state,
        pass_not_before=None,
        customer=Customer("c-77", "王小明", "321", "zh-Hant", reach_low=False),
        payment=Payment(PaymentState.PAID, 0, "TWD"),
        pickup_code_hash=None,
        note=None,
        lines=lines or (line("1"), line("2", Zone.FROZEN)),
        parcels=parcels
        or (
            parcel(f"{order_id}-A", "1"),
            parcel(f"{order_id}-F", "2", zone=Zone.FROZEN),
        ),
    )


def parcel(parcel_id: str, *line_ids: str, zone: Zone = Zone.AMBIENT) -> Parcel:
    return Parcel(parcel_id, parcel_id, line_ids, Size.S, zone)


def one_parcel_order(order_id: str = "A1001", *, revision: int = 1) -> Order:
    """Cabbage alone."""
    return replace(
        order(order_id, revision=revision),
        lines=(line("1"),),
        parcels=(parcel(f"{order_id}-A", "1"),),
    )


def event(order_id: str = "A1001", kind: EventType = EventType.ORDER_RELEASED) -> Event:
    return Event(kind, order_id, {"issuer": "fresh-coop", "order_id": order_id})
