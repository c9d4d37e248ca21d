"""The cloud's SQLite file: the only module that knows it is SQLite.

Rule: one thread owns the one writable connection; everybody else reads with `mode=ro`.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import quote

from peewee import (
    Database,
    DatabaseError,
    DataError,
    IntegrityError,
    Model,
    ProgrammingError,
    SqliteDatabase,
)

from edge.errors import AlreadyRunning, ConfigError, StoreBusy, StoreCorrupt
from sync.cloud import tables
from sync.cloud.changes import CHANGE, GENERATION

SCHEMA_VERSION = 2
WRITER_PRAGMAS = (
    ("journal_mode", "wal"),
    ("synchronous", "full"),
    ("foreign_keys", 1),
    ("busy_timeout", 5000),
    ("mmap_size", 0),
    ("trusted_schema", 0),
)

OUR_MISTAKES = (IntegrityError, DataError, ProgrammingError)
"""What wrong SQL or wrong values raise; every other database error speaks of disk or lock."""

T = TypeVar("T")


class FileLock:
    """One process of a kind per data directory, held as long as the process lives."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> Self:
        """Take it, or raise AlreadyRunning."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise AlreadyRunning(
                f"Another pickup-cloud works on {path.parent}.",
                "Stop it first, or name another --data.",
            ) from error
        return cls(descriptor)

    def release(self) -> None:
        """Give it back."""
        os.close(self._descriptor)


class Store:
    """The database with its lock and its writing thread."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self._lock = lock
        self._writer = SqliteDatabase(str(path), pragmas=WRITER_PRAGMAS, autoconnect=False)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cloud-writer")
        self.reader = open_reader(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Lock, open and migrate the file, made if it is not there."""
        lock = FileLock.take(path.with_suffix(".lock"))
        store = cls(path, lock)
        try:
            store._thread.submit(store._prepare, path).result()
        except DatabaseError as error:
            store.close()
            raise _unreadable(path, error) from error
        except StoreCorrupt:
            store.close()
            raise
        return store

    def write(self, work: Callable[[Database], T], *, timeout: float = 30.0) -> T:
        """Run `work` inside one transaction on the writing thread; what it raises rolls back.

        StoreBusy: the disk took nothing, or nobody knows; the same work may be tried again.
        """
        future = self._thread.submit(self._transact, work)
        if not wait({future}, timeout).done:
            raise StoreBusy(
                "The cloud's database did not take the change in time.",
                "Try again; if it stays so, look at the disk.",
            )
        return future.result()

    def close(self) -> None:
        """Finish what was submitted, then close."""
        self._thread.submit(self._writer.close).result()
        self._thread.shutdown()
        self.reader.close()
        self._lock.release()

    def _transact(self, work: Callable[[Database], T]) -> T:
        # After a failed commit the connection is not trusted again: the next work gets a new one.
        self._writer.connect(reuse_if_open=True)
        try:
            with self._writer.atomic("IMMEDIATE"):
                return work(self._writer)
        except OUR_MISTAKES:
            raise
        except DatabaseError as error:
            self._writer.close()
            raise StoreBusy(
                f"The cloud's database took nothing ({error}).",
                "Look at the disk, and at who else holds the file; then try again.",
            ) from error

    def _prepare(self, path: Path) -> None:
        self._writer.connect()
        if self._writer.user_version > SCHEMA_VERSION:
            raise StoreCorrupt(
                f"{path} was written by a newer version of this software.",
                "Upgrade, or name another --data.",
            )
        with self._writer.atomic("IMMEDIATE"):
            if self._writer.user_version < 1:
                _make_tables(self._writer, tables.ALL)
                _set_facts(self._writer)
            elif self._writer.user_version < 2:
                _make_tables(self._writer, (tables.Platform,))
            self._writer.user_version = SCHEMA_VERSION


def open_reader(path: Path) -> Database:
    """Connections, one per thread, that can only read."""
    uri = f"file:{quote(str(path.resolve()))}?mode=ro"
    return SqliteDatabase(uri, uri=True, pragmas=(("busy_timeout", 5000), ("mmap_size", 0)))


@contextmanager
def reading(path: Path) -> Iterator[Database]:
    """A reading connection for a tool; ConfigError where there is no cloud yet."""
    if not path.exists():
        raise ConfigError(
            f"There is no cloud in {path.parent.parent}.",
            "Add a point with 'pickup-cloud point add', or name the right --data.",
        )
    database = open_reader(path)
    try:
        yield database
    except DatabaseError as error:
        raise _unreadable(path, error) from error
    finally:
        database.close()


def _unreadable(path: Path, error: DatabaseError) -> StoreCorrupt:
    return StoreCorrupt(
        f"{path} cannot be read ({error}).", "Restore it from a backup if this stays."
    )


def _make_tables(database: Database, models: Sequence[type[Model]]) -> None:
    with database.bind_ctx(models, bind_refs=False, bind_backrefs=False):
        for table in models:
            table.create_table()


def _set_facts(database: Database) -> None:
    for name, value in ((GENERATION, secrets.token_hex(8)), (CHANGE, "0")):
        tables.Fact.insert(name=name, value=value).execute(database)
