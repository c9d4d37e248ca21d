"""The cloud's database: one thread writes, everybody else reads.

Rule: one thread owns the one connection that can write; all others can only read. Which kind
of database it is, its driver knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Self, TypeVar

from peewee import Database, DataError, IntegrityError, ProgrammingError

from edge.errors import AlreadyRunning, ConfigError, PointError, StoreBusy, StoreCorrupt
from sync.cloud.drivers.port import DATABASE_ERRORS, Driver, reason
from sync.cloud.migrations import bring_up_to_date

OUR_MISTAKES = (IntegrityError, DataError, ProgrammingError)
"""What wrong SQL or wrong values raise; every other database error speaks of disk, line or lock."""

T = TypeVar("T")


class Store:
    """The database with its lock and its writing thread."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._write_side = driver.write_side()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cloud-writer")
        self.reader = driver.reader()

    @classmethod
    def open(cls, driver: Driver) -> Self:
        """Lock, connect and migrate; what is not there yet is made."""
        store = cls(driver)
        try:
            store._thread.submit(store._prepare).result()
        except DATABASE_ERRORS as error:
            store.close()
            raise _unreadable(driver, error) from error
        except PointError:
            store.close()
            raise
        return store

    def write(self, work: Callable[[Database], T], *, timeout: float = 30.0) -> T:
        """Run `work` inside one transaction on the writing thread; what it raises rolls back.

        StoreBusy: the database took nothing, or nobody knows; the same work may be tried again.
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
        self._thread.submit(self._write_side.disconnect).result()
        self._thread.shutdown()
        self.reader.close()
        self._write_side.release()

    def _transact(self, work: Callable[[Database], T]) -> T:
        # After a failed commit the connection is not trusted again: the next work gets a new one.
        try:
            self._write_side.connect()
            with self._write_side.transaction():
                return work(self._write_side.database)
        except OUR_MISTAKES:
            raise
        except AlreadyRunning as error:
            raise StoreBusy(error.what, error.remedy) from error
        except DATABASE_ERRORS as error:
            self._write_side.disconnect()
            raise StoreBusy(
                f"The cloud's database took nothing ({reason(error)}).",
                f"Look at the disk and at who else holds {self._driver}; then try again.",
            ) from error

    def _prepare(self) -> None:
        self._write_side.connect()
        with self._write_side.transaction():
            bring_up_to_date(self._driver, self._write_side.database)


@contextmanager
def reading(driver: Driver) -> Iterator[Database]:
    """A reading connection for a tool; ConfigError where there is no cloud yet."""
    database = driver.reader()
    try:
        if not driver.exists(database):
            raise ConfigError(
                f"There is no cloud in {driver}.",
                f"Add a point with 'pickup-cloud point add', or name the right {driver.option}.",
            )
        yield database
    except DATABASE_ERRORS as error:
        raise _unreadable(driver, error) from error
    finally:
        database.close()


def _unreadable(driver: Driver, error: Exception) -> StoreCorrupt:
    return StoreCorrupt(f"{driver} cannot be read ({reason(error)}).", driver.remedy)
