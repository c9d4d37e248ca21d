"""Real errors of real system calls, injected by strace; nothing of ours is replaced."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge.store.database import Reader, Writer
from tests.conftest import ROOT
from tests.edge.store.samples import ORIGIN

EVENING = [sys.executable, "-m", "tests.edge.store.evening"]


@pytest.fixture
def prepared(edge_path: Path) -> Path:
    """A file with ten orders, waiting."""
    subprocess.run([*EVENING, str(edge_path), "prepare", "10"], cwd=ROOT, check=True, timeout=60)
    return edge_path


def hand_over_ten(path: Path, *tracing: str, log: Path = Path("/dev/null")) -> list[str]:
    """Hand the ten orders over; strace sees, or breaks, what touches the write-ahead log.

    Returned is what the program said of each.
    """
    strace = ["strace", "-f", "-qq", "-o", str(log), "-P", f"{path}-wal"]
    options = [option for expression in tracing for option in ("-e", expression)]
    done = subprocess.run(
        [*strace, *options, *EVENING, str(path), "hand-over", "10"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )
    return done.stdout.split()


def on_disk(path: Path) -> int:
    """How many hand-overs a new start finds, after SQLite's own check and the hash chain's."""
    writer = Writer.open(path, kind="edge")
    count: int = writer.call(
        lambda txn: txn.rows("SELECT count(*) FROM hand_over JOIN event USING (position)")
    )[0][0]
    writer.close()
    return count


def test_a_hand_over_costs_exactly_one_sync_and_a_look_costs_none(
    prepared: Path, tmp_path: Path
) -> None:
    log = tmp_path / "syncs"
    said = hand_over_ten(prepared, "trace=fdatasync", log=log)
    assert said == [str(position) for position in range(1, 11)]
    assert log.read_text().count("fdatasync(") == 10


def test_a_sync_that_fails_leaves_the_outcome_unknown_and_stops_all_writing(
    prepared: Path,
) -> None:
    said = hand_over_ten(prepared, "trace=fdatasync", "inject=fdatasync:error=EIO:when=4")
    assert said == ["1", "2", "3", *["CommitUnknown"] * 7]
    assert on_disk(prepared) in {3, 4}


def test_a_full_disk_stops_all_writing_and_keeps_what_was_committed(prepared: Path) -> None:
    said = hand_over_ten(prepared, "trace=pwrite64", "inject=pwrite64:error=ENOSPC:when=30+")
    committed = [word for word in said if word.isdigit()]
    assert 0 < len(committed) < 10
    assert said == [*committed, *["CommitUnknown"] * (10 - len(committed))]
    assert on_disk(prepared) in {len(committed), len(committed) + 1}


def test_a_disk_that_fills_before_the_commit_leaves_nothing_and_stops_all_writing(
    edge_path: Path,
) -> None:
    # So much in one transaction that SQLite writes some of it ahead of the commit.
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", f"{edge_path}-wal"]
    full = ["-e", "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC:when=200+"]
    done = subprocess.run(
        [*strace, *full, *EVENING, str(edge_path), "keep", "4000000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "CommitUnknown: The file could not confirm" in done.stderr
    reader = Reader.open(edge_path, kind="edge")
    assert reader.rows("SELECT name FROM document") == []
    reader.close()


@pytest.mark.parametrize("commit", [1, 6, 10])
def test_killed_at_a_sync_nothing_acknowledged_is_lost(prepared: Path, commit: int) -> None:
    said = hand_over_ten(prepared, "trace=fdatasync", f"inject=fdatasync:signal=KILL:when={commit}")
    assert said == [str(position) for position in range(1, commit)]
    assert on_disk(prepared) in {commit - 1, commit}


def test_a_disk_that_is_full_at_the_start_still_lets_the_kiosk_start(edge_path: Path) -> None:
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", f"{edge_path}-wal"]
    full = ["-e", "trace=write", "-e", "inject=write:error=ENOSPC"]
    subprocess.run(
        [*strace, *full, *EVENING, str(edge_path), "prepare", "3"],
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    reader = Reader.open(edge_path, kind="edge")
    assert reader.rows("SELECT epoch FROM epoch") == [(ORIGIN.epoch,)]
    reader.close()


def test_case_7_a_disk_too_full_to_empty_the_log_stops_no_hand_over_and_needs_no_restart(
    prepared: Path, tmp_path: Path
) -> None:
    log = tmp_path / "writes"
    strace = ["strace", "-f", "-qq", "-o", str(log), "-P", str(prepared), "-e", "trace=pwrite64"]
    full_for_a_while = ["-e", "inject=pwrite64:error=ENOSPC:when=1..5"]
    done = subprocess.run(
        [*strace, *full_for_a_while, *EVENING, str(prepared), "checkpoint", "10"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split() == [str(position) for position in range(1, 11)]
    written = [line for line in log.read_text(encoding="ascii").splitlines() if "pwrite64" in line]
    assert ["INJECTED" in line for line in written[:6]] == [True] * 5 + [False]
    assert on_disk(prepared) == 10
