"""Whatever happens to the file: never a second hand-over, never silence."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from edge.core.events import EventType
from edge.core.order import OrderState
from edge.core.reasons import Reason
from edge.core.view import AnnulReason
from edge.flows.apply_orders import apply_orders
from edge.flows.counter import ScanOutcome
from edge.store.salvage import losses, replacement
from tests.edge.flows.evening import Evening, a_pass
from tests.edge.flows.ruins import TAKEN, WAITING, Card, damage, prepare


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - only to be quick; the name inside is random
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        prepare(Path(folder) / "prepared")
        Card(Path(folder) / "prepared").flush()
        yield Path(folder)


@pytest.fixture
def card(prepared: Path) -> Iterator[Card]:
    folder = prepared / "point"
    shutil.copytree(prepared / "prepared", folder)
    yield Card(folder)
    shutil.rmtree(folder)


def zero(path: Path, start: int, count: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(bytes(count))


def page_of(card: Card, needle: bytes) -> int:
    """The offset of the page in which these bytes stand first."""
    return card.file.read_bytes().index(needle) // 1024 * 1024


def root_of(card: Card, table: str) -> int:
    """The offset of a table's first page."""
    connection = sqlite3.connect(f"{card.file.as_uri()}?mode=ro", uri=True)
    sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
    page = int(connection.execute(sql, (table,)).fetchone()[0])
    connection.close()
    return (page - 1) * 1024


def salvages(evening: Evening) -> list[dict[str, object]]:
    return [dict(e.data) for e in evening.events() if e.type == EventType.POINT_SALVAGED]


def test_lost_hand_overs_leave_every_order_of_the_day_to_the_leader(card: Card) -> None:
    zero(card.file, root_of(card, "hand_over"), 1024)

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
    zero(card.file, root_of(card, "hand_over"), 1024)
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
    zero(card.file, root_of(card, "document"), 1024)

    evening = card.start()

    assert [told["doubted"] for told in salvages(evening)] == [0]
    assert evening.counter.scan(a_pass(TAKEN[0])).reason is Reason.ALREADY_COLLECTED
    assert evening.counter.scan(a_pass(WAITING[0])).outcome is ScanOutcome.RELEASED
    evening.close()


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
    assert told["events"] != []
    evening.close()


def test_the_chain_goes_on_from_the_last_readable_event_in_a_new_epoch(card: Card) -> None:
    evening = Evening(card.folder)
    last = evening.events()[-1]
    evening.close()
    card.flush()
    zero(card.file, root_of(card, "document"), 1024)

    evening = card.start()

    first = next(event for event in evening.events() if event.epoch != last.epoch)
    ((hash_of_last,),) = evening.point.edge_file.rows(
        "SELECT hash FROM event WHERE instr(body, ?)", (last.event_id.encode(),)
    )
    assert (first.sequence, first.prevhash) == (1, hash_of_last)
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


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_a_power_cut_before_the_new_file_is_whole_begins_again(card: Card, suffix: str) -> None:
    zero(card.file, root_of(card, "hand_over"), 1024)
    card.file.with_name(f"edge.db.unfinished{suffix}").write_bytes(b"cut off by a power failure")

    evening = card.start()

    assert len(salvages(evening)) == 1
    assert not list(card.file.parent.glob("*.unfinished*"))
    evening.close()


def test_a_power_cut_before_the_new_file_is_in_place_puts_it_there(card: Card) -> None:
    zero(card.file, root_of(card, "hand_over"), 1024)
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
    crashed = card.folder.parent / "crashed"
    shutil.copytree(card.folder, crashed)
    evening.close()
    zero(Card(crashed).log, 0, 32)

    evening = Card(crashed).start()

    assert evening.counter.scan(a_pass(WAITING[0])).reason is Reason.SEE_LEADER
    assert [told["doubted"] for told in salvages(evening)] == [2]
    evening.close()
    shutil.rmtree(crashed)


def test_a_log_that_is_broken_in_the_middle_is_not_dropped_in_silence(card: Card) -> None:
    evening = Evening(card.folder)
    for order_id in WAITING:
        evening.counter.scan(a_pass(order_id))
    crashed = card.folder.parent / "crashed"
    shutil.copytree(card.folder, crashed)
    evening.close()
    zero(Card(crashed).log, 32 + 30, 4)

    evening = Card(crashed).start()

    assert evening.counter.scan(a_pass(WAITING[0])).reason is Reason.SEE_LEADER
    assert [told["doubted"] for told in salvages(evening)] == [2]
    evening.close()
    shutil.rmtree(crashed)


def test_a_sound_file_tells_of_no_loss(card: Card) -> None:
    evening = card.start()
    assert losses(evening.point.edge_file) is None
    assert salvages(evening) == []
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


@pytest.mark.parametrize("block", range(5))
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
