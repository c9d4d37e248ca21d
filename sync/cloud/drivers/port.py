"""What a kind of database has to do for the store."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar, Protocol

from peewee import Database, DatabaseError, InterfaceError

DATABASE_ERRORS = (DatabaseError, InterfaceError)
"""Everything that peewee raises for a driver."""


class WriteSide(Protocol):
    """The one connection that writes, and the lock that keeps it the only one.

    All but `release` is called on the thread that writes.
    """

    database: Database

    def connect(self) -> None:
        """Be connected, behind the lock; AlreadyRunning while another process holds it."""

    def transaction(self) -> AbstractContextManager[object]:
        """One writing transaction on the connection."""

    def disconnect(self) -> None:
        """Give the connection up: after a failure nobody trusts it, and the next is a new one."""

    def release(self) -> None:
        """Let the lock go, where it did not go with the connection."""


class Driver(Protocol):
    """One place that can hold a cloud; as text it names that place, and no secret."""

    option: ClassVar[str]
    """The option of the command line that chooses another place."""
    remedy: ClassVar[str]
    """What to do when what is there cannot be used."""

    def write_side(self) -> WriteSide:
        """What writes there; nothing is connected yet."""

    def reader(self) -> Database:
        """Connections, one per thread, that can only read."""

    def exists(self, reader: Database) -> bool:
        """Whether somebody has made a cloud there."""

    def version(self, database: Database) -> int:
        """How far the tables there have been brought; 0 where there are none."""

    def set_version(self, database: Database, version: int) -> None:
        """Note it, inside the transaction that brought them there."""


def reason(error: Exception) -> str:
    """What a driver says, in one line."""
    return next(iter(str(error).splitlines()), type(error).__name__)
