"""A point on an ordinary evening: the real store and flows, doors that a test answers for."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.core.cose import SigningKey
from edge.core.credential import TrustedKey, TrustedKeys, mint
from edge.core.decision import DoorFault
from edge.core.events import Envelope, Origin, read_event
from edge.core.moment import ClockQuality, Moment
from edge.core.order import (
    CloudState,
    Customer,
    Line,
    Order,
    OrderRef,
    OrderState,
    Parcel,
    Payment,
    PaymentState,
    Size,
    Window,
    Zone,
)
from edge.core.places import Place, PlaceKind
from edge.devices.cabinet import DoorReport, DoorState, ReportKind
from edge.flows.counter import Counter
from edge.flows.leader import LeaderDesk
from edge.flows.news import News
from edge.flows.pin import new_pin
from edge.flows.point import Point
from edge.flows.put_away import put_away
from edge.flows.receive_goods import receive_goods
from edge.store import journal, orders
from edge.store.database import Reader, Txn
from edge.store.foreign import ForeignFile
from edge.store.outbox import Outbox, epochs, read_events
from edge.store.salvage import open_or_salvage

SIX_O_CLOCK = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
TODAY = date(2027, 3, 9)
ISSUER = "tuan.example"
KID = b"k1"
CLOUD_KEY = SigningKey.generate()
PLACES = (
    Place("1", PlaceKind.DOOR, Size.S, Zone.AMBIENT, 1, 1),
    Place("2", PlaceKind.DOOR, Size.L, Zone.AMBIENT, 1, 2),
    Place("3", PlaceKind.DOOR, Size.M, Zone.FROZEN, 1, 3),
    Place("B2", PlaceKind.SHELF, Size.L, Zone.AMBIENT, 2, 1),
)


class FakeClock:
    """A disciplined clock that moves when it is told to."""

    def __init__(self) -> None:
        self._wall = SIX_O_CLOCK
        self._seconds = 1000.0
        self.quality = ClockQuality.SYNCED

    def now(self) -> Moment:
        boot_ns = int(self._seconds * 1e9)
        return Moment(self._wall, self.quality, SIX_O_CLOCK, "b" * 32, boot_ns)

    def seconds(self) -> float:
        return self._seconds

    def pass_by(self, seconds: float) -> None:
        self._wall += timedelta(seconds=seconds)
        self._seconds += seconds

    def is_set(self, seconds: float) -> None:
        """Somebody sets the wall clock, forward or back."""
        self._wall += timedelta(seconds=seconds)


@dataclass
class FakeDoors:
    """Records commands; a test says what the doors did."""

    unlocked: list[tuple[str, int]] = field(default_factory=list)
    lit: set[str] = field(default_factory=set)
    trouble: dict[str, DoorFault] = field(default_factory=dict)
    on_unlock: Callable[[], None] = lambda: None
    on_faults: Callable[[], object] = lambda: None

    def unlock(self, place_id: str, token: int) -> None:
        self.on_unlock()
        self.unlocked.append((place_id, token))

    def show(self, place_id: str) -> None:
        self.lit.add(place_id)

    def hide(self, place_id: str) -> None:
        self.lit.discard(place_id)

    def faults(self) -> Mapping[str, DoorFault]:
        self.on_faults()
        return dict(self.trouble)

    def states(self) -> Mapping[str, DoorState]:
        open_ones = {p for p, fault in self.trouble.items() if fault is DoorFault.ALREADY_OPEN}
        return {
            place.place_id: DoorState.OPEN if place.place_id in open_ones else DoorState.CLOSED
            for place in PLACES
            if place.kind is PlaceKind.DOOR
        }


def an_order(
    order_id: str, *zones: Zone, name: str = "王小明", due_minor: int = 0, day: date = TODAY
) -> Order:
    """An order with one parcel of one line in each zone."""
    wanted = zones or (Zone.AMBIENT,)
    lines = tuple(_line(number, zone) for number, zone in enumerate(wanted, start=1))
    return Order(
        ref=OrderRef(ISSUER, order_id),
        external_id=None,
        revision=1,
        point_id="yonghe-7",
        ordered_at=SIX_O_CLOCK - timedelta(days=2),
        pickup_date=day,
        hold_until=SIX_O_CLOCK + timedelta(days=3),
        window=Window(SIX_O_CLOCK - timedelta(hours=1), SIX_O_CLOCK + timedelta(hours=4)),
        cloud_state=CloudState.OPEN,
        pass_not_before=None,
        customer=Customer("c-7", name, "678", "zh-Hant", reach_low=False),
        payment=Payment(PaymentState.DUE if due_minor else PaymentState.PAID, due_minor, "TWD"),
        pickup_code_hash=None,
        note=None,
        lines=lines,
        parcels=tuple(
            Parcel(
                f"{order_id}-{line.line_id}",
                f"bag {line.line_id}",
                (line.line_id,),
                Size.S,
                line.zone,
            )
            for line in lines
        ),
    )


def _line(number: int, zone: Zone) -> Line:
    return Line(
        line_id=str(number),
        sku=f"sku-{number}",
        name="高麗菜水餃",
        ordered=2,
        expected=2,
        unit="pcs",
        unit_price_minor=12000,
        currency="TWD",
        zone=zone,
        lot=None,
        best_before=None,
        shortage_policy=None,
    )


def a_pass(order_id: str, *, point_id: str = "yonghe-7", key: SigningKey = CLOUD_KEY) -> str:
    """The text of a good pass for this order."""
    expires = SIX_O_CLOCK + timedelta(days=14)
    return mint(order_id, point_id, SIX_O_CLOCK - timedelta(days=1), expires, key=key, kid=KID)


class Evening:
    """One start of the kiosk on a data directory; `restart` makes the next."""

    def __init__(self, folder: Path, places: Sequence[Place] = PLACES) -> None:
        self.folder = folder
        self.places = places
        self.clock = FakeClock()
        self.doors = FakeDoors()
        self._begin()

    def _begin(self) -> None:
        edge_db = self.folder / "edge" / "edge.db"
        self.writer = open_or_salvage(edge_db, self.clock.now().wall)
        self.outbox = Outbox(Origin("yonghe-7", secrets.token_hex(8), simulated=True))
        self.point = Point(
            id="yonghe-7",
            time_zone=ZoneInfo("Asia/Taipei"),
            places={place.place_id: place for place in self.places},
            writer=self.writer,
            edge_file=Reader.open(edge_db, kind="edge"),
            sync_file=ForeignFile(self.folder / "sync" / "sync.db", "sync"),
            outbox=self.outbox,
            doors=self.doors,
            clock=self.clock,
            news=News(),
        )
        self.writer.call(lambda txn: self.outbox.begin_epoch(txn, self.clock.now()))
        self.point.memory.keys = TrustedKeys([TrustedKey(KID, ISSUER, CLOUD_KEY.public, None)])
        self.counter = Counter(self.point)
        self.pin_file = self.folder / "edge" / "leader-pin"
        self.desk = LeaderDesk(self.point, self.counter, self.pin_file)

    def restart(self) -> None:
        """The process ends and begins again: memory is gone, the disk is not."""
        self.close()
        self.doors.unlocked.clear()
        self._begin()

    def close(self) -> None:
        self.writer.close()
        self.point.edge_file.close()
        self.point.sync_file.close()

    def order(self, order: Order, *, change: int = 1) -> None:
        """The cloud's word arrives."""
        self.writer.call(lambda txn: orders.upsert(txn, order, change))

    def order_here(self, order: Order) -> None:
        """The order arrives, then its goods, and they find places."""
        self.order(order)
        receive_goods(self.point)
        put_away(self.point)

    def cancel(self, order: Order) -> None:
        cancelled = replace(order, revision=order.revision + 1, cloud_state=CloudState.CANCELLED)
        self.order(cancelled, change=9)

    def state(self, order_id: str) -> OrderState:
        def work(txn: Txn) -> OrderState:
            view = journal.find(txn, OrderRef(ISSUER, order_id))
            assert view is not None
            return view.state

        return self.writer.call(work)

    def report(self, kind: ReportKind, unlock: int = -1) -> None:
        """The door of the latest (or that) unlock reports."""
        place_id, token = self.doors.unlocked[unlock]
        self.counter.heard(DoorReport(kind, place_id, token))

    def events(self) -> list[Envelope]:
        """Every event on file, oldest first."""
        reader = self.point.edge_file
        return [
            read_event(stored.body)
            for span in epochs(reader)
            for stored in read_events(reader, span.epoch, 1, 10_000, 1 << 30)
            if stored.intact
        ]

    def told(self) -> list[str]:
        """The types of all events, without their common prefix."""
        return [event.type.removeprefix("pickup.") for event in self.events()]

    def with_pin(self) -> str:
        return new_pin(self.pin_file)
