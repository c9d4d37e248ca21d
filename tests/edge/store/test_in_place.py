"""A file that was taken away under a running program takes no more hand-overs."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import CommitUnknown
from edge.store.database import Txn, Writer

Happening = Callable[[Path], None]


def note(place: str) -> Callable[[Txn], None]:
    def work(txn: Txn) -> None:
        txn.execute("INSERT INTO door_note VALUES (?, 0, 'stuck')", (place,))

    return work


def remove(path: Path) -> None:
    path.unlink()


def replace_by_a_copy(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.replace(path)


@pytest.mark.parametrize("what_happens", [remove, replace_by_a_copy])
@pytest.mark.parametrize("which", ["", "-wal"])
def test_what_goes_into_a_file_that_nobody_finds_again_counts_as_unknown(
    writer: Writer, what_happens: Happening, which: str
) -> None:
    refused: list[CommitUnknown] = []
    writer.on_unknown = refused.append
    writer.call(note("1"))
    what_happens(writer.path.with_name(writer.path.name + which))
    assert not writer.is_writing

    with pytest.raises(CommitUnknown, match="taken away or replaced"):
        writer.call(note("2"))
    with pytest.raises(CommitUnknown):
        writer.call(note("3"))

    assert len(refused) == 1


def test_what_was_in_a_log_that_is_gone_is_saved(writer: Writer) -> None:
    writer.call(note("1"))
    writer.path.with_name(f"{writer.path.name}-wal").unlink()
    with pytest.raises(CommitUnknown):
        writer.call(note("2"))

    # As after the process ended: nobody has closed anything.
    image = writer.path.with_name("image")
    shutil.copy(writer.path, image)
    found = sqlite3.connect(image)
    assert found.execute("SELECT place FROM door_note ORDER BY 1").fetchall() == [("1",), ("2",)]
    found.close()


def test_a_file_that_came_back_in_time_is_the_same(writer: Writer) -> None:
    aside = writer.path.with_name("aside")
    writer.path.rename(aside)
    aside.rename(writer.path)
    writer.call(note("1"))
    assert writer.is_writing
