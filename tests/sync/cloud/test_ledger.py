"""Arrivals become rows once, orders close, and what disagrees waits for a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peewee import Database

from edge.core.events import EventType, event_hash
from sync.cloud import ledger, orders, settling
from sync.cloud.__main__ import main
from sync.cloud.judge import Arrival
from sync.cloud.keyring import ISSUER
from sync.cloud.recorder import record
from sync.cloud.tables import Conflict, DeadLetter, LedgerEntry, insert
from sync.contract import EpochAck
from tests.sync.cloud.conftest import EVENING, Cloud, PointVoice, arrival, draft

EPOCH = "00000000000000a1"
EPOCHS = count(0xD00)
"""Every example speaks in an epoch of its own."""


def deliver(cloud: Cloud, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], EpochAck]:
    def work(database: object) -> dict[tuple[str, str], EpochAck]:
        touched = record(database, arrivals, EVENING).touched  # type: ignore[arg-type] # the store's own
        return {
            key: settling.advance(database, *key, question)  # type: ignore[arg-type] # the store's own
            for key, question in touched.items()
        }

    return cloud.store.write(work)


def bodies(cloud: Cloud) -> list[bytes]:
    query = LedgerEntry.select(LedgerEntry.body).order_by(LedgerEntry.entry).tuples()
    return [bytes(body) for (body,) in query.execute(cloud.store.reader)]


def parked(cloud: Cloud) -> list[tuple[str, bytes]]:
    query = DeadLetter.select(DeadLetter.code, DeadLetter.body).order_by(DeadLetter.entry)
    return [(code, bytes(body)) for code, body in query.tuples().execute(cloud.store.reader)]


def conflicts(cloud: Cloud) -> list[tuple[str, str]]:
    query = Conflict.select(Conflict.order_id, Conflict.kind).where(Conflict.open)
    return sorted(query.tuples().execute(cloud.store.reader))


def state(cloud: Cloud, order_id: str) -> str:
    rows = {row["order_id"]: row for row in orders.listing(cloud.store.reader)}
    return orders.shown_state(rows[order_id])


def test_the_ledger_keeps_the_very_bytes_and_acks_them(cloud: Cloud) -> None:
    voice = PointVoice()
    written = [voice.started(), voice.hand_over("G1")]

    acks = deliver(cloud, [arrival(body) for body in written])

    assert bodies(cloud) == written
    assert acks == {("bamboo-3", EPOCH): EpochAck(EPOCH, through=2)}


def test_people_read_when_each_event_happened(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    voice = PointVoice()
    deliver(cloud, [arrival(voice.started()), arrival(voice.hand_over("G1"))])

    assert main(["ledger", "--data", str(cloud.folder.root)]) == 0

    started, collected = (line.split() for line in capsys.readouterr().out.splitlines())
    assert started == ["2026-11-23T10:00:00.000Z", "bamboo-3", EPOCH, "1", "pickup.point.started"]
    assert (collected[0], collected[-1]) == ("2026-11-23T10:00:01.000Z", "G1")


def test_a_delivery_repeated_after_a_lost_ack_adds_nothing_and_is_acked_again(cloud: Cloud) -> None:
    body = PointVoice().started()
    first = deliver(cloud, [arrival(body)])

    assert deliver(cloud, [arrival(body), arrival(body)]) == first
    assert bodies(cloud) == [body]


def test_events_beyond_a_gap_are_named_until_the_gap_is_filled(cloud: Cloud) -> None:
    voice = PointVoice()
    one, two, three, four = (voice.started() for _ in range(4))

    gap = deliver(cloud, [arrival(one), arrival(three), arrival(four)])
    filled = deliver(cloud, [arrival(two)])

    assert gap["bamboo-3", EPOCH] == EpochAck(EPOCH, 1, also=(3, 4))
    assert filled["bamboo-3", EPOCH] == EpochAck(EPOCH, 4)


def test_other_bytes_at_the_same_place_are_kept_beside_and_rejected(cloud: Cloud) -> None:
    genuine, restored = PointVoice(), PointVoice()
    truth, other = genuine.started(), restored.write(EventType.DAY_CLOSED)
    deliver(cloud, [arrival(truth)])

    ack = deliver(cloud, [arrival(other)])["bamboo-3", EPOCH]

    assert bodies(cloud) == [truth]
    assert parked(cloud) == [("conflict", other)]
    assert [(no.sequence, no.code) for no in ack.rejected] == [(1, "conflict")]


def test_an_unknown_type_is_kept_aside_and_blocks_nothing_behind_it(cloud: Cloud) -> None:
    voice = PointVoice()
    known = voice.started()
    future = voice.write(EventType.DAY_CLOSED).replace(b"pickup.day.closed", b"pickup.robot.waved")
    later = voice.started()

    ack = deliver(cloud, [arrival(known), arrival(future), arrival(later)])["bamboo-3", EPOCH]

    assert parked(cloud) == [("unknown_type", future)]
    assert (ack.through, ack.rejected[0].sequence, ack.rejected[0].code) == (3, 2, "unknown_type")


def test_a_closure_that_names_no_lines_is_kept_aside_by_its_field(cloud: Cloud) -> None:
    body = PointVoice().write(EventType.ORDER_COLLECTED, "G1", issuer="x", order_id="G1")

    deliver(cloud, [arrival(body)])

    assert parked(cloud) == [("malformed", body)]


@pytest.mark.parametrize(
    "topic", ["pickup/v1/p00/bamboo-3/up/events", "pickup/v1/p99/bamboo-3/up/events"]
)
def test_an_event_on_a_topic_that_is_not_its_own_is_rejected(cloud: Cloud, topic: str) -> None:
    body = PointVoice().started()

    ack = deliver(cloud, [Arrival(topic, "bamboo-3", body)])["bamboo-3", EPOCH]

    assert bodies(cloud) == []
    assert [no.code for no in ack.rejected] == ["wrong_source"]


def test_one_point_cannot_speak_for_another(cloud: Cloud) -> None:
    body = PointVoice(point_id="maple-1").started()

    deliver(cloud, [arrival(body, "bamboo-3")])

    assert parked(cloud) == [("wrong_source", body)]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_bytes_stop_the_recorder(cloud: Cloud, body: bytes) -> None:
    assert deliver(cloud, [arrival(body)]) == {}
    assert ("malformed", body) in parked(cloud)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"sequence":"99999999999999999999","source":"/points/bamboo-3/00000000000000a1"}',
        b'{"id":"\\ud800"}',
        b'{"specversion":"1.0","specversion":"1.0"}',
        b"\xff\xfe",
        b"NaN",
        b"9" * 5000,
    ],
)
def test_hostile_bytes_are_kept_aside(cloud: Cloud, body: bytes) -> None:
    assert deliver(cloud, [arrival(body)]) == {}
    assert parked(cloud) == [("malformed", body)]


def test_a_malformed_event_with_a_readable_place_is_rejected_by_its_sequence(cloud: Cloud) -> None:
    body = json.dumps(
        {"source": f"/points/bamboo-3/{EPOCH}", "sequence": f"{1:020d}", "type": "?"}
    ).encode()

    ack = deliver(cloud, [arrival(body)])["bamboo-3", EPOCH]

    assert ack.through == 1
    assert [(no.sequence, no.code) for no in ack.rejected] == [(1, "malformed")]


def test_an_order_is_collected_when_its_last_line_is_closed(cloud: Cloud) -> None:
    cloud.import_orders(draft("G1", "池上米", "鮮乳"))
    voice = PointVoice()

    deliver(
        cloud,
        [arrival(voice.hand_over("G1", "1", type_=EventType.ORDER_PARTLY_COLLECTED, hand_over=3))],
    )
    partly = state(cloud, "G1")
    deliver(cloud, [arrival(voice.hand_over("G1", "2", hand_over=5, parcel="C"))])

    assert (partly, state(cloud, "G1")) == ("partly_collected", "collected")


def test_an_annulled_hand_over_opens_the_order_again_whichever_comes_first(cloud: Cloud) -> None:
    cloud.import_orders(draft("G1"), draft("G2"))
    voice = PointVoice()
    closed = [voice.hand_over("G1", hand_over=3), voice.hand_over("G2", hand_over=5)]
    annulled = [
        voice.hand_over("G1", type_=EventType.ORDER_ANNULLED, hand_over=3),
        voice.hand_over("G2", type_=EventType.ORDER_ANNULLED, hand_over=5),
    ]

    deliver(cloud, [arrival(closed[0]), arrival(annulled[0])])
    deliver(cloud, [arrival(annulled[1])])
    deliver(cloud, [arrival(closed[1])])

    assert (state(cloud, "G1"), state(cloud, "G2")) == ("open", "open")


def test_collected_after_cancellation_is_booked_and_both_words_stand(cloud: Cloud) -> None:
    cloud.import_orders(draft("G1"))
    cloud.desk.perform("cancel_order", {"issuer": ISSUER, "order_id": "G1", "point_id": "bamboo-3"})

    deliver(cloud, [arrival(PointVoice().hand_over("G1"))])

    assert conflicts(cloud) == [("G1", "collected_after_cancellation")]
    assert state(cloud, "G1") == "collected"
    (row,) = orders.listing(cloud.store.reader)
    assert row["state"] == "cancelled"


def test_a_line_closed_by_two_hand_overs_is_booked_once(cloud: Cloud) -> None:
    cloud.import_orders(draft("G1"))
    voice = PointVoice()

    deliver(cloud, [arrival(voice.hand_over("G1", hand_over=n)) for n in (3, 5)])

    assert conflicts(cloud) == [("G1", "closed_twice")]


def test_a_closure_that_comes_before_its_order_closes_it_on_arrival(cloud: Cloud) -> None:
    deliver(cloud, [arrival(PointVoice().hand_over("G1"))])
    before = conflicts(cloud)

    cloud.import_orders(draft("G1"))

    assert (before, conflicts(cloud)) == ([("G1", "unknown_order")], [])
    assert state(cloud, "G1") == "collected"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_duplicates_and_reorderings_end_as_the_run_in_order(
    cloud: Cloud, data: st.DataObject
) -> None:
    epoch = f"{next(EPOCHS):016x}"
    voice = PointVoice(epoch=epoch)
    written = [voice.started() for _ in range(data.draw(st.integers(1, 12)))]
    deliveries = data.draw(st.permutations(written * 2))

    for body in deliveries:
        ack = deliver(cloud, [arrival(body)])["bamboo-3", epoch]

    assert ack == EpochAck(epoch, through=len(written))


@pytest.mark.parametrize("kept", [0, 3])
def test_deleted_newest_rows_are_missed_by_what_was_acknowledged(cloud: Cloud, kept: int) -> None:
    voice = PointVoice()
    deliver(cloud, [arrival(voice.started()) for _ in range(5)])
    newest = LedgerEntry.delete().where(LedgerEntry.sequence > kept)
    cloud.store.write(newest.execute)

    (point_id,) = ledger.point_ids(cloud.store.reader)
    (finding,) = ledger.verify(cloud.store.reader, point_id).findings

    assert (point_id, finding.sequence) == ("bamboo-3", kept + 1)
    assert "settled up to 5" in finding.what


def test_a_point_is_looked_at_although_nothing_is_left_of_it(cloud: Cloud) -> None:
    assert ledger.point_ids(cloud.store.reader) == ["bamboo-3"]
    assert ledger.verify(cloud.store.reader, "bamboo-3").findings == ()


def test_an_event_settled_on_a_foreign_topic_is_not_missed_in_the_chain(cloud: Cloud) -> None:
    voice = PointVoice()
    deliver(cloud, [arrival(voice.started())])
    foreign = Arrival("pickup/v1/p99/bamboo-3/up/events", "bamboo-3", voice.started())
    deliver(cloud, [foreign])

    assert ledger.verify(cloud.store.reader, "bamboo-3").findings == ()


def fill(cloud: Cloud, sequences: Sequence[int]) -> None:
    """Rows in the ledger without the bytes of a real event."""
    common = {"point_id": "bamboo-3", "epoch": EPOCH, "type": "t", "received_ms": 0}
    blank = {"subject": None, "prevhash": b"", "hash": b"", "body": b""}

    def work(database: Database) -> None:
        for at in sequences:
            row = {**common, **blank, "event_id": f"e{at}", "sequence": at}
            insert(database, LedgerEntry, row)

    cloud.store.write(work)


def test_an_event_that_arrives_far_beyond_a_gap_is_told_as_settled(cloud: Cloud) -> None:
    fill(cloud, range(2, settling.LONGEST_LIST + 500))
    voice = PointVoice(sequence=8_999)

    ack = deliver(cloud, [arrival(voice.started())])["bamboo-3", EPOCH]

    assert ack.through == 0
    assert ack.also == (*range(2, settling.LONGEST_LIST + 2), 9_000)


def test_a_hello_is_answered_with_what_is_settled_from_its_first_event_on(cloud: Cloud) -> None:
    fill(cloud, range(2, 7_001))
    question = settling.Question(first=6_000)

    ack = cloud.store.write(
        lambda database: settling.advance(database, "bamboo-3", EPOCH, question)
    )

    assert ack.through == 0
    assert set(range(6_000, 7_001)) <= set(ack.also)
    assert len(ack.also) <= 2 * settling.LONGEST_LIST


def declare(voice: PointVoice, lost: bytes) -> bytes:
    document = json.loads(lost)
    return voice.write(
        EventType.EVENT_LOST,
        epoch=document["source"].rpartition("/")[2],
        sequence=int(document["sequence"]),
        prevhash=document["prevhash"],
        hash=event_hash(lost).hex(),
    )


def test_a_declared_loss_is_settled_and_the_chain_goes_on_over_it(cloud: Cloud) -> None:
    voice = PointVoice()
    first, lost, third = voice.started(), voice.hand_over("GB-1"), voice.started()
    assert deliver(cloud, [arrival(first), arrival(third)])["bamboo-3", EPOCH].through == 1

    ack = deliver(cloud, [arrival(declare(voice, lost))])["bamboo-3", EPOCH]

    assert (ack.through, ack.rejected) == (4, ())
    report = ledger.verify(cloud.store.reader, "bamboo-3")
    assert (report.events, report.lost, report.findings) == (3, 1, ())


def test_a_loss_of_an_older_epoch_is_settled_in_that_epoch(cloud: Cloud) -> None:
    voice = PointVoice()
    first, lost = voice.started(), voice.hand_over("GB-1")
    deliver(cloud, [arrival(first)])
    voice.restart("00000000000000b2")
    acks = deliver(cloud, [arrival(voice.started()), arrival(declare(voice, lost))])

    assert {epoch: ack.through for (_, epoch), ack in acks.items()} == {
        EPOCH: 2,
        "00000000000000b2": 2,
    }
    assert ledger.verify(cloud.store.reader, "bamboo-3").findings == ()


def test_a_loss_declared_with_another_hash_is_found_in_the_chain(cloud: Cloud) -> None:
    voice = PointVoice()
    first, lost, third = voice.started(), voice.hand_over("GB-1"), voice.started()
    false = declare(voice, lost.replace(b"GB-1", b"GB-9"))
    deliver(cloud, [arrival(first), arrival(third), arrival(false)])

    (finding,) = ledger.verify(cloud.store.reader, "bamboo-3").findings

    assert (finding.sequence, finding.what) == (3, "change: it does not follow the event before")


def test_bytes_that_come_after_their_loss_was_declared_count_as_the_event(cloud: Cloud) -> None:
    cloud.import_orders(draft("GB-1"))
    voice = PointVoice()
    found = voice.hand_over("GB-1")
    deliver(cloud, [arrival(declare(voice, found)), arrival(found)])

    report = ledger.verify(cloud.store.reader, "bamboo-3")

    assert (report.events, report.lost, report.findings) == (2, 0, ())
    assert state(cloud, "GB-1") == "collected"


@pytest.mark.parametrize("wrong", [{"sequence": 0}, {"epoch": "../etc"}, {"hash": "00"}])
def test_a_loss_that_names_no_place_is_kept_aside(cloud: Cloud, wrong: dict[str, object]) -> None:
    voice = PointVoice()
    good = {"epoch": EPOCH, "sequence": 7, "prevhash": "00" * 32, "hash": "00" * 32}
    ack = deliver(cloud, [arrival(voice.write(EventType.EVENT_LOST, None, **{**good, **wrong}))])

    assert [code for code, _ in parked(cloud)] == ["malformed"]
    assert ack["bamboo-3", EPOCH].rejected[0].sequence == 1
