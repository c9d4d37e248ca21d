from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.core.order import CloudState
from edge.core.order_json import parse_order
from edge.store import inbox
from edge.store.database import Reader, Txn, Writer
from edge.store.inbox import Delta, Document, LinkRecord
from edge.store.outbox import Settled
from tests.edge.store.samples import moment, order


@pytest.fixture
def sync_file(sync_path: Path) -> Iterator[Reader]:
    """The kiosk's view of sync.db."""
    reader = Reader.open(sync_path, kind="sync")
    yield reader
    reader.close()


def news(delta: Delta | None) -> list[tuple[str, int]]:
    """Ids and changes of the orders in a delta."""
    assert delta is not None
    return [(json.loads(body)["id"], change) for body, change in delta.orders]


def test_without_a_file_there_is_nothing_to_take_over(sync_file: Reader) -> None:
    assert inbox.since(sync_file, None, 0) is None
    assert inbox.settled(sync_file) == {}
    assert inbox.link(sync_file) == LinkRecord("offline", None, None, None, None, 0)
    assert inbox.cursor(sync_file) is None


def test_every_new_file_has_a_generation_of_its_own(tmp_path: Path) -> None:
    seen = set()
    for name in ("first", "second"):
        agent = Writer.open(tmp_path / name / "sync.db", kind="sync")
        seen.add(agent.call(lambda txn: txn.rows("SELECT generation FROM meta"))[0][0])
        agent.close()
    assert len(seen) == 2
    assert all(len(generation) == 16 for generation in seen)


def test_orders_reach_the_kiosk_as_the_agent_read_them(agent: Writer, sync_file: Reader) -> None:
    agent.call(lambda txn: inbox.put_orders(txn, [order("A1"), order("B2")], "cursor-1"))
    delta = inbox.since(sync_file, None, 0)
    assert delta is not None
    assert [parse_order(json.loads(body)) for body, _ in delta.orders] == [order("A1"), order("B2")]
    assert delta.change == 2
    assert inbox.cursor(sync_file) == "cursor-1"


def test_what_was_taken_over_is_not_given_again(agent: Writer, sync_file: Reader) -> None:
    agent.call(lambda txn: inbox.put_orders(txn, [order("A1"), order("B2")], "1"))
    first = inbox.since(sync_file, None, 0)
    assert first is not None
    assert inbox.since(sync_file, first.generation, first.change) is None
    agent.call(lambda txn: inbox.put_orders(txn, [order("B2", revision=2)], "2"))
    assert news(inbox.since(sync_file, first.generation, first.change)) == [("B2", 3)]


def test_another_generation_means_everything_again(agent: Writer, sync_file: Reader) -> None:
    agent.call(lambda txn: inbox.put_orders(txn, [order("A1"), order("B2")], "1"))
    assert news(inbox.since(sync_file, "0123456789abcdef", 99)) == [("A1", 1), ("B2", 2)]


def test_equal_and_older_revisions_are_no_news(agent: Writer, sync_file: Reader) -> None:
    def put(revision: int, state: CloudState = CloudState.OPEN) -> int:
        told = order(revision=revision, cloud_state=state)
        return agent.call(lambda txn: inbox.put_orders(txn, [told], "c"))

    assert put(2) == 1
    assert put(2) == 0
    assert put(1, CloudState.CANCELLED) == 0
    assert news(inbox.since(sync_file, None, 0)) == [("A1001", 1)]
    assert put(2, CloudState.CANCELLED) == 1
    assert put(3) == 1
    assert news(inbox.since(sync_file, None, 0)) == [("A1001", 3)]


def test_orders_and_their_cursor_are_kept_together_or_not_at_all(
    agent: Writer, sync_file: Reader
) -> None:
    def cut_off(txn: Txn) -> None:
        inbox.put_orders(txn, [order("B2")], "cursor-2")
        raise ConnectionError("the line was cut")

    agent.call(lambda txn: inbox.put_orders(txn, [order("A1")], "cursor-1"))
    with pytest.raises(ConnectionError):
        agent.call(cut_off)
    assert inbox.cursor(sync_file) == "cursor-1"
    assert news(inbox.since(sync_file, None, 0)) == [("A1", 1)]


def test_a_cursor_can_be_forgotten_without_forgetting_orders(
    agent: Writer, sync_file: Reader
) -> None:
    agent.call(lambda txn: inbox.put_orders(txn, [order("A1")], "gone"))
    agent.call(lambda txn: inbox.put_orders(txn, [], None))
    assert inbox.cursor(sync_file) is None
    assert news(inbox.since(sync_file, None, 0)) == [("A1", 1)]


