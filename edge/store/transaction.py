"""The one way to write: BEGIN IMMEDIATE, the work, COMMIT; and the value that stands for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NoReturn, Protocol, TypeVar

import peewee

from edge.errors import CommitUnknown
from edge.store.connection import DATABASE_ERRORS, disk_failed, raw

T = TypeVar("T")
Row = tuple[Any, ...]
Value = int | str | bytes | None


class Source(Protocol):
    """Something that can be read: an open transaction, or a reader's snapshot."""

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows of one SELECT."""

    def snapshot(self) -> AbstractContextManager[Source]:
        """Several SELECTs that see one and the same state; keep it short."""


class Txn:
    """The open transaction: everything that writes takes it, so nothing can write outside one."""

    __slots__ = ("database", "execute")

    def __init__(self, database: peewee.SqliteDatabase, connection: sqlite3.Connection) -> None:
        self.database = database
        self.execute: Callable[..., sqlite3.Cursor] = connection.execute

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows of one SELECT."""
        return self.execute(sql, parameters).fetchall()

    def snapshot(self) -> AbstractContextManager[Source]:
        """A transaction is a snapshot already."""
        return nullcontext(self)

    def end(self) -> None:
        """From here on this value is good for nothing."""
        self.execute = _ended


def _ended(*_: object) -> NoReturn:
    raise RuntimeError("this transaction has ended; nothing can be written through it")


def transact(database: peewee.SqliteDatabase, work: Callable[[Txn], T]) -> T:
    """BEGIN IMMEDIATE, `work`, COMMIT; what `work` raises rolls back and goes on.

    Raises CommitUnknown where the commit or the disk fails: the rows may be on disk, or not.
    """
    connection = raw(database)
    try:
        connection.execute("BEGIN IMMEDIATE")
        result = _within(connection, Txn(database, connection), work)
    except DATABASE_ERRORS as error:
        if disk_failed(error):
            raise _unknown(error) from error
        raise
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise _unknown(error) from error
    return result


def _within(connection: sqlite3.Connection, txn: Txn, work: Callable[[Txn], T]) -> T:
    try:
        return work(txn)
    except BaseException:
        # After some errors SQLite has rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        txn.end()


def _unknown(error: Exception) -> CommitUnknown:
    return CommitUnknown(
        f"The file could not confirm what was written ({error}): it may or may not be on disk.",
        "Nothing was opened. The program must restart and read what the disk says;"
        " if this repeats, free disk space or replace the card.",
    )
