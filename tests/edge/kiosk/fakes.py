"""A kiosk's parts without a store and without doors: the pages are what is tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.config import (
    CabinetConfig,
    CloudConfig,
    Driver,
    KioskConfig,
    Language,
    PointConfig,
    PointIdentity,
    load_profile,
)
from edge.core.moment import ClockQuality, Moment
from edge.core.order import OrderRef, OrderState, Payment, PaymentState, Zone
from edge.core.reasons import Reason
from edge.core.view import AnnulReason
from edge.devices.cabinet import DoorState
from edge.devices.simulation import Simulation
from edge.errors import UnknownCompartment
from edge.flows.board import (
    Board,
    BoardOrder,
    DoorRow,
    Link,
    LinkState,
    ManualReason,
    MaybeOpened,
    PlacedBag,
    PutAwayReport,
    SignIn,
    Unsent,
)
from edge.flows.counter import ScanOutcome, ScanResult
from edge.flows.health import Status, Subsystem
from edge.flows.look_up import Found, Initial
from edge.flows.news import News
from edge.flows.screen import Bag, Card, CardKind, OtherPoint, Screen, Siblings, Step
from edge.kiosk.parts import KioskParts

ROOT = Path(__file__).resolve().parents[3]
PROFILE = load_profile(ROOT / "firmware_config" / "profiles" / "cabinet-24-60.toml")
EVENING = datetime(2026, 11, 23, 10, 12, tzinfo=UTC)
"""Twelve past six in Taipei."""
TAIPEI = ZoneInfo("Asia/Taipei")
PIN = "401927"
WANG = OrderRef("fresh-market", "TW-20261123-0007")


class StillClock:
    """Stands at one evening; `seconds` moves when told."""

    def __init__(self) -> None:
        self.ticks = 1000.0

    def now(self) -> Moment:
        return Moment(EVENING, ClockQuality.SYNCED, EVENING, "boot", int(self.ticks * 1e9))

    def seconds(self) -> float:
        return self.ticks


RELEASED = ScanResult(ScanOutcome.RELEASED, None, WANG.order_id, ("7",))


@dataclass
class FakeCounter:
    """Shows what a test puts on it, and remembers what was asked."""

    news: News
    cards: tuple[Card, ...] = ()
    expires_in: float | None = None
    result: ScanResult = RELEASED
    locked: int = 0
    scans: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    siblings: list[tuple[int, bool]] = field(default_factory=list)
    answers: list[tuple[int, bool]] = field(default_factory=list)
    reopened: list[int] = field(default_factory=list)

    def scan(self, text: str) -> ScanResult:
        self.scans.append(text)
        return self.result

    def enter_code(self, text: str) -> ScanResult:
        self.codes.append(text)
        return self.result

    def keypad_locked_seconds(self) -> int:
        return self.locked

    def take_siblings(self, number: int, *, now: bool) -> None:
        self.siblings.append((number, now))

    def answer(self, position: int, *, took: bool) -> None:
        self.answers.append((position, took))

    def reopen(self, position: int) -> ScanResult:
        self.reopened.append(position)
        return self.result

    def screen(self) -> Screen:
        return Screen(self.news.version, self.cards, self.expires_in)

    def show(self, *cards: Card, expires_in: float | None = None) -> None:
        self.cards, self.expires_in = cards, expires_in
        self.news.bump()


BAGS = (PlacedBag("7", "阿明-冷藏", "TW-7"), PlacedBag("B2", "阿明-常溫", "TW-7"))


@dataclass
class FakeDesk:
    """A leader's desk with one day on it."""

    now: Board
    deeds: list[tuple[object, ...]] = field(default_factory=list)

    def board(self) -> Board:
        return self.now

    def unsent(self) -> Unsent:
        return self.now.unsent

    def order(self, ref: OrderRef) -> BoardOrder | None:
        return next((row for row in self.now.orders if row.ref == ref), None)

    def find(self, text: str) -> Found:
        fits = [row for row in self.now.orders if text in {row.phone_last3, row.name_masked[:1]}]
        others = [row for row in self.now.orders if row not in fits and text.isdigit()]
        ends = [row for row in others if row.ref.order_id.endswith(text)]
        numbered = [replace(row, by_number=True) for row in ends]
        return Found((*fits, *numbered), more=text == "王")

    def find_scanned(self, text: str) -> OrderRef | None:
        self.deeds.append(("scanned", text))
        return WANG if text == "TW2026112300070C" else None

    def initials(self) -> tuple[Initial, ...]:
        letters = "王陳林黃張李吳劉蔡楊許鄭謝洪郭MW"
        return tuple(Initial(letter, 25 - number) for number, letter in enumerate(letters))

    def show_names(self, refs: Sequence[OrderRef]) -> Mapping[OrderRef, str]:
        self.deeds.append(("show_names", len(refs)))
        return dict.fromkeys(refs, "王小明")

    def goods_are_here(self) -> PutAwayReport:
        self.deeds.append(("goods",))
        return PutAwayReport(2, 2, 1, BAGS)

    def contents(self) -> tuple[PlacedBag, ...]:
        return (*BAGS, PlacedBag("12", "TW-20261123-0011-1", "TW-20261123-0011", left_over=True))

    def unfinished(self, ref: OrderRef) -> tuple[MaybeOpened, ...]:
        return tuple(case for case in self.now.maybe_opened if case.ref == ref)

    def hand_over_manually(self, ref: OrderRef, reason: ManualReason) -> ScanResult:
        self.deeds.append(("hand_over", ref, reason))
        return RELEASED

    def confirm(self, position: int) -> None:
        self.deeds.append(("confirm", position))

    def annul(self, position: int, reason: AnnulReason) -> None:
        self.deeds.append(("annul", position, reason))

    def unblock(self, place_id: str) -> None:
        self.deeds.append(("unblock", place_id))

    def clear_place(self, place_id: str) -> None:
        self.deeds.append(("clear", place_id))

    def open_door(self, place_id: str) -> None:
        if place_id == "99":
            raise UnknownCompartment("There is no door '99' here.", "Choose one of the list.")
        self.deeds.append(("open", place_id))

    def sign_in(self, pin: str) -> SignIn:
        accepted = pin == PIN
        return SignIn(accepted, 5 if accepted else 4, 0)


