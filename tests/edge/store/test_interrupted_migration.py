"""The power fails, or the process is killed, at any write of a migration."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from edge.store.database import Writer
from edge.store.migrations import EDGE
from tests.conftest import ROOT

FIRST_RELEASE = Path(__file__).with_name("edge-schema-1.sql")
OPEN = (
    "import pathlib, sys; from edge.store.database import Writer;"
    "Writer.open(pathlib.Path(sys.argv[1]), kind='edge').close()"
)
CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate")
DOORS = [(str(number), number, "stuck") for number in range(1, 41)]


@pytest.fixture
def first_release(data: Path) -> Path:
    """A file of the first release in which forty doors are blocked, and no program at work."""
    path = data / "old.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA page_size = 1024")
    connection.executescript(FIRST_RELEASE.read_text(encoding="utf-8"))
    connection.executemany("INSERT INTO door_note VALUES (?, ?, ?)", DOORS)
    connection.commit()
    connection.close()
    return path


def migrate(path: Path, log: Path, *rules: str) -> int:
    """Open a file with the present program, traced; how that ended."""
    options = ["-e", f"trace={','.join(CALLS)}", *(f"--inject={rule}" for rule in rules)]
    strace = ["strace", "-f", "-qq", "-o", str(log), *options, "-P", str(path), "-P", f"{path}-wal"]
    done = subprocess.run(
        [*strace, sys.executable, "-c", OPEN, str(path)], cwd=ROOT, check=False, timeout=60
    )
    return done.returncode


def calls_of_a_migration(first_release: Path) -> list[tuple[str, int]]:
    """Every write and sync of one that nothing disturbs, numbered as strace counts them."""
    path, log = first_release.with_name("undisturbed.db"), first_release.with_name("calls")
    shutil.copy(first_release, path)
    assert migrate(path, log) == 0
    made = [line.split(maxsplit=1)[1].partition("(")[0] for line in log.read_text().splitlines()]
    return [(call, number) for call in CALLS for number in range(1, made.count(call) + 1)]


def everything(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    schema = connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    version = connection.execute("PRAGMA user_version").fetchall()
    rows = connection.execute("SELECT * FROM door_note ORDER BY blocked_since_ms").fetchall()
    connection.close()
    return [*schema, *version, *rows]


def must_survive(first_release: Path, points: Iterable[tuple[str, int]]) -> None:
    whole = first_release.with_name("whole.db")
    shutil.copy(first_release, whole)
    Writer.open(whole, kind="edge").close()
    for call, number in points:
        path = first_release.with_name(f"{call}-{number}.db")
        shutil.copy(first_release, path)
        ended = migrate(path, Path("/dev/null"), f"{call}:signal=KILL:when={number}")
        assert ended != 0, (call, number)
        connection = sqlite3.connect(path)
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        assert (
            connection.execute("SELECT * FROM door_note ORDER BY blocked_since_ms").fetchall()
            == DOORS
        )
        connection.close()
        assert 1 <= version <= EDGE.version
        Writer.open(path, kind="edge").close()
        assert everything(path) == everything(whole), (call, number)


def test_case_48_killed_within_a_migration_the_next_start_completes_it(first_release: Path) -> None:
    points = calls_of_a_migration(first_release)
    assert len(points) >= 2 * EDGE.version
    must_survive(first_release, [points[len(points) // 3], points[-2]])


@pytest.mark.slow
def test_case_48_killed_at_each_write_of_a_migration_the_next_start_completes_it(
    first_release: Path,
) -> None:
    must_survive(first_release, calls_of_a_migration(first_release))
