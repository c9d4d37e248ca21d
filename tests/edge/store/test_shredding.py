"""What SQLite leaves between the rows of a page is gone after shredding, and no row is."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from threading import Thread

import pytest

from edge.core.forgetting import CLAIM_WINDOW
from edge.core.order import Customer
from edge.store import floor, forgetting, orders
from edge.store.connection import LOG_BYTES
from edge.store.database import Reader, Writer, _Job
from edge.store.log_file import empty_log
from edge.store.shredding import ROOM_LEFT_BYTES, has_room
from edge.store.transaction import Row, Source, Txn
from tests.conftest import ROOT
from tests.edge.store.samples import SIX_O_CLOCK, one_parcel_order
from tests.edge.store.test_disk_errors import EVENING, on_disk
from tests.stack import wait_until

LATER = SIX_O_CLOCK + timedelta(hours=3) + CLAIM_WINDOW
ORDERS = 120
FRAME = 1024 + 24


def fill(txn: Txn) -> None:
    """Orders of many customers, revised in any sequence: pages split and rows move."""
    random = Random(2)
    for change in range(3 * ORDERS):
        number = change if change < ORDERS else random.randrange(ORDERS)
        customer = Customer(f"ref-{number:04}-q", f"Wang{number:04}Z", "321", None, reach_low=False)
        order = one_parcel_order(f"A{number}", revision=change)
        note = "n" * random.randrange(300)
        orders.upsert(txn, replace(order, customer=customer, note=note), change)


def forget(writer: Writer, reader: Reader) -> None:
    writer.call(fill)
    writer.call(lambda txn: floor.raise_floor(txn, LATER))
    keys = forgetting.due(reader, LATER)
    assert writer.call(lambda txn: forgetting.forget(txn, keys, LATER)) == ORDERS


def named(content: bytes) -> list[int]:
    words = [(n, f"ref-{n:04}-q".encode(), f"WANG{n:04}Z".encode()) for n in range(ORDERS)]
    return [n for n, ref, name in words if ref in content or name in content.upper()]


def everything(source: Source) -> list[list[Row]]:
    tables = source.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    wanted = [f"SELECT * FROM {table} ORDER BY 1, 2" for (table,) in tables]  # noqa: S608 - our own
    return [source.rows(sql) for sql in wanted]


def test_after_shredding_no_page_holds_what_was_deleted(
    writer: Writer, reader: Reader, edge_path: Path
) -> None:
    forget(writer, reader)
    before = everything(reader)

    assert writer.shred()

    log = edge_path.with_name("edge.db-wal")
    assert named(edge_path.read_bytes()) == named(log.read_bytes()) == []
    assert not log.read_bytes().strip(b"\0")
    assert log.stat().st_size == LOG_BYTES
    assert everything(reader) == before
    assert writer.call(lambda txn: txn.rows("PRAGMA integrity_check")) == [("ok",)]


def test_what_is_deleted_is_overwritten_at_once_but_for_what_sqlite_moved_about(
    writer: Writer, reader: Reader, edge_path: Path
) -> None:
    forget(writer, reader)

    assert writer._wait_for(_Job(empty_log, None), 10)

    assert len(named(edge_path.read_bytes())) < ORDERS / 20


def plant(path: Path, offset: int) -> None:
    """As SQLite leaves it now and then: a copy of a row behind the page's directory."""
    with path.open("r+b") as file:
        file.seek(offset)
        header = file.read(8)
        assert header[0] == 13, "a leaf of a table"
        rows = int.from_bytes(header[3:5], "big")
        file.seek(offset + 8 + 2 * rows)
        file.write(b"Mary Wang")