def board_order(
    number: int = 7, state: OrderState = OrderState.READY, name: str = "王○明"
) -> BoardOrder:
    return BoardOrder(
        ref=OrderRef("fresh-market", f"TW-20261123-{number:04d}"),
        state=state,
        name_masked=name,
        phone_last3=f"{(number * 37) % 1000:03d}",
        places=(str(number % 24 + 1),),
        zones=(Zone.CHILLED,),
        parcels=1,
        received=True,
        first_item="鮮奶 936 ml",
        may_hand_over=state is OrderState.READY,
        due=Payment(PaymentState.DUE, 32000, "TWD") if number == 6 else None,
    )


def door_row(number: int) -> DoorRow:
    return DoorRow(
        place_id=str(number),
        zone=PROFILE.doors[number - 1].place.zone,
        state=DoorState.OPEN if number == 9 else DoorState.CLOSED,
        blocked=number == 11,
        offline=False,
        occupied=number % 3 != 0,
    )


BOARD = Board(
    counts={OrderState.EXPECTED: 3, OrderState.READY: 77, OrderState.COLLECTED: 105},
    waiting_for_place=2,
    unsent=Unsent(12, datetime(2026, 11, 23, 9, 48, tzinfo=UTC)),
    link=Link(LinkState.OFFLINE, EVENING, EVENING, None, 0),
    maybe_opened=(MaybeOpened(41, WANG, "王○明", "7", EVENING, DoorState.CLOSED),),
    doors=tuple(door_row(number) for number in range(1, 25)),
    orders=tuple(board_order(number) for number in range(1, 31)),
    rubbish_scans=4,
)


