"""A ledger whose file was taken away takes nothing more, and acknowledges nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge.errors import StoreBusy
from sync.cloud.database import Store
from sync.cloud.drivers.sqlite_file import SqliteFile
from sync.cloud.tables import select, update


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "cloud").mkdir()
    return tmp_path / "cloud" / "cloud.db"


def note(store: Store, name: str) -> None:
    store.write(
        lambda database: update(database, "INSERT INTO fact (name, value) VALUES (?, '')", name)
    )


def names(store: Store) -> set[str]:
    return {name for (name,) in select(store.reader, "SELECT name FROM fact")}


def test_a_file_that_is_gone_or_another_one_takes_nothing(path: Path) -> None:
    store = Store.open(SqliteFile(path))
    note(store, "before")
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    path.unlink()
    for _ in range(2):
        with pytest.raises(StoreBusy, match="taken away or replaced"):
            note(store, "into nothing")
    copy.rename(path)
    with pytest.raises(StoreBusy, match="taken away or replaced"):
        note(store, "into another file")
    store.close()


def test_what_was_in_a_log_that_is_gone_is_saved_and_the_next_one_is_written(path: Path) -> None:
    store = Store.open(SqliteFile(path))
    note(store, "before")
    assert "before" in names(store)
    path.with_name("cloud.db-wal").unlink()
    with pytest.raises(StoreBusy, match="taken away or replaced"):
        note(store, "meanwhile")
    store.reader.close()
    note(store, "after")
    store.close()

    again = Store.open(SqliteFile(path))
    assert {"before", "after"} <= names(again)
    again.close()


def test_a_file_that_comes_back_is_written_on(path: Path) -> None:
    store = Store.open(SqliteFile(path))
    note(store, "before")
    aside = path.with_name("aside")
    path.rename(aside)
    with pytest.raises(StoreBusy):
        note(store, "into nothing")
    aside.rename(path)
    note(store, "after")
    assert {"before", "after"} <= names(store)
    store.close()
