"""A program for tests that trace or break system calls: `evening.py FILE COMMAND N`.

Commands: prepare, hand-over, keep; shred, which then hands over; checkpoint, which empties the log
behind each hand-over. Prints one line for each shredding and hand-over: what it returned, or the
name of the error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from edge.core.order import OrderRef
from edge.errors import PointError
from edge.store import inbox, journal, orders
from edge.store.connection import DATABASE_ERRORS, raw
from edge.store.database import Txn, Writer
from edge.store.outbox import Outbox
from tests.edge.store.samples import ORIGIN, event, moment, one_parcel_order


def prepare(writer: Writer, count: int) -> None:
    """As many orders, all with goods at the counter."""

    def work(txn: Txn) -> None:
        Outbox(ORIGIN).begin_epoch(txn, moment())
        for n in range(count):
            orders.upsert(txn, one_parcel_order(f"A{n}"), change=n)

    writer.call(work)


def keep(writer: Writer, size: int) -> None:
    """One document, in one transaction."""
    document = inbox.Document("rules", 1, bytes(size))
    writer.call(lambda txn: inbox.keep_document(txn, document))


def look(writer: Writer, order_id: str) -> None:
    """A transaction that only reads."""
    writer.call(lambda txn: journal.find(txn, OrderRef("fresh-coop", order_id)))


def hand_over(writer: Writer, order_id: str) -> int:
    """Find, record, commit."""

    def work(txn: Txn) -> int:
        view = journal.find(txn, OrderRef("fresh-coop", order_id))
        assert view is not None
        position = Outbox(ORIGIN).append(txn, event(order_id), moment())
        journal.release(txn, position, view.parcels[0].key, "counter", "A", "pass", moment())
        return position

    return writer.call(work)


def look_and_hand_over(writer: Writer, order_id: str) -> int:
    """As at the door."""
    look(writer, order_id)
    return hand_over(writer, order_id)


def try_to(work: Callable[[], object]) -> None:
    """Say what it returned, or the name of its error."""
    try:
        say(work())
    except (PointError, *DATABASE_ERRORS) as error:
        say(type(error).__name__)


def say(word: object) -> None:
    """One line on standard output, at once."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    path, what, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    writer = Writer.open(path, kind="edge")
    if what == "prepare":
        prepare(writer, count)
    elif what == "keep":
        keep(writer, count)
    else:
        if what == "shred":
            try_to(writer.shred)
        if what == "checkpoint":
            raw(writer._database).execute("PRAGMA wal_autocheckpoint = 1")
        for n in range(count):
            try_to(partial(look_and_hand_over, writer, f"A{n}"))
    writer.close()


if __name__ == "__main__":
    main()
