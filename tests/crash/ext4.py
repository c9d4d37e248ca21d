"""A card of its own: ext4 on a loop mount, whose power a test can cut.

A cut takes whatever no sync covers, dirty pages and the journal's open transaction alike; what the
card's own cache may lose is not among it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SHUTDOWN = 0x8004587D
WITHOUT_THE_JOURNAL = struct.pack("I", 2)
"""EXT4_IOC_SHUTDOWN with NOLOGFLUSH: the open transaction is dropped, too."""
CAP_SYS_ADMIN = 21
MEBIBYTES = 64


def why_no_mount() -> str | None:
    """What this machine lacks to mount a file as a disk; None if nothing."""
    if shutil.which("mkfs.ext4") is None:
        return "there is no mkfs.ext4"
    status = Path("/proc/self/status").read_text(encoding="ascii")
    capabilities = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    if not int(capabilities.split()[1], 16) >> CAP_SYS_ADMIN & 1:
        return "mounting is for root"
    found = subprocess.run(["losetup", "--find"], capture_output=True, text=True, check=False)
    if found.returncode or not Path(found.stdout.strip()).exists():
        return f"there is no loop device: {found.stderr.strip() or found.stdout.strip()}"
    return None


class Card:
    """A mounted file system; `root` is its top."""

    def __init__(self, folder: Path, mebibytes: int) -> None:
        self._image, self.root = folder / "card.img", folder / "card"
        self.root.mkdir(parents=True)
        with self._image.open("wb") as image:
            image.truncate(mebibytes << 20)
        _run("mkfs.ext4", "-q", "-F", str(self._image))

    def keep(self, source: Path) -> Path:
        """Copy a folder onto the card, for good; what was there makes room."""
        copy = self.root / "point"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy)
        _run("sync", "--file-system", str(self.root))
        return copy

    def cut_power(self, end_the_writer: Callable[[], None]) -> None:
        """Lose what is not on the card, then start again; the writer must stand still already.

        A sync under way at a cut would be answered as if all were well.
        """
        top = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.ioctl(top, SHUTDOWN, WITHOUT_THE_JOURNAL)
        finally:
            os.close(top)
        end_the_writer()
        self.unmount()
        self.mount()

    def mount(self) -> None:
        """The loop device goes with the mount."""
        _run("mount", "-t", "ext4", "-o", "loop", str(self._image), str(self.root))

    def unmount(self) -> None:
        _run("umount", str(self.root))


@contextmanager
def mounted(folder: Path, mebibytes: int = MEBIBYTES) -> Iterator[Card]:
    """A new card; nothing of it stays mounted."""
    card = Card(folder, mebibytes)
    card.mount()
    try:
        yield card
    finally:
        if card.root.is_mount():
            # Lazily, for a writer that a failed test left behind ends only later.
            _run("umount", "--lazy", str(card.root))


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{words}: {done.stderr}"
