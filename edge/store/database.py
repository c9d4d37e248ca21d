"""Writer: the one writing thread and connection of a file. Reader: everybody else's view of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar, cast

import peewee

from edge.errors import CommitUnknown, FileDamaged, StoreBusy
from edge.store.connection import (
    DATABASE_ERRORS,
    check_pages,
    connect_to_read,
    connect_to_write,
    raise_if_damaged,
    raw,
)
from edge.store.in_place import InPlace
from edge.store.lock import ProcessLock
from edge.store.log_check import check_log
from edge.store.log_file import PIECE_BYTES, fill_log
from edge.store.migrations import SCHEMAS, Kind, Schema, migrate
from edge.store.reader import Reader
from edge.store.shredding import shred
from edge.store.transaction import Source, Txn, transact

__all__ = ["Kind", "Reader", "Source", "Txn", "Writer"]

T = TypeVar("T")
PATIENCE_SECONDS = 10.0
SHREDDING_SECONDS = 120.0
"""A slow card takes its time for a whole file; nobody at the door waits for this."""
_Work = Callable[[peewee.SqliteDatabase], object]


class _Job:
    """One piece of work on its way to the writing thread and back."""

    __slots__ = ("claim", "done", "error", "late", "result", "verdict", "work")

    def __init__(self, work: _Work, late: Callable[[Any], None] | None) -> None:
        self.work = work
        self.late = late
        self.result: object = None
        self.error: BaseException | None = None
        # Bare locks: the first to take `claim` decides whether the work runs at all, the first
        # to take `verdict` whether its caller still hears of it, and `done` is let go when it
        # has run. An Event costs several times as much.
        self.claim = threading.Lock()
        self.verdict = threading.Lock()
        self.done = threading.Lock()
        self.done.acquire()


class Writer:
    """The one thread that writes a file: callers hand it work and wait with a deadline."""

    def __init__(self, path: Path, schema: Schema) -> None:
        self.path = path
        self.patience = PATIENCE_SECONDS
        """How long `call` waits where it is not told."""
        self.on_commit: Callable[[], None] | None = None
        """Called on the writing thread after each commit; must be quick and must not raise."""
        self.on_unknown: Callable[[CommitUnknown], None] | None = None
        """Called on the writing thread when a commit failed, before anybody is told."""
        self.on_damage: Callable[[FileDamaged], None] | None = None
        """Called on the writing thread when the file turns out to be damaged, likewise."""
        self._lock = ProcessLock(path)
        try:
            self._database = _open_checked(path, schema)
            self._connection = raw(self._database)
            # A read-only connection that outlives the writing one keeps -wal and -shm for others.
            self._keeper = connect_to_read(path)
            self._in_place = InPlace(path)
        except BaseException:
            self._lock.release()
            raise
        self._closed = False
        self._refusal: CommitUnknown | None = None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=f"write {path.name}", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: Path, *, kind: Kind) -> Writer:
        """Lock, check, migrate; raises AlreadyRunning, StoreCorrupt, ConfigError."""
        return cls(path, SCHEMAS[kind])

    def call(
        self,
        work: Callable[[Txn], T],
        *,
        timeout: float | None = None,
        late: Callable[[T], None] | None = None,
    ) -> T:
        """Run `work` in one transaction and return what it returns once that is on disk.

        An exception in `work` rolls back and is raised here. Raises CommitUnknown when the
        commit failed (and from then on always), StoreBusy after `timeout` seconds. What is
        committed after that goes to `late`, on the writing thread; it must not raise.
        """
        job = _Job(lambda database: transact(database, work), late)
        return cast(T, self._wait_for(job, self.patience if timeout is None else timeout))

    def shred(self) -> bool:
        """Rid the file and its log of all that was deleted; False where that has to be repeated.

        Whoever wants to write meanwhile ends it, or waits for its end. Raises as `call` does,
        OSError, and what SQLite raises; then the file is as it was.
        """
        job = _Job(lambda database: shred(database, self._is_waited_for), None)
        try:
            return bool(self._wait_for(job, SHREDDING_SECONDS))
        finally:
            fill_log(self.path, PIECE_BYTES)

    def _is_waited_for(self) -> bool:
        return not self._jobs.empty()

    def _wait_for(self, job: _Job, timeout: float) -> object:
        if threading.get_ident() == self._thread.ident:
            raise RuntimeError("the writing thread cannot wait for itself: pass on the Txn")
        if not self._thread.is_alive():
            raise StoreBusy(f"{self.path.name} is closed.", "Start the program again.")
        self._jobs.put(job)
        if not job.done.acquire(timeout=timeout):
            self._give_up(job)
        if job.error is not None:
            raise job.error
        return job.result

    @property
    def is_writing(self) -> bool:
        """Whether work that is handed in can still be committed."""
        return self._thread.is_alive() and self._refusal is None and self._in_place.holds()

    def close(self) -> None:
        """Finish what is queued, then close: writing connection first, so that -wal stays."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        self._thread.join()
        self._database.close()
        if self._keeper is not None:
            self._keeper.close()
        self._lock.release()

    def _give_up(self, job: _Job) -> None:
        """Raise StoreBusy, unless the work was done at the last moment."""
        if job.claim.acquire(blocking=False):
            raise StoreBusy(
                f"{self.path.name} was busy for too long; nothing was written.",
                "Try again; if this repeats, the card is slow or failing.",
            )
        if job.verdict.acquire(blocking=False):
            raise StoreBusy(
                f"{self.path.name} is still writing; what was asked for may yet be recorded.",
                "Look again before repeating; if this repeats, the card is slow or failing.",
            )
        job.done.acquire()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.claim.acquire(blocking=False):
                before = self._connection.total_changes
                self._perform(job)
                changed = job.error is None and self._connection.total_changes != before
                _answer(job)
                if changed and self.on_commit is not None:
                    self.on_commit()

    def _perform(self, job: _Job) -> None:
        try:
            job.result = self._do(job.work)
        except BaseException as error:  # noqa: BLE001 - whoever asked is told, whatever it was
            job.error = error
            if isinstance(error, FileDamaged) and self.on_damage is not None:
                self.on_damage(error)

    def _do(self, work: _Work) -> object:
        if self._refusal is not None:
            raise CommitUnknown(self._refusal.what, self._refusal.remedy)
        try:
            result = work(self._database)
            self._must_be_in_place()
        except CommitUnknown as unknown:
            self._refusal = unknown
            if self.on_unknown is not None:
                self.on_unknown(unknown)
            raise
        except DATABASE_ERRORS as error:
            raise_if_damaged(self.path, error)
            raise
        return result

    def _must_be_in_place(self) -> None:
        try:
            self._in_place.must_hold()
        except CommitUnknown:
            with suppress(*DATABASE_ERRORS):
                # What a log without a name holds is saved into its file, if that is still one.
                self._connection.execute("PRAGMA wal_checkpoint")
            raise


def _answer(job: _Job) -> None:
    """Wake the caller, or where it has gone, tell who cleans up behind it."""
    if job.verdict.acquire(blocking=False):
        job.done.release()
    elif job.error is None and job.late is not None:
        job.late(job.result)


def _open_checked(path: Path, schema: Schema) -> peewee.SqliteDatabase:
    check_log(path)
    database = connect_to_write(path)
    try:
        check_pages(raw(database), path)
        migrate(database, path, schema)
        fill_log(path)
    except BaseException:
        database.close()
        raise
    return database
