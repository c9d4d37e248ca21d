"""The agent's file may be damaged, taken away and put back while the kiosk works."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store import inbox
from edge.store.database import Writer
from edge.store.foreign import ForeignFile
from edge.store.inbox import LinkRecord
from tests.edge.store.samples import moment

NEVER_HEARD = LinkRecord("offline", None, None, None, None, 0)
RUBBISH = bytes(range(1, 256)) * 80


@pytest.fixture
def foreign(sync_path: Path) -> Iterator[ForeignFile]:
    foreign = ForeignFile(sync_path, "sync")
    yield foreign
    foreign.close()


def an_online_file(path: Path) -> None:
    agent = Writer.open(path, kind="sync")
    agent.call(lambda txn: inbox.set_link(txn, "online", moment()))
    agent.close()


def ruin(path: Path) -> None:
    for name in (path, Path(f"{path}-wal")):
        name.write_bytes(RUBBISH)


def test_no_file_is_nothing_and_no_trouble(foreign: ForeignFile) -> None:
    assert foreign.ask(inbox.link) == NEVER_HEARD
    assert not foreign.changed()
    assert not foreign.unreadable


def test_a_file_damaged_from_the_start_is_nothing_yet(
    sync_path: Path, foreign: ForeignFile
) -> None:
    sync_path.parent.mkdir()
    ruin(sync_path)

    assert foreign.changed()
    assert not foreign.changed()
    assert foreign.unreadable
    assert foreign.ask(inbox.link) == NEVER_HEARD
    assert foreign.ask(inbox.settled) == {}


def test_a_file_damaged_while_it_is_read_is_nothing_until_a_good_one_is_there(
    sync_path: Path, foreign: ForeignFile
) -> None:
    an_online_file(sync_path)
    assert foreign.changed()
    assert foreign.ask(inbox.link).state == "online"

    ruin(sync_path)
    foreign.close()  # SQLite forgets the good pages it still had in memory
    assert foreign.ask(inbox.link) == NEVER_HEARD
    assert foreign.unreadable

    shutil.rmtree(sync_path.parent)
    an_online_file(sync_path)
    assert foreign.changed()
    assert foreign.ask(inbox.link).state == "online"


def test_a_value_that_means_nothing_is_no_answer(sync_path: Path, foreign: ForeignFile) -> None:
    an_online_file(sync_path)
    agent = Writer.open(sync_path, kind="sync")
    agent.call(lambda txn: txn.rows("INSERT INTO settled VALUES ('e1', 1, '[torn', '{}')"))
    agent.close()

    assert foreign.ask(inbox.settled) == {}
    assert foreign.unreadable
