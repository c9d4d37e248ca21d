"""Whatever happens to the file: never a second hand-over, never silence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge.core.order import OrderState
from edge.core.reasons import Reason
from edge.core.view import AnnulReason
from edge.devices.cabinet import ReportKind
from edge.flows.apply_orders import apply_orders
from edge.flows.counter import ScanOutcome
from tests.edge.flows.evening import Evening, a_pass, an_order
from tests.edge.flows.ruins import (
    TAKEN,
    WAITING,
    Card,
    cloud_has,
    cross,
    damage,
    lose_last_hand_over,
    pulled,
    root_of,
    salvages,
    zero,
)


def test_lost_hand_overs_leave_every_order_of_the_day_to_the_leader(card: Card) -> None:
    zero(card.file, root_of(card.file, "hand_over"), 1024)

    evening = card.start()

    for order_id in TAKEN + WAITING:
        assert evening.counter.scan(a_pass(order_id)).reason is Reason.SEE_LEADER
    assert evening.doors.unlocked == []
    waiting = {found.ref.order_id: found for found in evening.desk.board().maybe_opened}
    assert waiting.keys() == {*TAKEN, *WAITING}
    evening.desk.confirm(waiting[TAKEN[0]].position)
    evening.desk.annul(waiting[WAITING[0]].position, AnnulReason.GOODS_STILL_HERE)
    assert evening.state(TAKEN[0]) is OrderState.COLLECTED
    assert evening.counter.scan(a_pass(WAITING[0])).outcome is ScanOutcome.RELEASED
    evening.close()


def test_what_the_leader_has_said_stays_said_at_the_next_start(card: Card) -> None:
    zero(card.file, root_of(card.file, "hand_over"), 1024)
    evening = card.start()
    found = {found.ref.order_id: found for found in evening.desk.board().maybe_opened}
    evening.desk.annul(found[WAITING[0]].position, AnnulReason.GOODS_STILL_HERE)
    evening.close()

    evening = card.start()

    assert evening.state(WAITING[0]) is OrderState.READY
    assert len(evening.desk.board().maybe_opened) == 3
    assert len(salvages(evening)) == 1
    evening.close()


def test_a_damage_that_touches_no_hand_over_stops_nobody(card: Card) -> None:
    zero(card.file, root_of(card.file, "document"), 1024)

    evening = card.start()

    assert [told["doubted"] for told in salvages(evening)] == [0]
    assert evening.counter.scan(a_pass(TAKEN[0])).reason is Reason.ALREADY_COLLECTED
    assert evening.counter.scan(a_pass(WAITING[0])).outcome is ScanOutcome.RELEASED
    evening.close()


def test_without_the_header_nothing_is_read_and_the_orders_come_back_from_the_agent(
    card: Card,
) -> None:
    zero(card.file, 0, 100)

    evening = card.start()

    for order_id in TAKEN + WAITING:
        assert evening.counter.scan(a_pass(order_id)).reason is Reason.SEE_LEADER
    assert len(evening.desk.board().maybe_opened) == 4
    evening.close()


def test_an_empty_page_in_the_place_of_all_hand_overs_is_not_taken_for_none(card: Card) -> None:
    content = bytearray(card.file.read_bytes())
    full, empty = (root_of(card.file, table) for table in ("hand_over", "retried"))
    content[full : full + 1024] = content[empty : empty + 1024]
    card.file.write_bytes(content)

    evening = card.start()

    for order_id in TAKEN + WAITING:
        assert evening.counter.scan(a_pass(order_id)).reason is Reason.SEE_LEADER
    assert evening.doors.unlocked == []
    assert [told["incomplete"] for told in salvages(evening)] == [["hand_over"]]
    evening.close()


def test_a_table_whose_name_is_no_text_any_more_is_a_damage_like_others(card: Card) -> None:
    card.flush()
    content = card.file.read_bytes()
    name = b"tabledoor_notedoor_note"
    assert content.count(name) == 1
    card.file.write_bytes(content.replace(name, b"table\xa0oor_note\xa0oor_note"))

    evening = card.start()

    assert len(salvages(evening)) == 1
    assert evening.counter.scan(a_pass(TAKEN[0])).reason in {
        Reason.ALREADY_COLLECTED,
        Reason.SEE_LEADER,
    }
    evening.close()


def test_an_order_that_comes_back_only_later_is_in_doubt_too(card: Card) -> None:
    zero(card.file, 0, 100)
    sync_db = card.folder / "sync" / "sync.db"
    sync_db.rename(sync_db.with_name("lost"))
    evening = card.start()
    assert evening.desk.board().orders == ()

    sync_db.with_name("lost").rename(sync_db)
    apply_orders(evening.point)

    assert evening.counter.scan(a_pass(WAITING[0])).reason is Reason.SEE_LEADER
    evening.close()


def test_what_the_leader_said_after_one_damage_is_in_doubt_again_after_the_next(card: Card) -> None:
    zero(card.file, root_of(card.file, "hand_over"), 1024)
    evening = card.start()
    (dumplings,) = (f for f in evening.desk.board().maybe_opened if f.ref.order_id == WAITING[0])
    evening.desk.annul(dumplings.position, AnnulReason.GOODS_STILL_HERE)
    assert evening.counter.scan(a_pass(WAITING[0])).outcome is ScanOutcome.RELEASED
    evening.report(ReportKind.OPENED)
    evening.close()
    card.flush()
    lose_last_hand_over(card)

    evening = card.start()

    assert evening.counter.scan(a_pass(WAITING[0])).reason is Reason.SEE_LEADER
    evening.close()


def test_the_leader_is_asked_once_about_a_door_that_was_on_its_way(card: Card) -> None:
    evening = Evening(card.folder)
    evening.counter.scan(a_pass(WAITING[0]))
    evening.close()
    card.flush()
    zero(card.file, root_of(card.file, "placement"), 1024)
    evening = card.start()
    (dumplings,) = (f for f in evening.desk.board().maybe_opened if f.ref.order_id == WAITING[0])
    evening.desk.annul(dumplings.position, AnnulReason.GOODS_STILL_HERE)

    pulled(card, an_order("PEARS-5"))
    apply_orders(evening.point)

    assert WAITING[0] not in {found.ref.order_id for found in evening.desk.board().maybe_opened}
    evening.close()


def test_a_file_of_yesterday_put_back_by_hand_opens_nothing_that_may_be_gone(card: Card) -> None:
    old = card.file.read_bytes()
    evening = card.start()
    evening.counter.scan(a_pass(WAITING[0]))
    evening.report(ReportKind.OPENED)
    last = evening.events()[-1]
    evening.close()
    cloud_has(card, last.epoch, last.sequence)
    card.flush()
    card.file.write_bytes(old)

    evening = card.start()

    assert evening.counter.scan(a_pass(WAITING[0])).reason is Reason.SEE_LEADER
    (told,) = salvages(evening)
    assert told["cause"] == "rolled_back"
    assert told["events"] == [{"epoch": last.epoch, "first": 1, "last": last.sequence}]
    evening.close()


@pytest.mark.parametrize(
    ("order_ids", "table", "index"),
    [
        (TAKEN, "hand_over", "ON hand_over (3 - parcel_key) WHERE annulled_by IS NULL"),
        (WAITING, "placement", "ON placement (5 - parcel_key)"),
    ],
)
def test_an_index_that_leads_to_another_order_s_row_opens_nothing(
    card: Card, order_ids: tuple[str, ...], table: str, index: str
) -> None:
    evening = card.start()
    cross(card, table, index)

    for order_id in order_ids:
        assert evening.counter.scan(a_pass(order_id)).reason is Reason.SEE_LEADER
    assert evening.doors.unlocked == []
    evening.close()


def outcome_of(card: Card, seed: int) -> None:
    """One damage: nobody who took the goods gets a door, and whoever is refused is told why."""
    name = damage(card, seed)
    evening = card.start()
    try:
        taken = [evening.counter.scan(a_pass(order_id)) for order_id in TAKEN]
        assert evening.doors.unlocked == [], (seed, name)
        assert {answer.reason for answer in taken} <= {
            Reason.ALREADY_COLLECTED,
            Reason.SEE_LEADER,
        }, (seed, name)
        for order_id in WAITING:
            answer = evening.counter.scan(a_pass(order_id))
            # Served, or sent to the leader by the screen: never told that all is well.
            assert answer.outcome is ScanOutcome.RELEASED or answer.reason in {
                Reason.SEE_LEADER,
                Reason.NOT_PLACED,
            }, (seed, name, answer)
        assert len({place for place, _ in evening.doors.unlocked}) == len(evening.doors.unlocked)
    finally:
        evening.close()


@pytest.mark.parametrize("block", range(2))
def test_a_damage_never_opens_a_second_time_and_never_in_silence(
    prepared: Path, block: int
) -> None:
    _damages(prepared, range(block * 20, block * 20 + 20))


@pytest.mark.slow
def test_a_thousand_damages_never_open_a_second_time_and_never_in_silence(prepared: Path) -> None:
    _damages(prepared, range(100, 1100))


def _damages(prepared: Path, seeds: range) -> None:
    for seed in seeds:
        folder = prepared / "damaged"
        shutil.copytree(prepared / "prepared", folder)
        try:
            outcome_of(Card(folder), seed)
        finally:
            shutil.rmtree(folder)
