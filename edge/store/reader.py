"""Reading a file that somebody else writes: it may be missing, empty, replaced or restarted."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import peewee

from edge.store.connection import connect_to_read, damage_named, raw, read_version
from edge.store.migrations import SCHEMAS, Kind, Schema, newer
from edge.store.transaction import Row, Source, Value

_Identity = tuple[int, int, int | None]


class _Nothing:
    """What there is to read while there is nothing yet."""

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:  # noqa: ARG002 - a Source
        """No rows, whatever was asked."""
        return []

    def snapshot(self) -> AbstractContextManager[Source]:
        """Nothing stays nothing."""
        return nullcontext(self)


NOTHING: Source = _Nothing()


class _Snapshot:
    """One read transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows of one SELECT."""
        return self._connection.execute(sql, parameters).fetchall()

    def snapshot(self) -> AbstractContextManager[Source]:
        """This one."""
        return nullcontext(self)


class Reader:
    """A read-only connection: locked inside, without a transaction between calls.

    One per file and process is enough. A missing file, or one without tables, is "nothing yet".
    """

    def __init__(self, path: Path, schema: Schema) -> None:
        self._path = path
        self._name = str(path)
        self._schema = schema
        self._lock = threading.Lock()
        self._database: peewee.SqliteDatabase | None = None
        self._identity: _Identity | None = None
        self._openings = 0
        self._seen: tuple[int, int] | None = None

    @classmethod
    def open(cls, path: Path, *, kind: Kind) -> Reader:
        """A reader of a file that need not be there yet."""
        return cls(path, SCHEMAS[kind])

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows of one SELECT, as one snapshot."""
        with self._lock, damage_named(self._path):
            database = self._current()
            return [] if database is None else _Snapshot(raw(database)).rows(sql, parameters)

    @contextmanager
    def snapshot(self) -> Iterator[Source]:
        """Several SELECTs that see one and the same state; keep it short."""
        with self._lock, damage_named(self._path):
            database = self._current()
            if database is None:
                yield NOTHING
                return
            connection = raw(database)
            connection.execute("BEGIN")
            try:
                yield _Snapshot(connection)
            finally:
                connection.execute("ROLLBACK")

    def changed(self) -> bool:
        """Whether, since last asked, something was committed or the file came or was replaced."""
        with self._lock, damage_named(self._path):
            before, self._seen = self._seen, self._version_now()
        return self._seen != before

    def close(self) -> None:
        """Let go of the file; close the same file's Writer first."""
        with self._lock:
            self._forget()

    def _version_now(self) -> tuple[int, int] | None:
        database = self._current()
        if database is None:
            return None
        data_version = raw(database).execute("PRAGMA data_version").fetchone()[0]
        return (self._openings, data_version)

    def _current(self) -> peewee.SqliteDatabase | None:
        if self._database is not None and _identity(self._name) == self._identity:
            return self._database
        self._forget()
        if self._path.exists():
            self._open()
        return self._database

    def _open(self) -> None:
        database = connect_to_read(self._path)
        if database is None:
            return
        version = read_version(database)
        if version != self._schema.version:
            database.close()
            if version > self._schema.version:
                raise newer(self._path, version, self._schema.version)
            return  # its owner has not taken it forward yet
        self._database = database
        self._identity = _identity(self._name)
        self._openings += 1

    def _forget(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = self._identity = None


def _identity(path: str) -> _Identity | None:
    """Which file this is, and which shared memory its users meet in."""
    # Asked twenty times a second by every process: os.stat costs a fraction of Path.stat.
    try:
        status = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return None
    try:
        shared = os.stat(f"{path}-shm").st_ino  # noqa: PTH116
    except FileNotFoundError:
        shared = None
    return (status.st_dev, status.st_ino, shared)
