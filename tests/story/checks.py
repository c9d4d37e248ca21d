"""What has to be true at the end of a day; each check fails with the orders or events it found."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from edge.core.envelope import Envelope
from edge.core.events import GENESIS
from edge.core.order import CloudState, OrderState, Progress
from tests.stack import as_object
from tests.story.books import Books

RELEASED = "pickup.order.released"
CLOSURES = frozenset({"pickup.order.collected", "pickup.order.partly_collected"})
ANNULLED = "pickup.order.annulled"
AT_THE_CLOUD = {
    OrderState.EXPECTED: "open",
    OrderState.READY: "open",
    OrderState.RELEASED: "open",
    OrderState.PARTLY_COLLECTED: "partly_collected",
    OrderState.COLLECTED: "collected",
    OrderState.CANCELLED: "cancelled",
}


@dataclass(frozen=True)
class Totals:
    """How much was handed over; money in minor units."""

    orders: int
    lines: int
    pieces: int
    money_minor: int


def check_all(books: Books) -> None:
    """Everything below."""
    check_every_event_is_booked_once(books)
    check_one_chain(books)
    check_nothing_is_handed_over_twice(books)
    check_every_parcel_is_closed_once(books)
    check_passes_prove_the_closures(books)
    check_quantities_are_the_orders(books)
    check_both_sides_agree_on_states(books)
    check_late_cancellations_are_conflicts(books)
    assert totals_at_the_point(books) == totals_at_the_cloud(books)


def check_every_event_is_booked_once(books: Books) -> None:
    booked = Counter(books.ledger)
    assert [body for body, times in booked.items() if times > 1] == [], "booked twice"
    assert Counter(books.told) - booked == Counter(), "never arrived"
    assert booked - Counter(books.told) == Counter(), "the point never said that"
    assert books.told, "a day without a single event proves nothing"


def check_one_chain(books: Books) -> None:
    """Each event names the hash of the one before it, through all epochs."""
    before = GENESIS.hex()
    for body in books.ledger:
        assert f'"prevhash":"{before}"'.encode() in body, body
        before = hashlib.sha256(body).hexdigest()


def check_nothing_is_handed_over_twice(books: Books) -> None:
    """A parcel is released again only when its hand-over was annulled."""
    events = books.booked()
    annulled = _annulled(events)
    released = [event for event in events if event.type == RELEASED]
    # A hand-over's number is the place of its released event in the point's whole log.
    numbers = {body: number for number, body in enumerate(books.told, 1)}
    in_force = [event for event in released if numbers.get(event.body) not in annulled]
    assert _repeated(in_force) == []


def check_every_parcel_is_closed_once(books: Books) -> None:
    closed = Counter(_parcel(event) for event in closures(books))
    collected = {
        (order_id, parcel.parcel.parcel_id)
        for order_id, view in books.views.items()
        for parcel in view.parcels
        if parcel.progress is Progress.COLLECTED
    }
    assert [parcel for parcel, times in closed.items() if times > 1] == [], "closed twice"
    assert collected - set(closed) == set(), "collected, and the cloud does not know"
    assert set(closed) - collected == set(), "closed, and the point knows nothing of it"


def check_passes_prove_the_closures(books: Books) -> None:
    for event in closures(books):
        data = event.data
        if data["trust"] == "A":
            shown = str(data.get("presented_for", event.subject))
            assert data.get("pass") == books.passes[shown], event.subject
        else:
            assert (data["trust"], bool(data.get("leader_reason"))) == ("D", True), event.subject


def check_quantities_are_the_orders(books: Books) -> None:
    """A collected order's closures hand over each of its lines once, and all of it."""
    handed: dict[str, Counter[tuple[str, int]]] = {}
    for event in closures(books):
        lines = ((str(line["line_id"]), _number(line["handed"])) for line in _lines(event))
        handed.setdefault(str(event.subject), Counter()).update(lines)
    for order_id, view in books.views.items():
        if view.state is OrderState.COLLECTED:
            wanted = Counter((line.line_id, line.expected) for line in view.order.lines)
            assert handed.get(order_id) == wanted, order_id


def check_both_sides_agree_on_states(books: Books) -> None:
    point = {order_id: AT_THE_CLOUD[view.state] for order_id, view in books.views.items()}
    cloud = {order_id: order["state"] for order_id, order in books.orders.items()}
    assert point == cloud
    assert Counter(point.values()) == Counter(cloud.values())


def check_late_cancellations_are_conflicts(books: Books) -> None:
    """Collected after it was cancelled: booked for a person. Nothing else is disputed."""
    for order_id, order in books.orders.items():
        cancelled = order["cloud_state"] == CloudState.CANCELLED
        collected = books.views[order_id].state is OrderState.COLLECTED
        expected = {"collected_after_cancellation"} if cancelled and collected else set()
        conflicts = order["conflicts"]
        assert isinstance(conflicts, list)
        assert set(conflicts) == expected, order_id


def totals_at_the_point(books: Books) -> Totals:
    """What the point's own orders say was collected."""
    collected = [view for view in books.views.values() if view.state is OrderState.COLLECTED]
    lines = [line for view in collected for line in view.order.lines]
    return Totals(
        orders=len(collected),
        lines=len(lines),
        pieces=sum(line.expected for line in lines),
        money_minor=sum(line.expected * line.unit_price_minor for line in lines),
    )


def totals_at_the_cloud(books: Books) -> Totals:
    """What the ledger's closures say was collected, at the prices of the cloud's orders."""
    events = closures(books)
    handed = [(event, line) for event in events for line in _lines(event)]
    return Totals(
        orders=sum(order["state"] == "collected" for order in books.orders.values()),
        lines=len(handed),
        pieces=sum(_number(line["handed"]) for _, line in handed),
        money_minor=sum(
            _number(line["handed"]) * _price(books, str(event.subject), line["line_id"])
            for event, line in handed
        ),
    )


def closures(books: Books) -> list[Envelope]:
    """The closures that nobody took back."""
    events = books.booked()
    annulled = _annulled(events)
    return [
        event
        for event in events
        if event.type in CLOSURES and event.data["hand_over"] not in annulled
    ]


def _annulled(events: Iterable[Envelope]) -> set[object]:
    return {event.data["hand_over"] for event in events if event.type == ANNULLED}


def _parcel(event: Envelope) -> tuple[str, str]:
    return str(event.data["order_id"]), str(event.data["parcel_id"])


def _repeated(events: Iterable[Envelope]) -> list[tuple[str, str]]:
    counted = Counter(_parcel(event) for event in events)
    return [parcel for parcel, times in counted.items() if times > 1]


def _lines(event: Envelope) -> list[dict[str, object]]:
    lines = event.data["lines"]
    assert isinstance(lines, list)
    return [as_object(line) for line in lines]


def _price(books: Books, order_id: str, line_id: object) -> int:
    lines = books.orders[order_id]["lines"]
    assert isinstance(lines, list)
    return next(_number(line["unit_price_minor"]) for line in lines if line["line_id"] == line_id)


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
