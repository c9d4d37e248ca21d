"""A damaged edge.db is set aside whole; what its rows still say goes into a new file."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from edge.errors import FileDamaged, LogDamaged
from edge.store.connection import connect_to_ruins, connect_to_write
from edge.store.database import Writer
from edge.store.lock import ProcessLock
from edge.store.losses import Losses, keep_losses
from edge.store.migrations import SCHEMAS, migrate
from edge.store.quarantine import keep_quarantined, quarantine
from edge.store.rebuild import rebuild
from edge.store.replacement import put_in_place, replacing
from edge.store.transaction import Txn, transact


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


def _salvage(path: Path, now: datetime, damage: FileDamaged) -> None:
    lock = ProcessLock(path)
    try:
        ruin = quarantine(path)
        with replacing(path) as new:
            _rebuild(ruin, new, now, damage)
            keep_quarantined(ruin, now)
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


def _fill(txn: Txn, ruins: sqlite3.Connection, now: datetime, damage: FileDamaged) -> None:
    kept = rebuild(txn, ruins)
    # A log that ends early leaves no trace of what was in it.
    doubt = kept.doubt or isinstance(damage, LogDamaged)
    found = Losses("damaged", now.isoformat(), doubt, **asdict(kept), finding=damage.what)
    keep_losses(txn, found)