def test_a_copy_that_sqlite_left_in_the_middle_of_a_page_goes(edge_path: Path) -> None:
    writer = Writer.open(edge_path, kind="edge")
    sql = "SELECT rootpage FROM sqlite_master WHERE name = 'applied'"
    page: int = writer.call(lambda txn: txn.rows(sql))[0][0]
    assert writer.shred()
    writer.close()
    plant(edge_path, (page - 1) * 1024)
    writer = Writer.open(edge_path, kind="edge")
    assert b"Mary Wang" in edge_path.read_bytes()

    assert writer.shred()

    assert b"Mary Wang" not in edge_path.read_bytes()
    writer.close()


def test_who_writes_meanwhile_ends_it_and_it_is_done_another_time(
    writer: Writer, reader: Reader
) -> None:
    forget(writer, reader)
    done: list[bool] = []
    shredding = Thread(target=lambda: done.append(writer.shred()))
    visit = Thread(target=lambda: writer.call(lambda txn: txn.rows("SELECT 1")))

    def waiting(number: int) -> bool:
        return writer._jobs.qsize() == number

    def both_come(_: Txn) -> None:
        for number, thread in enumerate((shredding, visit), start=1):
            thread.start()
            wait_until(partial(waiting, number), "its turn")

    writer.call(both_come)
    visit.join(10)
    shredding.join(10)

    assert done == [False]
    assert writer.shred()


def test_who_reads_from_the_log_is_not_disturbed(writer: Writer, reader: Reader) -> None:
    writer.call(fill)
    log = writer.path.with_name("edge.db-wal")
    with reader.snapshot() as seen:
        before, size = everything(seen), log.stat().st_size
        assert not any(writer.shred() for _ in range(20))
        assert everything(seen) == before
        assert log.stat().st_size == size, "whoever reads for long must not let the log grow"

    assert writer.shred()


def in_the_midst(writer: Writer, reader: Reader, folder: Path) -> Path:
    """The files as they are when all is in the log, and nothing of it in the file."""
    forget(writer, reader)
    assert writer.shred()
    with reader.snapshot() as seen:
        everything(seen)
        assert not writer.shred()
        shutil.copytree(writer.path.parent, folder)
    return folder / "edge.db"


def test_a_power_cut_in_its_midst_leaves_every_row(
    writer: Writer, reader: Reader, tmp_path: Path
) -> None:
    path = in_the_midst(writer, reader, tmp_path / "midst")
    before, log = everything(reader), path.with_name("edge.db-wal").read_bytes()
    frames = (path.stat().st_size + 1023) // 1024
    assert len(log) >= frames * FRAME

    for number in (0, 1, frames // 2, frames - 1, frames):
        for rest in (log[: 32 + number * FRAME], torn(log, number)):
            copy = tmp_path / f"cut-{number}-{len(rest)}" / "edge.db"
            shutil.copytree(path.parent, copy.parent)
            copy.with_name("edge.db-wal").write_bytes(rest)
            again = Writer.open(copy, kind="edge")
            assert again.call(everything) == before
            assert again.shred()
            again.close()


def torn(log: bytes, number: int) -> bytes:
    """One page of it never came to the card, though later ones did."""
    at = 32 + number * FRAME
    return log[:at] + bytes(min(FRAME, len(log) - at)) + log[at + FRAME :]


@pytest.mark.slow
def test_a_disk_that_is_full_all_the_same_changes_nothing_and_the_point_goes_on(
    edge_path: Path,
) -> None:
    subprocess.run([*EVENING, str(edge_path), "prepare", "1"], cwd=ROOT, check=True, timeout=60)
    full = ["-P", f"{edge_path}-wal", "-e", "trace=pwrite64"]
    once = [*full, "-e", "inject=pwrite64:error=ENOSPC:when=9"]
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", *once, *EVENING, str(edge_path), "shred", "1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout.split() == ["OperationalError", "1"]
    assert on_disk(edge_path) == 1


@pytest.mark.parametrize(("spare", "fits"), [(0, True), (-1, False)])
def test_room_for_it_is_asked_for_beforehand(writer: Writer, spare: int, fits: bool) -> None:
    size = writer.path.stat().st_size

    assert has_room(writer.path, lambda _: size + ROOM_LEFT_BYTES + spare) is fits
