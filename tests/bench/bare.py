"""The least that could be done: the design's own rows by bare sqlite3, one signature check."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.store.log_file import fill_log
from tests.bench.measure import timed

PRAGMAS = (
    "PRAGMA page_size=1024",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA wal_autocheckpoint=4000",
)
TABLES = """
CREATE TABLE event (position INTEGER PRIMARY KEY, body BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TABLE hand_over (
    position INTEGER PRIMARY KEY, parcel_key INTEGER NOT NULL, place TEXT NOT NULL,
    trust TEXT NOT NULL, method TEXT NOT NULL, released_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL, reopens INTEGER NOT NULL, checksum INTEGER NOT NULL);
CREATE UNIQUE INDEX hand_over_once ON hand_over (parcel_key);
"""


def connect(file: Path, tables: str) -> sqlite3.Connection:
    """As durable as ours, with the log's room made ahead as ours is; nothing else."""
    # A paho callback runs on another thread than the one that connects, and alone.
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    connection.executescript(tables)
    fill_log(file)
    return connection


class BareCommit:
    """One commit of an event and a hand-over with one Ed25519 check before it."""

    def __init__(self, file: Path, body: bytes) -> None:
        self._connection = connect(file, TABLES)
        self._body, self._position = body, 0
        key = Ed25519PrivateKey.generate()
        self._message = body[:120]
        self._public, self._signature = key.public_key(), key.sign(self._message)
        self._hash = hashlib.sha256(body).digest()
        self.timed = timed(self)

    def __call__(self) -> None:
        self._public.verify(self._signature, self._message)
        self._position += 1
        n, run = self._position, self._connection.execute
        run("BEGIN IMMEDIATE")
        run("INSERT INTO event VALUES (?, ?, ?)", (n, self._body, self._hash))
        row = (n, n, "17", "A", "pass", 1_800_000_000_000, 1, 0, 123456789)
        run("INSERT INTO hand_over VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        run("COMMIT")

    def close(self) -> None:
        self._connection.close()
