from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edge.errors import AlreadyRunning, FileDamaged, StoreBusy, StoreCorrupt
from edge.store import door_notes
from edge.store.database import Reader, Txn, Writer
from tests.edge.store.samples import moment

ADD_DOOR_7 = "INSERT INTO door_note VALUES ('7', 0, 'stuck')"


def test_what_work_returns_is_returned_once_it_is_on_disk(writer: Writer, reader: Reader) -> None:
    def work(txn: Txn) -> str:
        door_notes.block(txn, "7", "stuck", moment())
        return "blocked"

    assert writer.call(work) == "blocked"
    assert door_notes.blocked(reader) == {"7"}


def test_an_exception_rolls_back_and_the_next_work_is_served(
    writer: Writer, reader: Reader
) -> None:
    def work(txn: Txn) -> None:
        txn.execute(ADD_DOOR_7)
        raise LookupError("no such order")

    with pytest.raises(LookupError, match="no such order"):
        writer.call(work)
    assert door_notes.blocked(reader) == frozenset()
    writer.call(lambda txn: txn.rows(ADD_DOOR_7))
    assert door_notes.blocked(reader) == {"7"}


def test_a_violated_constraint_takes_the_whole_transaction_back(
    writer: Writer, reader: Reader
) -> None:
    def work(txn: Txn) -> None:
        txn.execute(ADD_DOOR_7)
        txn.execute(ADD_DOOR_7)

    with pytest.raises(sqlite3.IntegrityError):
        writer.call(work)
    assert door_notes.blocked(reader) == frozenset()


def test_a_transaction_that_has_ended_writes_nothing(writer: Writer) -> None:
    kept: list[Txn] = []
    writer.call(kept.append)
    with pytest.raises(RuntimeError, match="has ended"):
        kept[0].execute(ADD_DOOR_7)


def test_case_13_every_transaction_takes_the_write_lock_before_it_reads(writer: Writer) -> None:
    def work(txn: Txn) -> None:
        other = sqlite3.connect(writer.path, timeout=0)
        try:
            other.execute("BEGIN IMMEDIATE")
        finally:
            other.close()

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        writer.call(work)