def config(
    *,
    driver: Driver = Driver.SIMULATED,
    language: Language = Language.ZH_HANT,
    attended: bool = True,
) -> PointConfig:
    identity = PointIdentity(
        id="zhonghe-3",
        name="中和三店",
        language=language,
        time_zone=TAIPEI,
        phone="02-2345-6789",
        attended=attended,
        leader_title={
            Language.ZH_HANT: "團長",
            Language.ZH_HANS: "团长",
            Language.EN: "the point leader",
        },
    )
    cloud = CloudConfig("http://127.0.0.1:1", "127.0.0.1", 1, Path("t"), Path("p"), 90, 90)
    return PointConfig(
        identity, KioskConfig(8080, 0.17), CabinetConfig(driver, PROFILE, 0.0), cloud
    )


@dataclass
class Stage:
    """One fake kiosk: its parts, and handles to what is behind them."""

    parts: KioskParts
    counter: FakeCounter
    desk: FakeDesk
    clock: StillClock
    news: News


def stage(
    point: PointConfig | None = None,
    *,
    port: int = 8080,
    link: LinkState = LinkState.OFFLINE,
    line_cut: Path | None = None,
) -> Stage:
    point = point or config()
    news, clock = News(), StillClock()
    counter, desk = FakeCounter(news), FakeDesk(BOARD)
    simulated = point.cabinet.driver is Driver.SIMULATED
    parts = KioskParts(
        counter=counter,
        desk=desk,
        news=news,
        layout=PROFILE.places,
        config=point,
        clock=clock,
        port=port,
        link=lambda: Link(link, EVENING, EVENING, None, 0),
        health=lambda: {"store": Subsystem(Status.OK, {"reads": True})},
        simulation=Simulation(PROFILE, clock.seconds) if simulated else None,
        line_cut=line_cut,
    )
    return Stage(parts, counter, desk, clock, news)


THREE_STEPS = (
    Step("A3", Zone.AMBIENT, done=True, current=False),
    Step("16", Zone.CHILLED, done=False, current=True),
    Step("22", Zone.FROZEN, done=False, current=False),
)
THREE_TAKEN = tuple(replace(step, done=True) for step in THREE_STEPS)
THREE_TAKEN_ONE_STUCK = (
    Bag(38, Zone.AMBIENT),
    Bag(39, Zone.FROZEN, taken=True),
    Bag(40, Zone.AMBIENT, taken=True),
    Bag(41, Zone.AMBIENT, taken=True),
)
YONGHE = OtherPoint("yonghe-2", "永和二店", "永和區中正路 128 號", "16:00–21:30")


def card(kind: CardKind, place_id: str | None = "7", zone: Zone = Zone.AMBIENT) -> Card:
    """A card of that kind as the counter would make it."""
    return Card(
        kind=kind,
        place_id=place_id,
        position=41,
        bags=2,
        zone=zone,
        name_masked="王○明",
        case_code="D3-07",
        opened=(Bag(41, zone, taken=True),),
    )


def refusal(reason: Reason, **more: object) -> Card:
    """A refusal's card."""
    return replace(Card(CardKind.REFUSED, reason=reason), **more)  # type: ignore[arg-type] # each test names fields of Card


