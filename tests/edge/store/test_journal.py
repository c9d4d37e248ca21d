from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from edge.core.events import Event, EventType
from edge.core.order import OrderRef, OrderState, Progress
from edge.core.view import ConfirmedBy, HandOver, OrderView, Outcome, Trust
from edge.errors import ForbiddenTransition, StoreCorrupt
from edge.store import journal, orders
from edge.store.database import Txn, Writer
from edge.store.outbox import Outbox
from tests.edge.store.samples import event, moment, order

REF = OrderRef("fresh-coop", "A1001")


@pytest.fixture
def view(writer: Writer, outbox: Outbox) -> Callable[[], OrderView]:
    """Looks at order A1001, whose two parcels lie in 7 and 12."""

    def stock(txn: Txn) -> None:
        orders.upsert(txn, order(), change=1)
        position = outbox.append(txn, event(), moment())
        orders.receive(txn, 1, position)
        orders.put_away(txn, 1, "7", position)
        orders.put_away(txn, 2, "12", position)

    def look() -> OrderView:
        found = writer.call(lambda txn: journal.find(txn, REF))
        assert found is not None
        return found

    writer.call(stock)
    return look


@pytest.fixture
def release(writer: Writer, outbox: Outbox) -> Callable[[int], int]:
    """Releases a parcel by key; the position of its event."""

    def release(parcel_key: int) -> int:
        def work(txn: Txn) -> int:
            position = outbox.append(txn, event(), moment())
            journal.release(txn, position, parcel_key, "7", "A", "pass", moment())
            return position

        return writer.call(work)

    return release


def settle(writer: Writer, position: int, outcome: Outcome, by: ConfirmedBy | None = None) -> None:
    writer.call(lambda txn: journal.settle(txn, position, outcome, position, moment(9), by))


def test_an_unknown_order_is_none(writer: Writer) -> None:
    assert writer.call(lambda txn: journal.find(txn, OrderRef("other-coop", "A1001"))) is None


def test_an_order_is_found_as_it_was_told_with_its_places(view: Callable[[], OrderView]) -> None:
    found = view()
    assert found.order == order()
    assert [parcel.place_id for parcel in found.parcels] == ["7", "12"]
    assert found.received
    assert found.state is OrderState.READY


def test_a_release_is_seen_at_once(
    view: Callable[[], OrderView], release: Callable[[int], int]
) -> None:
    position = release(1)
    first, second = view().parcels
    assert first.hand_over == HandOver(
        position=position,
        place_id="7",
        trust=Trust.PASS_KNOWN,
        method="pass",
        released_at=moment().wall,
        attempts=1,
        reopens=0,
        outcome=None,
        outcome_at=None,
        confirmed_by=None,
    )
    assert second.hand_over is None
    assert view().state is OrderState.RELEASED


def test_the_same_parcel_is_never_released_twice(
    view: Callable[[], OrderView], release: Callable[[int], int]
) -> None:
    release(1)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        release(1)
    assert view().parcels[0].hand_over is not None


def try_again(writer: Writer, outbox: Outbox, position: int, of: int | None = None) -> int:
    """A neighbour's try at a hand-over, told by an event; perhaps by one `of` another."""

    def work(txn: Txn) -> int:
        data: dict[str, object] = {"hand_over": of or position}
        told = outbox.append(txn, Event(EventType.ORDER_REOPENED, "A1001", data), moment(2))
        journal.retry(txn, position, Trust.PASS_KNOWN, "sub_pass", told)
        return told

    return writer.call(work)


def test_retries_count_and_a_stuck_door_may_still_open(
    writer: Writer,
    outbox: Outbox,
    view: Callable[[], OrderView],
    release: Callable[[int], int],
) -> None:
    position = release(1)
    settle(writer, position, Outcome.STUCK)
    try_again(writer, outbox, position)
    stuck = view().parcels[0]
    assert stuck.progress is Progress.RELEASED
    assert stuck.hand_over is not None
    assert (stuck.hand_over.attempts, stuck.hand_over.outcome) == (2, Outcome.STUCK)
    settle(writer, position, Outcome.COLLECTED, ConfirmedBy.SENSOR)
    collected = view().parcels[0].hand_over
    assert collected is not None
    assert (collected.outcome, collected.confirmed_by) == (Outcome.COLLECTED, ConfirmedBy.SENSOR)
    assert collected.outcome_at == moment(9).wall