def test_all_work_of_all_threads_runs_on_one_thread(writer: Writer) -> None:
    seen: set[int] = set()

    def customer() -> None:
        for _ in range(20):
            writer.call(lambda txn: seen.add(threading.get_ident()))

    threads = [threading.Thread(target=customer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1
    assert threading.get_ident() not in seen


def test_work_cannot_wait_for_its_own_thread(writer: Writer) -> None:
    with pytest.raises(RuntimeError, match="pass on the Txn"):
        writer.call(lambda txn: writer.call(lambda inner: None))


def test_work_whose_turn_does_not_come_in_time_is_never_done(
    writer: Writer, reader: Reader
) -> None:
    go_on, busy = threading.Event(), threading.Event()

    def slow(txn: Txn) -> None:
        busy.set()
        go_on.wait(30)

    first = threading.Thread(target=lambda: writer.call(slow, timeout=30))
    first.start()
    busy.wait(30)
    with pytest.raises(StoreBusy, match="nothing was written"):
        writer.call(lambda txn: txn.rows(ADD_DOOR_7), timeout=0.01)
    go_on.set()
    first.join()
    writer.call(lambda txn: None)
    assert door_notes.blocked(reader) == frozenset()


def test_work_that_is_late_but_under_way_is_said_to_be_undecided(writer: Writer) -> None:
    go_on, busy = threading.Event(), threading.Event()

    def slow(txn: Txn) -> None:
        busy.set()
        go_on.wait(30)

    with pytest.raises(StoreBusy, match="may yet be recorded"):
        writer.call(slow, timeout=0.2)
    busy.wait(30)
    go_on.set()


def test_what_is_committed_after_its_caller_left_is_told_to_who_cleans_up(
    writer: Writer, reader: Reader
) -> None:
    go_on, told = threading.Event(), threading.Event()

    def slow(txn: Txn) -> str:
        go_on.wait(30)
        txn.execute(ADD_DOOR_7)
        return "blocked"

    def late(result: str) -> None:
        assert result == "blocked"
        assert door_notes.blocked(reader) == {"7"}
        told.set()

    with pytest.raises(StoreBusy, match="may yet be recorded"):
        writer.call(slow, timeout=0.2, late=late)
    go_on.set()
    assert told.wait(30)


def test_nobody_cleans_up_behind_a_caller_that_was_answered(writer: Writer) -> None:
    told: list[str] = []
    assert writer.call(lambda txn: "done", late=told.append) == "done"
    writer.call(lambda txn: None)
    assert told == []


def test_listeners_hear_of_each_commit_that_changed_something(writer: Writer) -> None:
    heard = threading.Semaphore(0)
    writer.on_commit = heard.release
    writer.call(lambda txn: txn.rows("SELECT 1"))
    with pytest.raises(ZeroDivisionError):
        writer.call(lambda txn: len(txn.rows(ADD_DOOR_7)) / 0)
    assert not heard.acquire(blocking=False)
    writer.call(lambda txn: txn.rows(ADD_DOOR_7))
    assert heard.acquire(timeout=30)


def test_a_closed_writer_refuses_at_once(writer: Writer) -> None:
    writer.close()
    with pytest.raises(StoreBusy, match="closed"):
        writer.call(lambda txn: None)


def test_a_second_writer_of_the_same_file_is_stopped(writer: Writer) -> None:
    with pytest.raises(AlreadyRunning, match="already works on"):
        Writer.open(writer.path, kind="edge")


def test_case_11_a_second_process_of_the_same_kind_is_stopped_before_it_opens_the_file(
    writer: Writer, tmp_path: Path
) -> None:
    program = (
        "import pathlib, sys; from edge.store.database import Writer;"
        "Writer.open(pathlib.Path(sys.argv[1]), kind='edge')"
    )
    log = tmp_path / "opened"
    strace = ["strace", "-f", "-qq", "-o", str(log), "-e", "trace=openat"]
    second = subprocess.run(
        [*strace, sys.executable, "-c", program, str(writer.path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert second.returncode != 0
    assert "AlreadyRunning" in second.stderr
    opened = log.read_text(encoding="utf-8")
    assert f'"{writer.path}.lock"' in opened
    # A connection of its own could checkpoint beside the first one's.
    assert f'"{writer.path}"' not in opened
    assert f'"{writer.path}-wal"' not in opened


def test_after_closing_the_next_process_may_write(edge_path: Path) -> None:
    Writer.open(edge_path, kind="edge").close()
    again = Writer.open(edge_path, kind="edge")
    again.call(lambda txn: txn.rows(ADD_DOOR_7))
    again.close()


def test_closing_leaves_the_log_in_place_for_readers_of_other_processes(
    edge_path: Path,
) -> None:
    writer = Writer.open(edge_path, kind="edge")
    writer.call(lambda txn: txn.rows(ADD_DOOR_7))
    writer.close()
    assert edge_path.with_name("edge.db-wal").stat().st_size > 0
    assert edge_path.with_name("edge.db-shm").exists()


def test_only_the_owner_may_read_the_files(writer: Writer, edge_path: Path) -> None:
    for name in ("edge.db", "edge.db-wal", "edge.db-shm", "edge.db.lock"):
        assert edge_path.with_name(name).stat().st_mode & 0o077 == 0, name


def test_a_file_that_is_no_database_is_refused_and_left_alone(edge_path: Path) -> None:
    edge_path.parent.mkdir()
    edge_path.write_bytes(b"a shopping list, not a database" * 100)
    with pytest.raises(StoreCorrupt, match=r"edge\.db is damaged"):
        Writer.open(edge_path, kind="edge")
    assert edge_path.read_bytes().startswith(b"a shopping list")


def test_a_damaged_page_is_found_at_the_start(edge_path: Path) -> None:
    writer = Writer.open(edge_path, kind="edge")
    for n in range(300):
        block(writer, f"{n}")
    root = writer.call(
        lambda txn: txn.rows("SELECT rootpage FROM sqlite_master WHERE name = 'door_note'")
    )[0][0]
    writer.close()
    _checkpoint(edge_path)
    with edge_path.open("r+b") as file:
        file.seek((root - 1) * 1024)
        file.write(b"\xff" * 1024)
    with pytest.raises(StoreCorrupt, match="keep them"):
        Writer.open(edge_path, kind="edge")


def test_after_a_refused_start_the_lock_is_free_again(edge_path: Path) -> None:
    edge_path.parent.mkdir()
    edge_path.write_bytes(b"not a database at all" * 100)
    for _ in range(2):
        with pytest.raises(StoreCorrupt):
            Writer.open(edge_path, kind="edge")


def block(writer: Writer, place: str) -> None:
    writer.call(lambda txn: door_notes.block(txn, place, "stuck" * 50, moment()))


def _checkpoint(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def test_a_damage_met_while_writing_is_told_so_that_the_next_start_can_salvage(
    writer: Writer,
) -> None:
    told: list[FileDamaged] = []
    writer.on_damage = told.append

    def work(_txn: Txn) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    with pytest.raises(FileDamaged):
        writer.call(work)
    assert [damage.what for damage in told] != []
