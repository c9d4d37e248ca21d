from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from edge.core.events import GENESIS, Event, EventType, Origin, event_hash, read_event
from edge.store.database import Reader, Txn, Writer
from edge.store.outbox import EpochSpan, Outbox, Settled, Unsent, epochs, read_events, unsent
from tests.edge.store.samples import ORIGIN, SIX_O_CLOCK, event, moment

NEXT_START = Origin(point_id="tp-017", epoch="1111111111111111", simulated=True)
THIRD_START = Origin(point_id="tp-017", epoch="2222222222222222", simulated=True)


def append(writer: Writer, outbox: Outbox, count: int = 1, seconds: float = 0.0) -> None:
    def work(txn: Txn) -> None:
        for n in range(count):
            outbox.append(txn, event(), moment(seconds + n))

    writer.call(work)


def begin(writer: Writer, origin: Origin) -> Outbox:
    outbox = Outbox(origin)
    writer.call(lambda txn: outbox.begin_epoch(txn, moment()))
    return outbox


def test_the_first_event_ever_has_sequence_one_and_no_predecessor(
    writer: Writer, reader: Reader, outbox: Outbox
) -> None:
    assert writer.call(lambda txn: outbox.append(txn, event(), moment())) == 1
    (stored,) = read_events(reader, ORIGIN.epoch, 1, 10, 10_000)
    envelope = read_event(stored.body)
    assert stored.intact
    assert (envelope.sequence, envelope.prevhash) == (1, GENESIS)
    assert (envelope.point_id, envelope.epoch, envelope.simulated) == ("tp-017", ORIGIN.epoch, True)
    assert envelope.time == SIX_O_CLOCK


def test_each_event_carries_the_hash_of_the_one_before_through_all_epochs(
    writer: Writer, reader: Reader, outbox: Outbox
) -> None:
    append(writer, outbox, 3)
    append(writer, begin(writer, NEXT_START), 2)
    stored = [
        *read_events(reader, ORIGIN.epoch, 1, 10, 100_000),
        *read_events(reader, NEXT_START.epoch, 1, 10, 100_000),
    ]
    chain = [read_event(row.body) for row in stored]
    assert [(e.epoch, e.sequence) for e in chain] == [
        (ORIGIN.epoch, 1),
        (ORIGIN.epoch, 2),
        (ORIGIN.epoch, 3),
        (NEXT_START.epoch, 1),
        (NEXT_START.epoch, 2),
    ]  # fmt: skip - two epochs, two lines
    assert all(later.prevhash == event_hash(earlier.body) for earlier, later in pairwise(chain))
    assert [row.sequence for row in stored] == [e.sequence for e in chain]


def test_a_rollback_leaves_no_gap(writer: Writer, reader: Reader, outbox: Outbox) -> None:
    def fail(txn: Txn) -> None:
        outbox.append(txn, event(), moment())
        raise LookupError

    append(writer, outbox)
    for _ in range(3):
        with pytest.raises(LookupError):
            writer.call(fail)
    append(writer, outbox)
    stored = read_events(reader, ORIGIN.epoch, 1, 10, 100_000)
    assert [read_event(row.body).sequence for row in stored] == [1, 2]


def test_an_epoch_begun_in_vain_leaves_no_trace(
    writer: Writer, reader: Reader, outbox: Outbox
) -> None:
    append(writer, outbox, 2)
    begin(writer, NEXT_START)
    append(writer, begin(writer, THIRD_START), 1)
    assert epochs(reader) == [EpochSpan(ORIGIN.epoch, 2), EpochSpan(THIRD_START.epoch, 1)]


def test_an_epoch_that_rolled_back_never_began(writer: Writer, outbox: Outbox) -> None:
    other = Outbox(NEXT_START)

    def fail(txn: Txn) -> None:
        other.begin_epoch(txn, moment())
        raise LookupError

    with pytest.raises(LookupError):
        writer.call(fail)
    with pytest.raises(RuntimeError, match="begin_epoch"):
        append(writer, other)


def test_an_event_too_large_is_refused_before_anything_is_written(
    writer: Writer, reader: Reader, outbox: Outbox
) -> None:
    novel = Event(EventType.CLAIM_RAISED, "A1001", {"text": "long " * 4000})
    with pytest.raises(ValueError, match="bytes"):
        writer.call(lambda txn: outbox.append(txn, novel, moment()))
    assert epochs(reader) == []


def test_events_are_read_from_a_sequence_on_within_both_limits(
    writer: Writer, reader: Reader, outbox: Outbox
) -> None:
    append(writer, outbox, 5)
    append(writer, begin(writer, NEXT_START), 5)

    def sequences(first: int, limit: int, max_bytes: int) -> list[int]:
        found = read_events(reader, ORIGIN.epoch, first, limit, max_bytes)
        return [row.sequence for row in found]

    size = len(read_events(reader, ORIGIN.epoch, 1, 1, 0)[0].body)
    assert sequences(1, 10, 100_000) == [1, 2, 3, 4, 5]
    assert sequences(4, 10, 100_000) == [4, 5]
    assert sequences(6, 10, 100_000) == []
    assert sequences(2, 2, 100_000) == [2, 3]
    assert sequences(1, 10, 3 * size) == [1, 2, 3]
    assert sequences(1, 10, 3 * size - 1) == [1, 2]
    assert sequences(1, 10, 0) == [1]
    assert read_events(reader, "ffffffffffffffff", 1, 10, 100_000) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE event SET body = x'7b7d' WHERE position = 2",
        "UPDATE event SET hash = zeroblob(32) WHERE position = 2",
    ],
)
def test_a_damaged_row_is_marked_and_no_other(
    damage: str, writer: Writer, reader: Reader, outbox: Outbox
) -> None:
    append(writer, outbox, 3)
    writer.call(lambda txn: txn.rows(damage))
    found = read_events(reader, ORIGIN.epoch, 1, 10, 100_000)
    assert [row.intact for row in found] == [True, False, True]


def test_without_a_file_there_are_no_events(edge_path: Path) -> None:
    reader = Reader.open(edge_path, kind="edge")
    assert epochs(reader) == []
    assert unsent(reader, {}) == Unsent(0, None)
    assert read_events(reader, ORIGIN.epoch, 1, 10, 10_000) == []
    reader.close()


def test_unsent_counts_what_the_cloud_has_not_settled_and_since_when(
    writer: Writer, reader: Reader, outbox: Outbox
) -> None:
    append(writer, outbox, 5)
    append(writer, begin(writer, NEXT_START), 2, seconds=60)

    def left(*settled: Settled) -> Unsent:
        return unsent(reader, dict(zip((ORIGIN.epoch, NEXT_START.epoch), settled, strict=False)))

    assert left() == Unsent(7, moment(0).wall)
    assert left(Settled(through=2)) == Unsent(5, moment(2).wall)
    assert left(Settled(2, frozenset({3, 5}))) == Unsent(3, moment(3).wall)
    assert left(Settled(2, frozenset({3}), {4: "bad"})) == Unsent(3, moment(4).wall)
    assert left(Settled(5)) == Unsent(2, moment(60).wall)
    assert left(Settled(5), Settled(2)) == Unsent(0, None)


def test_damaged_bytes_have_no_time_to_show(writer: Writer, reader: Reader, outbox: Outbox) -> None:
    append(writer, outbox, 1)
    writer.call(lambda txn: txn.rows("UPDATE event SET body = x'00'"))
    assert unsent(reader, {}) == Unsent(1, None)