def test_only_a_collected_compartment_is_reopened_and_only_an_open_hand_over_retried(
    writer: Writer,
    outbox: Outbox,
    view: Callable[[], OrderView],
    release: Callable[[int], int],
) -> None:
    position = release(1)
    with pytest.raises(ForbiddenTransition, match="is released and cannot be re-opened"):
        writer.call(lambda txn: journal.reopened(txn, position))
    settle(writer, position, Outcome.COLLECTED, ConfirmedBy.CUSTOMER)
    writer.call(lambda txn: journal.reopened(txn, position))
    again = view().parcels[0].hand_over
    assert again is not None
    assert again.reopens == 1
    with pytest.raises(ForbiddenTransition, match="is collected and cannot be tried again"):
        try_again(writer, outbox, position)


def test_what_is_collected_stays_collected(
    writer: Writer, view: Callable[[], OrderView], release: Callable[[int], int]
) -> None:
    position = release(1)
    settle(writer, position, Outcome.COLLECTED, ConfirmedBy.SENSOR)
    with pytest.raises(ForbiddenTransition, match="cannot be stuck"):
        settle(writer, position, Outcome.STUCK)
    assert view().parcels[0].progress is Progress.COLLECTED


def test_an_annulled_hand_over_is_gone_and_the_parcel_can_be_released_anew(
    writer: Writer,
    outbox: Outbox,
    view: Callable[[], OrderView],
    release: Callable[[int], int],
) -> None:
    position = release(1)

    def annul(txn: Txn) -> None:
        journal.annul(txn, position, outbox.append(txn, event(), moment()))

    writer.call(annul)
    assert view().state is OrderState.READY
    with pytest.raises(ForbiddenTransition, match="is annulled"):
        writer.call(annul)
    with pytest.raises(ForbiddenTransition, match="is annulled"):
        settle(writer, position, Outcome.COLLECTED, ConfirmedBy.SENSOR)
    again = release(1)
    assert view().with_hand_over(again) is not None


def test_a_hand_over_that_was_never_recorded_cannot_be_settled(writer: Writer) -> None:
    with pytest.raises(StoreCorrupt, match="Row 99 of hand_over"):
        settle(writer, 99, Outcome.COLLECTED, ConfirmedBy.SENSOR)


def test_the_released_event_comes_back_as_it_was_told(
    writer: Writer, view: Callable[[], OrderView], release: Callable[[int], int]
) -> None:
    view()
    position = release(1)
    told = writer.call(lambda txn: journal.released_event(txn, position))
    assert (told.type, told.subject) == ("pickup.order.released", "A1001")
    assert told.data == {"issuer": "fresh-coop", "order_id": "A1001"}


def test_a_missing_event_is_named(writer: Writer) -> None:
    with pytest.raises(StoreCorrupt, match="Row 99 of event"):
        writer.call(lambda txn: journal.released_event(txn, 99))


def test_a_hand_over_is_made_to_whoever_tried_it_last(
    writer: Writer,
    outbox: Outbox,
    view: Callable[[], OrderView],
    release: Callable[[int], int],
) -> None:
    position = release(1)
    first = writer.call(lambda txn: journal.presented_event(txn, position))
    try_again(writer, outbox, position)
    try_again(writer, outbox, position)

    last = writer.call(lambda txn: journal.presented_event(txn, position))
    hand_over = view().parcels[0].hand_over
    assert (first.type, last.type) == ("pickup.order.released", "pickup.order.reopened")
    assert last.sequence == first.sequence + 2
    assert hand_over is not None
    assert (hand_over.method, hand_over.to_neighbour) == ("sub_pass", True)


def test_a_try_that_points_at_another_hand_overs_event_is_named(
    writer: Writer,
    outbox: Outbox,
    view: Callable[[], OrderView],
    release: Callable[[int], int],
) -> None:
    view()
    position = release(1)
    try_again(writer, outbox, position, of=position + 7)
    with pytest.raises(StoreCorrupt, match=f"Row {position} of retried"):
        writer.call(lambda txn: journal.presented_event(txn, position))