ONE_MORE = Siblings(7, orders=1, bags=1)
THREE_SHELVES = tuple(
    replace(card(CardKind.TAKE_FROM_SHELF, place, zone), name_masked=name)
    for place, zone, name in (
        ("E9", Zone.CHILLED, "林○同"),
        ("E10", Zone.CHILLED, "歐陽○娟"),
        ("F3", Zone.FROZEN, "陳○玲"),
    )
)
"""Bags that others were shown, and have not said yet that they took."""
GALLERY: dict[str, tuple[Card, ...]] = {
    "idle": (),
    "opening": (card(CardKind.OPENING),),
    "open": (card(CardKind.OPEN),),
    "open-steps": (replace(card(CardKind.OPEN, "16", Zone.CHILLED), steps=THREE_STEPS, bags=1),),
    "open-frozen": (card(CardKind.OPEN, "24", Zone.FROZEN),),
    "open-and-others": (
        card(CardKind.OPEN, "12"),
        card(CardKind.LEFT_OPEN, "3"),
        card(CardKind.TAKE_FROM_SHELF, "B2"),
    ),
    "left-open": (card(CardKind.LEFT_OPEN),),
    "not-opening": (card(CardKind.NOT_OPENING),),
    "stuck": (card(CardKind.STUCK),),
    "ask-opened": (card(CardKind.ASK_OPENED),),
    "shelf": (card(CardKind.TAKE_FROM_SHELF, "B2"),),
    "counter": (card(CardKind.TAKE_AT_COUNTER, "counter"),),
    "done": (card(CardKind.DONE),),
    "done-steps": (
        replace(
            card(CardKind.DONE, "22", Zone.FROZEN),
            steps=THREE_TAKEN,
            may_reopen=True,
            opened=tuple(Bag(at, step.zone, taken=True) for at, step in enumerate(THREE_TAKEN)),
        ),
    ),
    "done-orders": (replace(card(CardKind.DONE, "9"), opened=THREE_TAKEN_ONE_STUCK[1:]),),
    "done-one-stuck": (
        replace(card(CardKind.DONE, "9"), opened=THREE_TAKEN_ONE_STUCK),
        card(CardKind.STUCK, "7"),
    ),
    **{f"refused-{reason.value}": (refusal(reason, place_id="7"),) for reason in Reason},
    "refused-not_arrived-eta": (
        refusal(Reason.NOT_ARRIVED, eta=datetime(2026, 11, 23, 11, 40, tzinfo=UTC)),
    ),
    "refused-already_collected-at": (
        refusal(
            Reason.ALREADY_COLLECTED,
            at=datetime(2026, 11, 23, 2, 32, tzinfo=UTC),
            case_code="D3-07",
        ),
    ),
    "refused-already_collected-by-neighbour": (
        refusal(
            Reason.ALREADY_COLLECTED,
            at=datetime(2026, 11, 23, 2, 32, tzinfo=UTC),
            by_neighbour=True,
        ),
    ),
    "refused-already_collected-siblings": (
        refusal(
            Reason.ALREADY_COLLECTED,
            at=datetime(2026, 11, 23, 2, 32, tzinfo=UTC),
            case_code="D3-07",
            siblings=Siblings(7, orders=2, bags=3, due=1),
        ),
    ),
    "refused-keypad_locked-long": (refusal(Reason.KEYPAD_LOCKED, wait_seconds=900),),
    "open-siblings": (replace(card(CardKind.OPEN), siblings=Siblings(7, orders=2, bags=3)),),
    "open-steps-siblings": (
        replace(
            card(CardKind.OPEN, "16", Zone.CHILLED),
            steps=THREE_STEPS,
            bags=1,
            siblings=Siblings(7, orders=1, bags=1),
        ),
    ),
    "open-siblings-wanted": (
        replace(card(CardKind.OPEN), siblings=Siblings(7, orders=2, bags=3, wanted=True)),
    ),
    "open-siblings-due": (
        replace(card(CardKind.OPEN), siblings=Siblings(7, orders=1, bags=1, due=1)),
    ),
    "shelf-siblings": (
        replace(card(CardKind.TAKE_FROM_SHELF, "B2"), siblings=Siblings(7, orders=1, bags=2)),
    ),
    "shelf-siblings-and-others": (
        replace(card(CardKind.TAKE_FROM_SHELF, "E7", Zone.CHILLED), siblings=ONE_MORE),
        *THREE_SHELVES,
    ),
    "open-steps-siblings-and-others": (
        replace(card(CardKind.OPEN, "16"), steps=THREE_STEPS, bags=1, siblings=ONE_MORE),
        *THREE_SHELVES,
    ),
    "refused-payment_due-and-others": (refusal(Reason.PAYMENT_DUE), *THREE_SHELVES),
    "refused-payment_due-siblings": (
        refusal(Reason.PAYMENT_DUE, siblings=Siblings(7, orders=0, bags=0, due=1)),
    ),
    "done-siblings": (replace(card(CardKind.DONE), siblings=Siblings(7, orders=1, bags=1)),),
    "refused-wrong_point-known": (refusal(Reason.WRONG_POINT, other_point=YONGHE),),
    "refused-moved-known": (refusal(Reason.MOVED, other_point=YONGHE),),
}
"""Every screen that a customer can see, by name."""
