from __future__ import annotations

import sqlite3
from pathlib import Path

import peewee
import pytest

from edge.errors import ConfigError
from edge.store.connection import (
    LOG_BYTES,
    PRAGMAS,
    check_pragmas,
    connect_to_read,
    connect_to_write,
    raw,
)
from edge.store.database import Writer
from edge.store.tables import EventRow


@pytest.mark.parametrize("name", [*PRAGMAS])
def test_both_kinds_of_connection_hold_every_pragma(name: str, writer: Writer) -> None:
    reading = connect_to_read(writer.path)
    assert reading is not None
    writing = writer.call(lambda txn: txn.rows(f"PRAGMA {name}"))
    assert writing == raw(reading).execute(f"PRAGMA {name}").fetchall() == [(PRAGMAS[name],)]
    reading.close()


@pytest.mark.parametrize(
    ("slip", "name"),
    [
        ("PRAGMA synchronous = NORMAL", "synchronous"),
        ("PRAGMA foreign_keys = OFF", "foreign_keys"),
        ("PRAGMA mmap_size = 65536", "mmap_size"),
        ("PRAGMA trusted_schema = ON", "trusted_schema"),
        ("PRAGMA wal_autocheckpoint = 1000", "wal_autocheckpoint"),
        ("PRAGMA journal_mode = DELETE", "journal_mode"),
    ],
)
def test_a_connection_on_which_one_pragma_slipped_is_refused(
    slip: str, name: str, tmp_path: Path
) -> None:
    database = connect_to_write(tmp_path / "edge.db")
    raw(database).execute(slip)
    with pytest.raises(ConfigError, match=f"{name} is"):
        check_pragmas(raw(database), tmp_path / "edge.db")
    database.close()


def test_a_connection_with_the_drivers_defaults_is_refused(tmp_path: Path) -> None:
    connect_to_write(tmp_path / "edge.db").close()
    plain = sqlite3.connect(tmp_path / "edge.db")
    with pytest.raises(ConfigError):
        check_pragmas(plain, tmp_path / "edge.db")
    plain.close()


def test_a_file_of_other_pages_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    other = sqlite3.connect(path)
    other.execute("PRAGMA page_size = 4096")
    other.execute("CREATE TABLE door_note (place)")
    other.close()
    with pytest.raises(ConfigError, match=r"page_size is 4096.*aside"):
        Writer.open(path, kind="edge")


def test_a_reading_connection_cannot_write(writer: Writer) -> None:
    reading = connect_to_read(writer.path)
    assert reading is not None
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        raw(reading).execute("DELETE FROM door_note")
    with pytest.raises(peewee.OperationalError, match="readonly"):
        EventRow.delete().execute(reading)
    reading.close()


def test_the_log_has_its_room_from_the_start(writer: Writer) -> None:
    assert writer.path.with_name("edge.db-wal").stat().st_size == LOG_BYTES


def test_every_checkpoint_fits_into_the_room_of_the_log() -> None:
    frame = 24 + int(PRAGMAS["page_size"])
    assert 32 + int(PRAGMAS["wal_autocheckpoint"]) * frame <= LOG_BYTES