def test_documents_travel_when_they_change_and_stay_with_the_kiosk(
    agent: Writer, sync_file: Reader, writer: Writer, reader: Reader
) -> None:
    keys = [{"kid": "0726", "issuer": "fresh-coop"}]
    assert agent.call(lambda txn: inbox.put_document(txn, "keys", keys))
    assert not agent.call(lambda txn: inbox.put_document(txn, "keys", keys))
    assert agent.call(lambda txn: inbox.put_document(txn, "eta", "2026-11-24T10:00:00Z"))
    delta = inbox.since(sync_file, None, 0)
    assert delta is not None
    assert [document.name for document in delta.documents] == ["keys", "eta"]

    def take_over(txn: Txn) -> None:
        for document in delta.documents:
            inbox.keep_document(txn, document)
        inbox.mark_applied(txn, delta)

    writer.call(take_over)
    writer.call(take_over)
    assert inbox.documents(reader) == {"keys": keys, "eta": "2026-11-24T10:00:00Z"}
    assert inbox.applied(reader) == (delta.generation, 2)
    assert inbox.since(sync_file, *inbox.applied(reader)) is None
    assert agent.call(lambda txn: inbox.put_document(txn, "eta", None))
    later = inbox.since(sync_file, *inbox.applied(reader))
    assert later is not None
    assert [(document.name, document.body) for document in later.documents] == [("eta", b"null")]


def test_a_new_kiosk_has_taken_over_nothing(reader: Reader) -> None:
    assert inbox.applied(reader) == (None, 0)
    assert inbox.documents(reader) == {}


@pytest.mark.parametrize("torn", [b'{"torn": ', b"\xff\xfe"])
def test_a_damaged_document_is_left_out(writer: Writer, reader: Reader, torn: bytes) -> None:
    def work(txn: Txn) -> None:
        inbox.keep_document(txn, Document("keys", 1, torn))
        inbox.keep_document(txn, Document("eta", 2, b"null"))

    writer.call(work)
    assert inbox.documents(reader) == {"eta": None}


def test_what_the_cloud_settled_only_ever_grows(agent: Writer, sync_file: Reader) -> None:
    def told(*each: Settled) -> Settled:
        def work(txn: Txn) -> None:
            for one in each:
                inbox.merge_settled(txn, "e1", one)

        agent.call(work)
        return inbox.settled(sync_file)["e1"]

    assert told(Settled(3, frozenset({5, 7}))) == Settled(3, frozenset({5, 7}))
    assert told(Settled(5, frozenset({9}), {6: "unknown_type"})) == Settled(
        5, frozenset({7, 9}), {6: "unknown_type"}
    )
    assert told(Settled(2), Settled(8)) == Settled(8, frozenset({9}), {6: "unknown_type"})
    agent.call(lambda txn: inbox.merge_settled(txn, "e2", Settled(1)))
    assert set(inbox.settled(sync_file)) == {"e1", "e2"}


def test_the_line_is_since_its_last_change_of_state(agent: Writer, sync_file: Reader) -> None:
    def report(state: str, seconds: float, trouble: str | None = None) -> LinkRecord:
        agent.call(lambda txn: inbox.set_link(txn, state, moment(seconds), trouble))
        return inbox.link(sync_file)

    assert report("offline", 1).since == moment(1).wall
    assert report("online", 2) == LinkRecord("online", moment(2).wall, None, None, None, 0)
    assert report("online", 3, "nonsense").since == moment(2).wall
    assert inbox.link(sync_file).trouble == "nonsense"
    assert report("refused", 4, "unauthorised").since == moment(4).wall
    assert report("online", 5).trouble is None
    agent.call(lambda txn: inbox.note_pull(txn, moment(6)))
    agent.call(lambda txn: inbox.note_ack(txn, moment(7)))
    now = inbox.link(sync_file)
    assert (now.last_pull, now.last_ack) == (moment(6).wall, moment(7).wall)


def test_an_order_that_could_not_be_read_is_noted_until_it_can(
    agent: Writer, sync_file: Reader
) -> None:
    def refuse(txn: Txn) -> None:
        inbox.put_refused(txn, "fresh-coop", "A1001", "window is missing")

    agent.call(refuse)
    agent.call(refuse)
    assert inbox.link(sync_file).refused_orders == 1
    agent.call(lambda txn: inbox.put_orders(txn, [order("A1001")], "1"))
    assert inbox.link(sync_file).refused_orders == 0
