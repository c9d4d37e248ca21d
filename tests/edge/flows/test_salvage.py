"""A damaged file is kept whole, and what can be read of it goes on in a new one."""

from __future__ import annotations

import sqlite3

import pytest

from edge.core.event_range import EventRange, proof_of
from edge.core.reasons import Reason
from edge.flows.counter import ScanOutcome
from edge.flows.health import read, subsystems
from edge.store.losses import losses
from edge.store.outbox import epochs, read_events
from edge.store.pruning import prune
from edge.store.replacement import replacement
from tests.edge.flows.evening import Evening, a_pass
from tests.edge.flows.ruins import (
    WAITING,
    Card,
    crash,
    page_of,
    root_of,
    salvages,
    tear_commit,
    zero,
)


def test_the_damaged_file_is_kept_whole_and_the_cloud_is_told_what_is_lost(card: Card) -> None:
    before = bytearray(card.file.read_bytes())
    page = page_of(card, b"pickup.goods.received")
    before[page : page + 1024] = bytes(1024)
    card.file.write_bytes(before)

    evening = card.start()

    (kept,) = (card.file.parent / "quarantine").glob("*/edge.db")
    assert kept.read_bytes() == before
    (told,) = salvages(evening)
    assert told["cause"] == "damaged"
    lost = subsystems(evening.point, read(evening.point))["store"].facts["lost"]
    assert lost == {"cause": "damaged", "found_at": "2027-03-09T10:00:00+00:00"}
    assert told["events"] != []
    evening.close()


def test_the_chain_goes_on_from_the_last_readable_event_in_a_new_epoch(card: Card) -> None:
    evening = Evening(card.folder)
    last = evening.events()[-1]
    evening.close()
    card.flush()
    zero(card.file, root_of(card.file, "document"), 1024)

    evening = card.start()

    first = next(event for event in evening.events() if event.epoch != last.epoch)
    ((hash_of_last,),) = evening.point.edge_file.rows(
        "SELECT hash FROM event WHERE instr(body, ?)", (last.event_id.encode(),)
    )
    assert (first.sequence, first.prevhash) == (1, hash_of_last)
    evening.close()


def test_events_that_were_let_go_of_are_not_told_as_lost(card: Card) -> None:
    evening = Evening(card.folder)
    file = evening.point.edge_file
    epoch = epochs(file)[0].epoch
    bodies = [event.body for event in read_events(file, epoch, 1, 3, 1 << 30)]
    gone = EventRange(epoch, 1, 3, proof_of(bodies))
    until = evening.clock.now().wall
    assert evening.writer.call(lambda txn: prune(txn, gone, until)) == 3
    evening.close()
    card.flush()
    zero(card.file, page_of(card, b"pickup.parcel.put_away"), 1024)

    evening = card.start()

    found = losses(evening.point.edge_file)
    assert found is not None
    assert found.events != []
    assert [first for _, first, _ in found.events if first <= 3] == []
    assert epochs(evening.point.edge_file)[0].epoch == gone.epoch
    evening.close()


def test_an_event_at_an_impossible_place_costs_itself_and_not_the_start(card: Card) -> None:
    connection = sqlite3.connect(card.file)
    connection.execute(
        "UPDATE event SET position = 1 << 50 WHERE position = (SELECT max(position) FROM event)"
    )
    connection.commit()
    connection.close()
    zero(card.file, root_of(card.file, "document"), 1024)

    evening = card.start()

    assert ((1 << 50),) not in evening.point.edge_file.rows("SELECT position FROM event")
    assert evening.counter.scan(a_pass(WAITING[0])).reason is Reason.SEE_LEADER
    evening.close()


def test_an_epoch_whose_own_row_is_wrong_is_told_by_its_events(card: Card) -> None:
    connection = sqlite3.connect(card.file)
    connection.execute("UPDATE epoch SET epoch = 'ffffffffffffffff'")
    connection.commit()
    connection.close()
    zero(card.file, root_of(card.file, "document"), 1024)

    evening = card.start()

    before = {span.epoch for span in epochs(evening.point.edge_file)}
    assert before == {event.epoch for event in evening.events()}
    evening.close()


