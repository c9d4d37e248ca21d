"""A damaged edge.db is set aside whole; what its rows still say goes into a new file.

Rule: the old file stays where it is until the new one is whole on disk, so that a power cut at
any moment only makes the next start begin again.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from edge.errors import FileDamaged
from edge.store.connection import connect_to_ruins, connect_to_write
from edge.store.database import Writer
from edge.store.durable import sync_path
from edge.store.lock import ProcessLock
from edge.store.migrations import SCHEMAS, migrate
from edge.store.rebuild import rebuild
from edge.store.tables import DocumentRow
from edge.store.transaction import Source, Txn, transact

NOTE = "salvaged"
"""The document that says what was lost."""


@dataclass(frozen=True, slots=True)
class Losses:
    """What a file lacks: rows kept and lost by table, and events as (epoch, first, last).

    `cause` is damaged, restored or rolled_back; `doubt`: whether a hand-over may be among it;
    `until`: the last day whose goods may have been here; `told`: whether the cloud was told.
    """

    cause: str
    found_at: str
    doubt: bool
    kept: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)
    events: list[tuple[str, int, int]] = field(default_factory=list)
    finding: str = ""
    until: str | None = None
    told: bool = False


def open_or_salvage(path: Path, now: datetime) -> Writer:
    """The writer of edge.db: where that is damaged, of what could be salvaged.

    Raises AlreadyRunning, ConfigError, StoreCorrupt like Writer.open.
    """
    put_in_place(path)
    try:
        return Writer.open(path, kind="edge")
    except FileDamaged as damage:
        _salvage(path, now, damage)
    return Writer.open(path, kind="edge")


def losses(source: Source) -> Losses | None:
    """What the file's past lost, if it did."""
    rows = source.rows("SELECT body FROM document WHERE name = ?", (NOTE,))
    if not rows:
        return None
    told = json.loads(rows[0][0])
    return Losses(**{**told, "events": [tuple(lost) for lost in told["events"]]})


def keep_losses(txn: Txn, found: Losses) -> None:
    """Note in the file itself what its past lost: whoever starts on it must tell it."""
    body = json.dumps(asdict(found)).encode()
    row = DocumentRow.insert(name=NOTE, change=0, body=body)
    row.on_conflict_replace().execute(txn.database)


def replacement(path: Path) -> Path:
    """Where a file that is to take the place of this one lies once it is whole."""
    return path.with_name(f"{path.name}.replacement")


def put_in_place(path: Path) -> None:
    """Finish what a start before this one may have begun: the replacement takes its place."""
    ready = replacement(path)
    if not ready.exists():
        return
    lock = ProcessLock(path)
    try:
        path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
        path.with_name(f"{path.name}-wal").unlink(missing_ok=True)
        ready.replace(path)
        sync_path(path.parent)
    finally:
        lock.release()


def quarantine(path: Path, now: datetime) -> Path:
    """Copy a file with its log, whole, into a folder of its own; the copy of the file."""
    folder = path.with_name("quarantine") / f"{now:%Y%m%dT%H%M%SZ}"
    number = 1
    while folder.exists():
        number += 1
        folder = folder.with_name(f"{now:%Y%m%dT%H%M%SZ}-{number}")
    folder.mkdir(parents=True, mode=0o700)
    for suffix in ("-wal", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            sync_path(Path(shutil.copy2(part, folder / part.name)))
    sync_path(folder)
    return folder / path.name


def _salvage(path: Path, now: datetime, damage: FileDamaged) -> None:
    lock = ProcessLock(path)
    try:
        ruin = quarantine(path, now)
        unfinished = path.with_name(f"{path.name}.unfinished")
        for suffix in ("", "-wal", "-shm"):
            unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)
        _rebuild(ruin, unfinished, now, damage)
        unfinished.replace(replacement(path))
        sync_path(path.parent)
    finally:
        lock.release()
    put_in_place(path)


def _rebuild(ruin: Path, new: Path, now: datetime, damage: FileDamaged) -> None:
    ruins = connect_to_ruins(ruin)
    database = connect_to_write(new)
    try:
        migrate(database, new, SCHEMAS["edge"])
        transact(database, lambda txn: _fill(txn, ruins, now, damage))
    finally:
        ruins.close()
        # The last connection to a file takes its log into it.
        database.close()
    sync_path(new)


def _fill(txn: Txn, ruins: sqlite3.Connection, now: datetime, damage: FileDamaged) -> None:
    kept = rebuild(txn, ruins)
    # A log that ends early leaves no trace of what was in it.
    doubt = kept.doubt or "write-ahead log" in damage.what
    found = Losses("damaged", now.isoformat(), doubt, **asdict(kept), finding=damage.what)
    keep_losses(txn, found)
