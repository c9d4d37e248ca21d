"""A cloud in a SQLite file: the only module that knows SQLite."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import quote

from peewee import Database, DatabaseError, InterfaceError, OperationalError, SqliteDatabase

from edge.errors import AlreadyRunning

WRITER_PRAGMAS = (
    ("journal_mode", "wal"),
    ("synchronous", "full"),
    ("foreign_keys", 1),
    ("busy_timeout", 5000),
    ("mmap_size", 0),
    ("trusted_schema", 0),
)


_Name = tuple[int, int]


def _name(path: Path) -> _Name | None:
    """Device and inode: which file this is, None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """One file, with its lock beside it."""

    path: Path
    option: ClassVar[str] = "--data"
    remedy: ClassVar[str] = "Restore it from a backup if this stays."

    def __str__(self) -> str:
        return str(self.path)

    def write_side(self) -> SqliteWriteSide:
        return SqliteWriteSide(self.path)

    def reader(self) -> Database:
        uri = f"file:{quote(str(self.path.resolve()))}?mode=ro"
        return SqliteDatabase(uri, uri=True, pragmas=(("busy_timeout", 5000), ("mmap_size", 0)))

    def exists(self, _reader: Database) -> bool:
        return self.path.exists()

    def version(self, database: Database) -> int:
        rows = database.execute_sql("PRAGMA user_version")  # type: ignore[no-untyped-call] # peewee's stub leaves it untyped
        return int(rows.fetchone()[0])

    def set_version(self, database: Database, version: int) -> None:
        database.execute_sql(f"PRAGMA user_version = {version}")  # type: ignore[no-untyped-call] # peewee's stub leaves it untyped


class SqliteWriteSide:
    """The writable connection; the lock is taken with the first one and kept through all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: FileLock | None = None
        self._log_path = path.with_name(f"{path.name}-wal")
        self._file: _Name | None = None
        self._log: _Name | None = None
        self.database: Database = SqliteDatabase(
            str(path), pragmas=WRITER_PRAGMAS, autoconnect=False
        )

    def connect(self) -> None:
        self._lock = self._lock or FileLock.take(self._path.with_suffix(".lock"))
        self._must_be_in_place()
        self.database.connect(reuse_if_open=True)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        # A deferred transaction that turns to writing fails at once beside another writer.
        with self.database.atomic("IMMEDIATE"):
            if self._log is None:
                self._log = _name(self._log_path)
            yield
        # Rows in a file that was taken away are in no file that anybody finds again.
        self._must_be_in_place()

    def disconnect(self) -> None:
        self.database.close()
        # The last connection takes the log with it.
        self._log = None

    def _must_be_in_place(self) -> None:
        self._file = self._file or _name(self._path)
        is_log = self._log is None or _name(self._log_path) == self._log
        if _name(self._path) != self._file or not is_log:
            with suppress(DatabaseError, InterfaceError):
                # What a log without a name holds is saved into its file, if that is still one.
                self.database.execute_sql("PRAGMA wal_checkpoint")  # type: ignore[no-untyped-call] # peewee's stub leaves it untyped
            raise OperationalError(f"{self._path}, or its -wal, was taken away or replaced")

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()


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
