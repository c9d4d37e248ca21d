"""What lies beside a file and holds what it held: set aside by a migration, a damage, a restore."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from edge.files import sync_path


def forget_copies(path: Path, made_until: datetime | None = None) -> int:
    """Delete what was set aside until then, or all of it; how many files and folders that were."""
    gone = [copy for copy in _copies(path) if made_until is None or _made_at(copy) <= made_until]
    for copy in gone:
        if copy.is_dir():
            shutil.rmtree(copy)
        else:
            copy.unlink()
    for folder in {copy.parent for copy in gone}:
        sync_path(folder)
    return len(gone)


def date_back(path: Path, now: datetime) -> None:
    """What a wrong clock set aside, in a time to come, counts as set aside now."""
    for copy in _copies(path):
        if _made_at(copy) > now:
            os.utime(copy, (now.timestamp(), now.timestamp()))


def _copies(path: Path) -> list[Path]:
    names = (f"{path.name}.v*", f"{path.name}.damaged*", "quarantine/*")
    return [copy for name in names for copy in path.parent.glob(name)]


def _made_at(copy: Path) -> datetime:
    return datetime.fromtimestamp(copy.stat().st_mtime, UTC)
