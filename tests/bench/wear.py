"""S6: bytes that reach the card over a pickup's life, counted by the block device itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.devices.cabinet import ReportKind
from tests.bench.bare import connect
from tests.bench.ready import an_evening, many_doors, passes
from tests.bench.slow_disk import output
from tests.edge.flows.evening import Evening

PICKUPS = 600
DISK_BYTES = 256 * 1024 * 1024
SECTOR = 512
SECTORS_WRITTEN = 6
"""Place of the count in /sys/block/*/stat (Documentation/block/stat.rst of the kernel)."""
TOOLS = ("losetup", "mkfs.ext4", "mount", "umount")


class NoDisk(Exception):
    """This machine lets us make no disk of our own."""


@contextmanager
def a_disk(folder: Path) -> Iterator[tuple[Path, str]]:
    """A new ext4 file system on a loop device that nobody else uses: its folder and its device."""
    if os.geteuid() != 0:
        raise NoDisk("only root may mount")
    if any(shutil.which(tool) is None for tool in TOOLS):
        raise NoDisk(f"one of {', '.join(TOOLS)} is missing")
    image, at = folder / "disk.img", folder / "disk"
    at.mkdir(parents=True)
    with image.open("wb") as file:
        file.truncate(DISK_BYTES)
    try:
        output(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image)])
        device = output(["losetup", "--find", "--show", str(image)]).strip()
    except AssertionError as error:
        raise NoDisk(str(error).strip()) from error
    try:
        yield from _mounted(device, at)
    finally:
        subprocess.run(["losetup", "--detach", device], check=False)


def _mounted(device: str, at: Path) -> Iterator[tuple[Path, str]]:
    try:
        output(["mount", "-o", "noatime", device, str(at)])
    except AssertionError as error:
        raise NoDisk(str(error).strip()) from error
    try:
        yield at, Path(device).name
    finally:
        output(["umount", str(at)])


def bytes_of_a_pickup(folder: Path) -> tuple[float, float]:
    """Ours and the least possible, per pickup: release and closure, and a checkpoint at the end."""
    with a_disk(folder) as (disk, device):
        stored: list[bytes] = []
        ours = _written(device, *_our_pickups(disk / "ours", stored))
        least = _written(device, *_bare_pickups(disk / "bare.db", stored))
    return ours / PICKUPS, least / PICKUPS


Steps = tuple[Callable[[], None], Callable[[], None]]
"""The work, and what ends it."""


def _written(device: str, work: Callable[[], None], end: Callable[[], None]) -> int:
    os.sync()
    before = _sectors(device)
    work()
    os.sync()
    written = (_sectors(device) - before) * SECTOR
    end()
    return written


def _sectors(device: str) -> int:
    stat = Path(f"/sys/block/{device}/stat").read_text(encoding="ascii")
    return int(stat.split()[SECTORS_WRITTEN])


def _our_pickups(folder: Path, stored: list[bytes]) -> Steps:
    evening = an_evening(folder, many_doors(PICKUPS), PICKUPS)
    _checkpoint(evening)

    def work() -> None:
        for text in passes(PICKUPS):
            evening.counter.scan(text)
            evening.report(ReportKind.OPENED)
        _checkpoint(evening)

    def end() -> None:
        stored.extend(_stored_by_each_commit(evening))
        assert len(stored) == 2 * PICKUPS, "every pickup must have been released and collected"
        evening.close()

    return work, end


def _stored_by_each_commit(evening: Evening) -> Iterator[bytes]:
    """An event with its hash, and the hand-over's row, which the closure writes once more."""
    rows = evening.point.edge_file.rows(
        "SELECT e.body, e.hash, h.* FROM hand_over h"
        " JOIN event e ON e.position IN (h.position, h.outcome_position) ORDER BY e.position"
    )
    for body, digest, *columns in rows:
        yield body + digest + "\x1f".join(map(str, columns)).encode()


def _checkpoint(evening: Evening) -> None:
    evening.writer._connection.execute("PRAGMA wal_checkpoint(FULL)")


def _bare_pickups(file: Path, stored: list[bytes]) -> Steps:
    connection = connect(file, "CREATE TABLE row (number INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    connection.execute("PRAGMA wal_checkpoint(FULL)")

    def work() -> None:
        for body in stored:
            connection.execute("INSERT INTO row (body) VALUES (?)", (body,))
        connection.execute("PRAGMA wal_checkpoint(FULL)")

    return work, connection.close
