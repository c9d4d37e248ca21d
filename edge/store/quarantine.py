"""A file that another one replaces is kept whole, for people who want to look into it."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from edge.files import sync_path


def quarantine(path: Path) -> Path:
    """Copy a file with its log, whole, into a folder of its own; the copy of the file."""
    copies = path.with_name("quarantine")
    unfinished = copies / "unfinished"
    # What an interrupted start left: else a card that fails again and again fills itself.
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    for suffix in ("-wal", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            sync_path(Path(shutil.copy2(part, unfinished / part.name)))
    sync_path(unfinished)
    return unfinished / path.name


def keep_quarantined(copy: Path, now: datetime) -> Path:
    """Give a whole copy its lasting name, once it was of use; the copy of the file."""
    name, number = f"{now:%Y%m%dT%H%M%SZ}", 1
    folder = copy.parent.with_name(name)
    while folder.exists():
        number += 1
        folder = folder.with_name(f"{name}-{number}")
    copy.parent.rename(folder)
    sync_path(folder.parent)
    return folder / copy.name
