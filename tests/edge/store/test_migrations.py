"""Files of every age go forward; those of ages to come are made here, with steps of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest

from edge.errors import StoreCorrupt
from edge.store.database import Reader, Txn, Writer
from edge.store.migrations import EDGE, SYNC, Schema, Step
from edge.store.sync_tables import SYNC_TABLES
from edge.store.tables import EDGE_TABLES

SOME_EDGE_TABLES = EDGE_TABLES[:10]
FIRST_SYNC_TABLES = SYNC_TABLES[:6]


def add_colour(txn: Txn) -> None:
    txn.execute("ALTER TABLE door_note ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'")


def paint_green(txn: Txn) -> None:
    txn.execute("UPDATE door_note SET colour = 'green'")


def later(steps: Mapping[int, Step]) -> Schema:
    return Schema(SOME_EDGE_TABLES, steps=steps)


@pytest.fixture
def old_file(edge_path: Path) -> Path:
    """A file of schema 1, as these steps count, that remembers one door."""
    writer = Writer(edge_path, Schema(SOME_EDGE_TABLES))
    writer.call(lambda txn: txn.rows("INSERT INTO door_note VALUES ('7', 0, 'stuck')"))
    writer.close()
    return edge_path


def read(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    rows = connection.execute(sql).fetchall()
    connection.close()
    return rows


def test_a_new_file_starts_with_the_newest_schema(edge_path: Path) -> None:
    Writer.open(edge_path, kind="edge").close()
    assert read(edge_path, "PRAGMA user_version") == [(EDGE.version,)]
    assert list(edge_path.parent.glob("*.v*")) == []


def test_an_older_file_goes_forward_step_by_step_and_keeps_its_rows(old_file: Path) -> None:
    Writer(old_file, later({2: add_colour, 3: paint_green})).close()
    assert read(old_file, "PRAGMA user_version") == [(3,)]
    assert read(old_file, "SELECT place, colour FROM door_note") == [("7", "green")]


def test_before_it_goes_forward_a_whole_copy_is_set_aside(old_file: Path) -> None:
    Writer(old_file, later({2: add_colour})).close()
    copy = old_file.with_name("edge.db.v1")
    assert read(copy, "PRAGMA user_version") == [(1,)]
    assert read(copy, "SELECT * FROM door_note") == [("7", 0, "stuck")]
    assert copy.stat().st_mode & 0o077 == 0
    assert not old_file.with_name("edge.db.v1.unfinished").exists()


def test_a_step_that_fails_leaves_the_file_as_it_was_before_that_step(old_file: Path) -> None:
    def half(txn: Txn) -> None:
        paint_green(txn)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Writer(old_file, later({2: add_colour, 3: half}))
    assert read(old_file, "PRAGMA user_version") == [(2,)]
    assert read(old_file, "SELECT colour FROM door_note") == [("red",)]
    Writer(old_file, later({2: add_colour, 3: paint_green})).close()
    assert read(old_file, "SELECT colour FROM door_note") == [("green",)]


def test_an_unfinished_copy_of_an_earlier_try_is_made_again(old_file: Path) -> None:
    old_file.with_name("edge.db.v1.unfinished").write_bytes(b"cut off by a power failure")
    Writer(old_file, later({2: add_colour})).close()
    assert read(old_file.with_name("edge.db.v1"), "SELECT place FROM door_note") == [("7",)]


def test_an_older_program_refuses_the_newer_file_and_changes_nothing(old_file: Path) -> None:
    Writer(old_file, later({2: add_colour})).close()
    with pytest.raises(StoreCorrupt, match=r"schema 2; this program knows 1\. Install the newer"):
        Writer(old_file, Schema(SOME_EDGE_TABLES))
    assert read(old_file, "PRAGMA user_version") == [(2,)]


def test_a_reader_waits_until_the_owner_has_taken_the_file_forward(old_file: Path) -> None:
    reader = Reader(old_file, later({2: add_colour}))
    assert reader.rows("SELECT colour FROM door_note") == []
    Writer(old_file, later({2: add_colour})).close()
    assert reader.rows("SELECT colour FROM door_note") == [("red",)]
    reader.close()


def test_tables_of_another_program_are_refused(edge_path: Path) -> None:
    edge_path.parent.mkdir()
    other = sqlite3.connect(edge_path)
    other.execute("PRAGMA page_size = 1024")
    other.execute("CREATE TABLE recipes (cabbage)")
    other.close()
    with pytest.raises(StoreCorrupt, match="did not make"):
        Writer.open(edge_path, kind="edge")
    assert read(edge_path, "SELECT name FROM sqlite_master") == [("recipes",)]


def test_an_agents_file_of_the_first_schema_ends_up_like_a_new_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    first = Schema(FIRST_SYNC_TABLES, first_rows=SYNC.first_rows)
    for path, stages in ((old, (first, SYNC)), (new, (SYNC,))):
        for stage in stages:
            Writer(path, stage).close()

    everything = "SELECT sql FROM sqlite_master ORDER BY name"
    assert read(old, everything) == read(new, everything)


def test_steps_have_no_gaps() -> None:
    for schema in (EDGE, SYNC):
        assert sorted(schema.steps) == list(range(2, schema.version + 1))
