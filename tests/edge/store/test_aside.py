"""A damaged file goes aside whole, and never from under a process that works on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import AlreadyRunning
from edge.store.aside import set_aside
from edge.store.database import Writer


def test_a_file_goes_aside_with_its_log_and_shared_memory(tmp_path: Path) -> None:
    path = tmp_path / "sync.db"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(f"sync.db{suffix}").write_text(f"rubble{suffix}")

    aside = set_aside(path)

    assert aside == tmp_path / "sync.db.damaged"
    for suffix in ("", "-wal", "-shm"):
        assert not path.with_name(f"sync.db{suffix}").exists()
        assert aside.with_name(f"{aside.name}{suffix}").read_text() == f"rubble{suffix}"


def test_a_file_at_work_is_not_set_aside(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path / "sync.db", kind="sync")
    try:
        with pytest.raises(AlreadyRunning):
            set_aside(tmp_path / "sync.db")
        assert (tmp_path / "sync.db").exists()
    finally:
        writer.close()
