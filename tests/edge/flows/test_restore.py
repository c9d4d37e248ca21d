"""A copy of the file takes its place: nothing is opened twice, nothing reuses a number."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.core.events import event_hash, read_event
from edge.core.reasons import Reason
from edge.core.view import AnnulReason
from edge.devices.cabinet import ReportKind
from edge.errors import AlreadyRunning, ConfigError
from edge.flows.apply_orders import apply_orders
from edge.flows.counter import ScanOutcome
from edge.flows.look_up import find_orders
from edge.store.backups import back_up
from edge.store.restore import restore
from sync.cloud.chain import Entry, check_chain
from tests.edge.flows.evening import SIX_O_CLOCK, Evening, a_pass
from tests.edge.flows.ruins import TAKEN, WAITING, Card, cloud_has, root_of, salvages, zero

POINT = "yonghe-7"


@pytest.fixture
def copy(card: Card) -> Path:
    """Made while dumplings and noodles waited; then the dumplings were collected."""
    copy = back_up(card.file, SIX_O_CLOCK).path
    evening = Evening(card.folder)
    evening.counter.scan(a_pass(WAITING[0]))
    evening.report(ReportKind.OPENED)
    evening.close()
    return copy


def put_back(card: Card, copy: Path) -> Path:
    aside = restore(card.file, copy, POINT, SIX_O_CLOCK)
    assert aside is not None
    return aside


def bodies(file: Path) -> Sequence[bytes]:
    """The bytes of every event in a file, oldest first."""
    connection = sqlite3.connect(file)
    rows = connection.execute("SELECT body FROM event ORDER BY position").fetchall()
    connection.close()
    return [body for (body,) in rows]


def entry(body: bytes) -> Entry:
    event = read_event(body)
    place = (event.epoch, event.sequence)
    return Entry(*place, event.event_id, event.prevhash, event_hash(body), body)


def test_what_may_have_been_handed_over_since_the_copy_is_the_leader_s_to_say(
    card: Card, copy: Path
) -> None:
    put_back(card, copy)

    evening = card.start()

    for order_id in WAITING:
        assert evening.counter.scan(a_pass(order_id)).reason is Reason.SEE_LEADER
    assert evening.counter.scan(a_pass(TAKEN[0])).reason is Reason.ALREADY_COLLECTED
    assert evening.doors.unlocked == []
    found = {found.ref.order_id: found for found in evening.desk.board().maybe_opened}
    evening.desk.annul(found[WAITING[1]].position, AnnulReason.GOODS_STILL_HERE)
    assert evening.counter.scan(a_pass(WAITING[1])).outcome is ScanOutcome.RELEASED
    evening.close()


def test_the_cloud_is_told_and_what_it_has_beyond_the_copy_is_listed(
    card: Card, copy: Path
) -> None:
    last = read_event(bodies(card.file)[-1])
    cloud_has(card, last.epoch, last.sequence)
    put_back(card, copy)

    evening = card.start()

    (told,) = salvages(evening)
    lost = {"epoch": last.epoch, "first": 1, "last": last.sequence}
    assert (told["cause"], told["events"], told["doubted"]) == ("restored", [lost], 2)
    evening.close()


def test_the_file_before_is_kept_whole(card: Card, copy: Path) -> None:
    before = bodies(card.file)

    aside = put_back(card, copy)

    assert aside.parent.parent.name == "quarantine"
    assert bodies(aside) == before


def test_customers_whom_no_copy_names_come_back_from_the_agent_s_file(card: Card) -> None:
    evening = card.start()
    apply_orders(evening.point)
    evening.close()
    copy = back_up(card.file, SIX_O_CLOCK).path
    assert "王小明".encode() not in copy.read_bytes()
    put_back(card, copy)

    evening = card.start()
    apply_orders(evening.point)

    found = {row.ref.order_id: row.name_masked for row in find_orders(evening.point, "678").rows}
    assert found == dict.fromkeys([*TAKEN, *WAITING], "王○明")
    evening.close()


def test_a_restored_card_is_a_visible_fork_and_never_a_collision(card: Card, copy: Path) -> None:
    aside = put_back(card, copy)
    card.start().close()
    ledger = {event_hash(body): body for body in (*bodies(aside), *bodies(card.file))}

    entries = [entry(body) for body in ledger.values()]

    assert len({(each.epoch, each.sequence) for each in entries}) == len(entries)
    assert [finding.what.split(":")[0] for finding in check_chain(entries).findings] == ["fork"]


def test_a_running_kiosk_is_not_restored_under_its_feet(card: Card, copy: Path) -> None:
    evening = Evening(card.folder)

    with pytest.raises(AlreadyRunning):
        restore(card.file, copy, POINT, SIX_O_CLOCK)

    assert evening.counter.scan(a_pass(WAITING[1])).outcome is ScanOutcome.RELEASED
    evening.close()


def test_a_file_that_is_gone_altogether_can_be_restored(card: Card, copy: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        card.file.with_name(f"edge.db{suffix}").unlink(missing_ok=True)

    assert restore(card.file, copy, POINT, SIX_O_CLOCK) is None

    evening = card.start()
    assert evening.counter.scan(a_pass(WAITING[0])).reason is Reason.SEE_LEADER
    evening.close()


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("nothing", "is no file"),
        ("a shopping list", "is damaged, or no database"),
        ("half a copy", "is damaged, or no database"),
        ("a copy with a bad page", "is damaged, or no database"),
        ("a copy with a bad log", "is damaged, or no database"),
        ("the agent's file", "is no copy of yonghe-7's edge.db"),
        ("another point's file", "is no copy of banqiao-2's edge.db"),
    ],
)
def test_what_is_no_copy_of_this_point_s_file_changes_nothing(
    card: Card, copy: Path, what: str, why: str
) -> None:
    before = bodies(card.file)
    point_id = "banqiao-2" if what == "another point's file" else POINT

    with pytest.raises(ConfigError, match=why):
        restore(card.file, made_into(what, copy, card), point_id, SIX_O_CLOCK)

    assert bodies(card.file) == before
    assert not (card.file.parent / "quarantine").exists()
    assert not list(card.file.parent.glob("*.unfinished*"))


def made_into(what: str, copy: Path, card: Card) -> Path:
    if what == "the agent's file":
        return card.folder / "sync" / "sync.db"
    if what == "a shopping list":
        copy.write_text("rice, tofu, spring onions" * 100)
    elif what == "half a copy":
        copy.write_bytes(copy.read_bytes()[:20_000])
    elif what == "a copy with a bad page":
        zero(copy, root_of(copy, "hand_over_once"), 1024)
    elif what == "a copy with a bad log":
        copy.with_name(f"{copy.name}-wal").write_bytes(b"the end of an evening" * 100)
    elif what == "nothing":
        copy.unlink()
    return copy
