"""Opening a file: the pragmas that durability rests on, set and read back on every connection.

Rule: no other module connects to SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import peewee

from edge.errors import ConfigError, FileDamaged, StoreBusy

FULL = 2
LOG_BYTES = 4 * 1024 * 1024
"""To this size the write-ahead log is filled at first and cut back after a checkpoint."""
PRAGMAS: Mapping[str, int | str] = {
    "busy_timeout": 5000,
    "page_size": 1024,  # before journal_mode: a file in WAL mode keeps its page size
    "journal_mode": "wal",
    "synchronous": FULL,
    "foreign_keys": 1,
    "journal_size_limit": LOG_BYTES,
    "wal_autocheckpoint": 4000,  # pages, just within LOG_BYTES: rare ones write least to a card
    "mmap_size": 0,
    "trusted_schema": 0,
    "temp_store": 2,  # memory: what SQLite sorts or writes anew leaves no copy on the card
    "secure_delete": 1,  # what is deleted, such as a name, is overwritten with zeros
}
_OF_A_CONNECTION: Mapping[str, int | str] = {
    name: value for name, value in PRAGMAS.items() if name not in {"page_size", "journal_mode"}
}
DATABASE_ERRORS = (sqlite3.DatabaseError, peewee.DatabaseError, UnicodeDecodeError)
"""The last: SQLite names a damaged schema by its own bytes, of which Python makes no text."""
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_DISK_FAILURES = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL})


def connect_to_write(path: Path) -> peewee.SqliteDatabase:
    """The one writable connection of a file, made if missing; raises ConfigError, FileDamaged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    database = _connect(path, "rw")
    with _closed_on_error(database), damage_named(path):
        _set_pragmas(database, PRAGMAS)
        check_pragmas(raw(database), path)
    return database


def connect_to_read(path: Path) -> peewee.SqliteDatabase | None:
    """A connection that cannot write, or None while its owner has not made the tables.

    Raises ConfigError, FileDamaged, and StoreBusy where the file may not be opened now.
    """
    try:
        database = _connect(path, "ro")
        with _closed_on_error(database), damage_named(path):
            _set_pragmas(database, _OF_A_CONNECTION)
            if read_version(database) > 0:
                check_pragmas(raw(database), path)
                return database
    except (peewee.OperationalError, sqlite3.OperationalError) as error:
        _refuse_if_there(path, error)
        return None
    database.close()
    return None


def connect_to_ruins(path: Path) -> sqlite3.Connection:
    """A connection to a damaged file, which it leaves as it is; text may be any bytes."""
    ruins = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    ruins.text_factory = lambda raw_text: raw_text.decode("utf-8", "replace")
    return ruins


def _connect(path: Path, mode: str) -> peewee.SqliteDatabase:
    database = peewee.SqliteDatabase(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        autoconnect=False,
        thread_safe=False,  # one connection, handed from the opening thread to its only user
        check_same_thread=False,
    )
    database.connect()
    return database


def _set_pragmas(database: peewee.SqliteDatabase, pragmas: Mapping[str, int | str]) -> None:
    for name, value in pragmas.items():
        raw(database).execute(f"PRAGMA {name} = {value}")


@contextmanager
def _closed_on_error(database: peewee.SqliteDatabase) -> Iterator[None]:
    try:
        yield
    except BaseException:
        database.close()
        raise


def _refuse_if_there(path: Path, error: Exception) -> None:
    """A file that went away while it was being opened is missing; any other reason is an error."""
    if path.exists():
        raise StoreBusy(
            f"{path} cannot be read now: {error}.",
            "Check that this user may read the file and write its directory.",
        ) from error


def read_version(database: peewee.SqliteDatabase) -> int:
    """The number of the schema in the file; 0 means that no table was ever made."""
    return int(raw(database).execute("PRAGMA user_version").fetchone()[0])


def raw(database: peewee.SqliteDatabase) -> sqlite3.Connection:
    """The driver's connection beneath peewee's: for SQL text without peewee's cost."""
    connection: sqlite3.Connection = database.connection()  # type: ignore[no-untyped-call] # stub
    return connection


def check_pragmas(connection: sqlite3.Connection, path: Path) -> None:
    """Read every pragma back; raises ConfigError on the first that does not hold."""
    for name, wanted in PRAGMAS.items():
        row = connection.execute(f"PRAGMA {name}").fetchone()
        actual = row[0] if row is not None else 0  # a build without mmap answers nothing
        if actual != wanted:
            raise ConfigError(
                f"{path}: {name} is {actual}, but hand-overs are only safe with {wanted}.",
                "Another program changed the file or its connection: stop that program, move the"
                " file aside and start again; what the cloud knows comes back by itself.",
            )


def check_pages(connection: sqlite3.Connection, path: Path) -> None:
    """SQLite's own check, of every index too, for they find the orders; raises FileDamaged."""
    with damage_named(path):
        finding = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if finding != "ok":
        raise damaged(path, finding)


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn SQLite's "malformed" and "not a database" into FileDamaged; the rest passes."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise_if_damaged(path, error)
        raise


def raise_if_damaged(path: Path, error: Exception) -> None:
    """Raise FileDamaged where the error means that the file itself is damaged."""
    if isinstance(error, UnicodeDecodeError) or _primary_code(error) in _DAMAGE:
        raise damaged(path, str(error)) from error


def disk_failed(error: Exception) -> bool:
    """Whether the disk could not be read or written, or is full."""
    return _primary_code(error) in _DISK_FAILURES


def _primary_code(error: Exception) -> int:
    # peewee wraps the driver's error, which alone carries the code.
    original = getattr(error, "orig", error)
    code: int = getattr(original, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


def damaged(path: Path, finding: str, kind: type[FileDamaged] = FileDamaged) -> FileDamaged:
    """The error of a file that is not as it was left."""
    return kind(
        f"{path} is damaged: {finding}.",
        "Nothing was changed. Move the file and its -wal and -shm aside, keep them, and start"
        " again; orders come back from the cloud.",
    )