def test_a_start_that_was_cut_off_leaves_no_copies_behind(card: Card) -> None:
    zero(card.file, root_of(card.file, "hand_over"), 1024)
    half = card.file.parent / "quarantine" / "unfinished" / "edge.db"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half of it")

    card.start().close()

    assert len(list(card.file.parent.glob("quarantine/*"))) == 1
    assert not half.exists()


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_a_power_cut_before_the_new_file_is_whole_begins_again(card: Card, suffix: str) -> None:
    zero(card.file, root_of(card.file, "hand_over"), 1024)
    card.file.with_name(f"edge.db.unfinished{suffix}").write_bytes(b"cut off by a power failure")

    evening = card.start()

    assert len(salvages(evening)) == 1
    assert not list(card.file.parent.glob("*.unfinished*"))
    evening.close()


def test_a_power_cut_before_the_new_file_is_in_place_puts_it_there(card: Card) -> None:
    zero(card.file, root_of(card.file, "hand_over"), 1024)
    whole = Evening(card.folder)
    whole.close()
    card.flush()
    card.file.rename(replacement(card.file))
    card.file.write_bytes(b"the damaged one, with its log gone already")

    evening = card.start()

    assert len(salvages(evening)) == 1
    assert not replacement(card.file).exists()
    evening.close()


def test_a_log_whose_header_is_gone_is_not_dropped_in_silence(card: Card) -> None:
    evening = Evening(card.folder)
    assert evening.counter.scan(a_pass(WAITING[0])).outcome is ScanOutcome.RELEASED
    crashed = crash(card)
    evening.close()
    zero(crashed.log, 0, 32)

    evening = crashed.start()

    assert evening.counter.scan(a_pass(WAITING[0])).reason is Reason.SEE_LEADER
    assert [told["doubted"] for told in salvages(evening)] == [2]
    evening.close()


def test_a_log_that_is_broken_in_the_middle_is_not_dropped_in_silence(card: Card) -> None:
    evening = Evening(card.folder)
    for order_id in WAITING:
        evening.counter.scan(a_pass(order_id))
    crashed = crash(card)
    evening.close()
    zero(crashed.log, 32 + 30, 4)

    evening = crashed.start()

    assert evening.counter.scan(a_pass(WAITING[0])).reason is Reason.SEE_LEADER
    assert [told["doubted"] for told in salvages(evening)] == [2]
    evening.close()


def test_a_note_of_losses_that_is_damaged_itself_is_asked_and_told_again(card: Card) -> None:
    zero(card.file, root_of(card.file, "hand_over"), 1024)
    card.start().close()
    connection = sqlite3.connect(card.file)
    connection.execute("UPDATE document SET body = x'7b' WHERE name = 'salvaged'")
    connection.commit()
    connection.close()

    evening = card.start()

    assert len(salvages(evening)) == 2
    assert losses(evening.point.edge_file) is not None
    evening.close()


def test_a_commit_torn_by_a_power_cut_is_no_damage_and_neither_is_the_next_one(
    card: Card,
) -> None:
    evening = Evening(card.folder)
    before = card.log.read_bytes()
    evening.counter.scan(a_pass(WAITING[0]))
    once = crash(card)
    evening.close()
    tear_commit(once, before)
    before = once.log.read_bytes()
    evening = Evening(once.folder)
    twice = crash(once)
    evening.close()
    tear_commit(twice, before)

    evening = twice.start()

    assert salvages(evening) == []
    assert evening.counter.scan(a_pass(WAITING[0])).outcome is ScanOutcome.RELEASED
    evening.close()


def test_a_sound_file_tells_of_no_loss(card: Card) -> None:
    evening = card.start()
    assert losses(evening.point.edge_file) is None
    assert salvages(evening) == []
    evening.close()
