"""What the ledger has proven to hold leaves the file; nothing else does, and the chain goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from edge.core.event_range import EventRange, proof_of
from edge.core.events import EventType, Origin, event_hash, read_event
from edge.core.view import ConfirmedBy, Outcome, Trust
from edge.store import journal, orders, pruning
from edge.store.database import Reader, Txn, Writer
from edge.store.outbox import EpochSpan, Outbox, Settled, damaged_event, epochs, read_events
from tests.edge.store.samples import ORIGIN, SIX_O_CLOCK, event, moment, one_parcel_order

NEXT_START = Origin(point_id="tp-017", epoch="1111111111111111", simulated=True)
LATER = SIX_O_CLOCK + timedelta(hours=1)


@pytest.fixture
def append(writer: Writer, outbox: Outbox) -> Callable[..., None]:
    """So many events, one a second."""

    def work(count: int, *, kind: EventType = EventType.SCAN_REFUSED) -> None:
        def write(txn: Txn) -> None:
            for n in range(count):
                outbox.append(txn, event(kind=kind), moment(n))

        writer.call(write)

    return work


def bodies(reader: Reader, first: int, last: int, epoch: str = ORIGIN.epoch) -> list[bytes]:
    return [row.body for row in read_events(reader, epoch, first, last - first + 1, 1 << 30)]


def proven(reader: Reader, first: int, last: int) -> EventRange:
    return EventRange(ORIGIN.epoch, first, last, proof_of(bodies(reader, first, last)))


def held(reader: Reader, *settled: Settled, after: int = 0, most: int = 1000) -> pruning.Held:
    known = dict(zip((ORIGIN.epoch, NEXT_START.epoch), settled, strict=False))
    return pruning.held(reader, known, after, most)


def spans(found: pruning.Held) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in found.ranges]


def on_file(reader: Reader) -> list[int]:
    return [row.sequence for row in read_events(reader, ORIGIN.epoch, 1, 1000, 1 << 30)]


def test_a_proven_range_leaves_its_place_and_its_hash_and_nothing_else(
    writer: Writer, reader: Reader, outbox: Outbox, append: Callable[..., None]
) -> None:
    append(6)
    rows = reader.rows("SELECT position, hash FROM event")
    gone = proven(reader, 2, 4)

    assert writer.call(lambda txn: pruning.prune(txn, gone, LATER)) == 3

    assert on_file(reader) == [1, 5, 6]
    assert reader.rows("SELECT position, hash FROM event") == rows
    assert reader.rows("SELECT position FROM event WHERE body = x''") == [(2,), (3,), (4,)]
    assert epochs(reader) == [EpochSpan(ORIGIN.epoch, 6)]
    assert damaged_event(reader, ORIGIN.epoch, 3) is None


def test_the_chain_goes_on_behind_what_left(
    writer: Writer, reader: Reader, outbox: Outbox, append: Callable[..., None]
) -> None:
    append(2)
    last = bodies(reader, 2, 2)[0]
    gone = proven(reader, 1, 2)
    writer.call(lambda txn: pruning.prune(txn, gone, LATER))

    append(1)
    begun = Outbox(NEXT_START)
    writer.call(lambda txn: begun.begin_epoch(txn, moment()))
    writer.call(lambda txn: begun.append(txn, event(), moment()))

    third = read_event(bodies(reader, 3, 3)[0])
    assert (third.sequence, third.prevhash) == (3, event_hash(last))
    assert epochs(reader) == [EpochSpan(ORIGIN.epoch, 3), EpochSpan(NEXT_START.epoch, 1)]


def damage(writer: Writer) -> None:
    writer.call(lambda txn: txn.execute("UPDATE event SET body = x'7b7d' WHERE position = 2"))


@pytest.mark.parametrize("spoil", ["another proof", "a damaged row", "a row too many"])
def test_what_our_own_bytes_do_not_prove_stays(
    spoil: str, writer: Writer, reader: Reader, append: Callable[..., None]
) -> None:
    append(3)
    wanted = proven(reader, 1, 3)
    if spoil == "another proof":
        wanted = replace(wanted, proof=bytes(32))
    elif spoil == "a damaged row":
        damage(writer)
    else:
        wanted = replace(wanted, last=4)

    assert writer.call(lambda txn: pruning.prune(txn, wanted, LATER)) == 0
    assert on_file(reader) == [1, 2, 3]


def test_what_is_younger_stays(writer: Writer, reader: Reader, append: Callable[..., None]) -> None:
    append(3)
    until = SIX_O_CLOCK + timedelta(seconds=1)
    wanted = proven(reader, 1, 3)

    assert writer.call(lambda txn: pruning.prune(txn, wanted, until)) == 2
    assert on_file(reader) == [3]


def test_a_loss_is_declared_once_however_old_it_is(
    writer: Writer, reader: Reader, append: Callable[..., None]
) -> None:
    append(1, kind=EventType.EVENT_LOST)
    append(1)
    wanted = proven(reader, 1, 2)

    assert writer.call(lambda txn: pruning.prune(txn, wanted, LATER)) == 1
    assert on_file(reader) == [1]


@pytest.mark.parametrize("outcome", [None, Outcome.STUCK, Outcome.COLLECTED])
def test_an_order_keeps_the_event_that_its_closure_still_needs(
    outcome: Outcome | None, writer: Writer, reader: Reader, outbox: Outbox
) -> None:
    def hand_over(txn: Txn) -> None:
        orders.upsert(txn, one_parcel_order(), change=1)
        view = journal.find(txn, one_parcel_order().ref)
        assert view is not None
        position = outbox.append(txn, event(), moment())
        journal.release(txn, position, view.parcels[0].key, "7", "A", "pass", moment())
        told = outbox.append(txn, event(), moment(1))
        if outcome is not None:
            by = ConfirmedBy.SENSOR if outcome is Outcome.COLLECTED else None
            journal.settle(txn, position, outcome, told, moment(1), by)

    writer.call(hand_over)
    wanted = proven(reader, 1, 2)
    writer.call(lambda txn: pruning.prune(txn, wanted, LATER))

    assert on_file(reader) == ([] if outcome is Outcome.COLLECTED else [1])
    assert writer.call(lambda txn: pruning.is_pruned(txn, 1)) == (outcome is Outcome.COLLECTED)
    if outcome is not Outcome.COLLECTED:
        writer.call(lambda txn: journal.released_event(txn, 1))


@pytest.mark.parametrize("outcome", [None, Outcome.STUCK, Outcome.COLLECTED])
def test_an_order_keeps_the_event_of_whoever_tried_its_door_last(
    outcome: Outcome | None, writer: Writer, reader: Reader, outbox: Outbox
) -> None:
    def hand_over(txn: Txn) -> None:
        orders.upsert(txn, one_parcel_order(), change=1)
        view = journal.find(txn, one_parcel_order().ref)
        assert view is not None
        position = outbox.append(txn, event(), moment())
        journal.release(txn, position, view.parcels[0].key, "7", "A", "pass", moment())
        for _ in range(2):
            told = outbox.append(txn, event(), moment(1))
            journal.retry(txn, position, Trust.PASS_KNOWN, "sub_pass", told)
        if outcome is not None:
            by = ConfirmedBy.SENSOR if outcome is Outcome.COLLECTED else None
            journal.settle(txn, position, outcome, told, moment(1), by)

    writer.call(hand_over)
    wanted = proven(reader, 1, 3)
    writer.call(lambda txn: pruning.prune(txn, wanted, LATER))

    assert on_file(reader) == ([] if outcome is Outcome.COLLECTED else [1, 3])


def test_neighbouring_ranges_are_remembered_as_one(
    writer: Writer, reader: Reader, append: Callable[..., None]
) -> None:
    append(6)
    for first, last in ((1, 2), (3, 4), (6, 6)):
        wanted = proven(reader, first, last)
        writer.call(partial(pruning.prune, proven=wanted, until=LATER))

    assert reader.rows("SELECT * FROM pruned ORDER BY 1") == [(1, 4), (6, 6)]


def test_an_interrupted_letting_go_changes_nothing(
    writer: Writer, reader: Reader, append: Callable[..., None]
) -> None:
    append(3)
    wanted = proven(reader, 1, 3)

    def cut(txn: Txn) -> None:
        assert pruning.prune(txn, wanted, LATER) == 3
        raise LookupError

    with pytest.raises(LookupError):
        writer.call(cut)

    assert on_file(reader) == [1, 2, 3]
    assert reader.rows("SELECT * FROM pruned") == []
    assert writer.call(lambda txn: pruning.prune(txn, wanted, LATER)) == 3


def test_case_46_who_reads_meanwhile_reads_on_what_it_began_to_read(
    writer: Writer, reader: Reader, append: Callable[..., None]
) -> None:
    append(5)
    wanted = proven(reader, 1, 3)

    with reader.snapshot() as seen:
        assert len(read_events(seen, ORIGIN.epoch, 1, 1, 0)) == 1
        assert writer.call(lambda txn: pruning.prune(txn, wanted, LATER)) == 3
        assert len(read_events(seen, ORIGIN.epoch, 1, 10, 1 << 30)) == 5

    assert on_file(reader) == [4, 5]


def test_asked_about_is_only_what_is_whole_and_stored(
    writer: Writer, reader: Reader, append: Callable[..., None]
) -> None:
    append(9)
    damage(writer)
    told = Settled(through=6, also=frozenset({8}), rejected={4: "conflict"})

    found = held(reader, told)

    assert spans(found) == [(1, 1), (3, 3), (5, 6), (8, 8)]
    assert found.ranges[2] == proven(reader, 5, 6)
    assert spans(held(reader)) == []


def test_what_has_left_is_not_asked_about_again(
    writer: Writer, reader: Reader, append: Callable[..., None]
) -> None:
    append(4)
    wanted = proven(reader, 2, 3)
    writer.call(lambda txn: pruning.prune(txn, wanted, LATER))

    assert spans(held(reader, Settled(through=4))) == [(1, 1), (4, 4)]


def test_a_long_log_is_asked_about_piece_by_piece(
    reader: Reader, append: Callable[..., None]
) -> None:
    append(120)
    told = Settled(through=120)

    assert spans(held(reader, told)) == [(1, 50), (51, 100), (101, 120)]
    begun = held(reader, told, most=70)
    assert (spans(begun), begun.then) == ([(1, 50), (51, 70)], 70)
    ended = held(reader, told, after=70, most=70)
    assert (spans(ended), ended.then) == ([(71, 120)], None)
