from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from edge.errors import StoreBusy, StoreCorrupt
from edge.store import door_notes
from edge.store.database import Reader, Txn, Writer
from tests.edge.store.samples import moment


def block(writer: Writer, place: str) -> None:
    writer.call(lambda txn: door_notes.block(txn, place, "stuck", moment()))


def test_a_missing_file_is_nothing_yet(edge_path: Path) -> None:
    reader = Reader.open(edge_path, kind="edge")
    assert reader.rows("SELECT * FROM event") == []
    with reader.snapshot() as seen, seen.snapshot() as again:
        assert again.rows("SELECT * FROM event") == []
    assert not reader.changed()
    reader.close()


def test_an_empty_file_and_one_without_tables_are_nothing_yet(edge_path: Path) -> None:
    edge_path.parent.mkdir()
    edge_path.touch()
    reader = Reader.open(edge_path, kind="edge")
    assert reader.rows("SELECT * FROM event") == []
    half_made = sqlite3.connect(edge_path)
    half_made.execute("PRAGMA journal_mode = WAL")
    assert reader.rows("SELECT * FROM event") == []
    half_made.close()
    reader.close()


def test_a_file_that_appears_is_read_and_told_as_a_change(edge_path: Path) -> None:
    reader = Reader.open(edge_path, kind="edge")
    assert not reader.changed()
    writer = Writer.open(edge_path, kind="edge")
    block(writer, "7")
    assert reader.changed()
    assert door_notes.blocked(reader) == {"7"}
    writer.close()
    reader.close()


def test_each_commit_is_one_change_and_reading_is_none(writer: Writer, reader: Reader) -> None:
    assert reader.changed()
    assert not reader.changed()
    block(writer, "7")
    assert door_notes.blocked(reader) == {"7"}
    assert reader.changed()
    assert not reader.changed()


def test_a_replaced_file_is_reopened_and_told_as_a_change(edge_path: Path, data: Path) -> None:
    first = Writer.open(edge_path, kind="edge")
    block(first, "7")
    reader = Reader.open(edge_path, kind="edge")
    assert door_notes.blocked(reader) == {"7"}
    reader.changed()
    first.close()
    edge_path.parent.rename(data / "set aside")
    second = Writer.open(edge_path, kind="edge")
    block(second, "12")
    assert door_notes.blocked(reader) == {"12"}
    assert reader.changed()
    second.close()
    reader.close()


def test_a_file_taken_away_is_nothing_again(edge_path: Path) -> None:
    Writer.open(edge_path, kind="edge").close()
    reader = Reader.open(edge_path, kind="edge")
    assert reader.changed()
    shutil.rmtree(edge_path.parent)
    assert reader.changed()
    assert reader.rows("SELECT * FROM event") == []
    reader.close()


def test_what_a_closed_writer_left_in_its_log_can_be_read(edge_path: Path) -> None:
    writer = Writer.open(edge_path, kind="edge")
    block(writer, "7")
    writer.close()
    reader = Reader.open(edge_path, kind="edge")
    assert door_notes.blocked(reader) == {"7"}
    reader.close()


def test_a_writer_that_starts_again_is_followed(edge_path: Path) -> None:
    first = Writer.open(edge_path, kind="edge")
    reader = Reader.open(edge_path, kind="edge")
    assert door_notes.blocked(reader) == frozenset()
    first.close()
    second = Writer.open(edge_path, kind="edge")
    block(second, "7")
    assert door_notes.blocked(reader) == {"7"}
    second.close()
    reader.close()


def test_deleted_shared_memory_is_made_anew_and_later_commits_are_seen(edge_path: Path) -> None:
    first = Writer.open(edge_path, kind="edge")
    block(first, "7")
    reader = Reader.open(edge_path, kind="edge")
    assert door_notes.blocked(reader) == {"7"}
    first.close()
    edge_path.with_name("edge.db-shm").unlink()
    assert door_notes.blocked(reader) == {"7"}
    second = Writer.open(edge_path, kind="edge")
    block(second, "12")
    assert door_notes.blocked(reader) == {"7", "12"}
    second.close()
    reader.close()


def test_a_snapshot_sees_one_state_however_much_is_written_meanwhile(
    writer: Writer, reader: Reader
) -> None:
    block(writer, "7")
    with reader.snapshot() as seen:
        before = seen.rows("SELECT place FROM door_note")
        block(writer, "12")
        assert seen.rows("SELECT place FROM door_note") == before == [("7",)]
    assert door_notes.blocked(reader) == {"7", "12"}


def test_a_transaction_is_its_own_snapshot(writer: Writer) -> None:
    def work(txn: Txn) -> frozenset[str]:
        door_notes.block(txn, "7", "stuck", moment())
        with txn.snapshot() as seen:
            return door_notes.blocked(seen)

    assert writer.call(work) == {"7"}


def test_no_transaction_is_held_between_calls_so_checkpoints_reach_the_end(
    writer: Writer, reader: Reader
) -> None:
    for n in range(20):
        block(writer, str(n))
        door_notes.blocked(reader)
    with reader.snapshot() as seen:
        seen.rows("SELECT 1 FROM door_note")
    # Outside any transaction of ours, as the automatic checkpoint runs.
    busy, pages, moved = writer._connection.execute("PRAGMA wal_checkpoint").fetchone()
    assert (busy, moved) == (0, pages)
    assert pages > 0


def test_many_threads_may_share_one_reader(writer: Writer, reader: Reader) -> None:
    wrong: list[object] = []

    def page() -> None:
        for _ in range(100):
            with reader.snapshot() as seen:
                if seen.rows("SELECT count(*) FROM door_note") != seen.rows(
                    "SELECT count(*) FROM door_note"
                ):
                    wrong.append(1)

    threads = [threading.Thread(target=page) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(20):
        block(writer, str(n))
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_file_of_a_newer_program_is_refused(edge_path: Path) -> None:
    writer = Writer.open(edge_path, kind="edge")
    writer.call(lambda txn: txn.rows("PRAGMA user_version = 99"))
    writer.close()
    reader = Reader.open(edge_path, kind="edge")
    with pytest.raises(StoreCorrupt, match="schema 99; this program knows"):
        reader.rows("SELECT * FROM event")
    reader.close()


def test_a_file_that_is_no_database_is_named(edge_path: Path) -> None:
    edge_path.parent.mkdir()
    edge_path.write_bytes(b"not a database at all" * 100)
    reader = Reader.open(edge_path, kind="edge")
    with pytest.raises(StoreCorrupt, match=r"edge\.db is damaged"):
        reader.changed()
    reader.close()


def test_reading_opens_no_descriptor_for_good(writer: Writer, reader: Reader) -> None:
    door_notes.blocked(reader)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for n in range(50):
        block(writer, str(n))
        door_notes.blocked(reader)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_that_cannot_be_opened_is_an_error_and_not_nothing(edge_path: Path) -> None:
    edge_path.mkdir(parents=True)
    reader = Reader.open(edge_path, kind="edge")
    with pytest.raises(StoreBusy, match="cannot be read now"):
        reader.changed()
    reader.close()
