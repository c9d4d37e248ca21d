"""The story's own checks can fail: each kind of damage to a finished day's books is noticed."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stack import POINT, Stack
from tests.story import checks
from tests.story.books import Books, PointBook, read_books, read_ledger
from tests.story.goods import today, write_orders
from tests.story.people import Customers

ORDERS = 8
A_CLOSURE = "SELECT min(entry) FROM ledger WHERE type = 'pickup.order.collected'"
DELETE = "DELETE FROM ledger WHERE entry = :entry"
CHANGE = """
    UPDATE ledger
    SET body = CAST(replace(CAST(body AS TEXT), '"handed":', '"handed":1') AS BLOB)
    WHERE entry = :entry
"""
DOUBLE = """
    INSERT INTO ledger (point_id, epoch, sequence, event_id, type, subject, prevhash, hash, body,
        received_ms)
    SELECT point_id, epoch, (SELECT max(sequence) + 1 FROM ledger), 'again', type, subject,
        prevhash, hash, body, received_ms
    FROM ledger WHERE entry = :entry
"""
DAMAGE = {
    "an event is deleted": (DELETE, "gap"),
    "a closure's bytes are changed": (CHANGE, "change"),
    "an event is doubled": (DOUBLE, "change"),
}
"""What is done to the ledger, and the word with which the cloud's own check finds it."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, Books]]:
    """A short day at its end, all processes stopped; one order was cancelled too late."""
    stack = Stack(tmp_path_factory.mktemp("finished"))
    try:
        yield stack, a_short_day(stack)
    finally:
        stack.close()


def a_short_day(stack: Stack) -> Books:
    day, file = today(), stack.data / "orders.csv"
    first, *others = write_orders(file, ORDERS, day)
    stack.provision(customer_seconds=1)
    stack.start()
    stack.cloud("import", str(file), "--format", "csv")
    passes = stack.passes()
    stack.await_applied(ORDERS)
    stack.cut_line()
    stack.cloud("cancel", first, "--point", POINT)
    stack.leader().goods_are_here()
    with closing(PointBook(stack.data, day)) as book:
        Customers(stack, passes, book).collect([first, *others[1:]])
    stack.join_line()
    stack.await_drained()
    stack.stop()
    return read_books(stack, passes, day)


def test_an_untouched_day_passes_every_check(finished: tuple[Stack, Books]) -> None:
    stack, books = finished
    checks.check_all(books)
    assert stack.verify_ledger()[0]


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_in_the_clouds_file_is_noticed(
    finished: tuple[Stack, Books], tmp_path: Path, what: str
) -> None:
    fault, finding = DAMAGE[what]
    stack, books = finished
    shutil.copytree(stack.data / "cloud", tmp_path / "cloud")
    with closing(sqlite3.connect(tmp_path / "cloud" / "cloud.db")) as database, database:
        (entry,) = database.execute(A_CLOSURE).fetchone()
        assert database.execute(fault, {"entry": entry}).rowcount == 1
    damaged = Stack(tmp_path)
    with pytest.raises(AssertionError):
        checks.check_all(replace(books, ledger=read_ledger(damaged)))
    whole, said = damaged.verify_ledger()
    assert (whole, finding in said) == (False, True), said


def first_closure(books: Books) -> bytes:
    return checks.closures(books)[0].body


def reworded(books: Books, pattern: bytes, words: bytes) -> Books:
    """Both sides tell of the first closure in other words, so that only its meaning is wrong."""
    true = first_closure(books)
    false = re.sub(pattern, words, true, count=1)
    assert false != true

    def told_anew(events: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return tuple(false if body == true else body for body in events)

    return replace(books, told=told_anew(books.told), ledger=told_anew(books.ledger))


def without_first_closure(books: Books) -> Books:
    gone = first_closure(books)
    return replace(books, ledger=tuple(body for body in books.ledger if body != gone))


def with_order(books: Books, **columns: object) -> Books:
    """The cloud says something else of the first order that it has as collected."""
    order_id = next(key for key, order in books.orders.items() if order["state"] == "collected")
    changed = {**books.orders[order_id], **columns}
    return replace(books, orders={**books.orders, order_id: changed})


Fault = Callable[[Books], Books]
Check = Callable[[Books], None]
FAULTS: dict[str, tuple[Check, Fault]] = {
    "an event never arrived": (
        checks.check_every_event_is_booked_once,
        lambda books: replace(books, ledger=books.ledger[:-1]),
    ),
    "an event was booked twice": (
        checks.check_every_event_is_booked_once,
        lambda books: replace(books, ledger=(*books.ledger, books.ledger[-1])),
    ),
    "the point never said that": (
        checks.check_every_event_is_booked_once,
        lambda books: replace(books, told=books.told[:-1]),
    ),
    "a link of the chain is missing": (checks.check_one_chain, without_first_closure),
    "two events changed places": (
        checks.check_one_chain,
        lambda books: replace(books, ledger=(books.ledger[1], books.ledger[0], *books.ledger[2:])),
    ),
    "a parcel was released twice": (
        checks.check_nothing_is_handed_over_twice,
        lambda books: reworded(books, rb"pickup\.order\.collected", b"pickup.order.released"),
    ),
    "a closure is missing": (checks.check_every_parcel_is_closed_once, without_first_closure),
    "a closure stands for another parcel": (
        checks.check_every_parcel_is_closed_once,
        lambda books: reworded(books, rb'"parcel_id":"[^"]+"', b'"parcel_id":"another"'),
    ),
    "a closure has no pass": (
        checks.check_passes_prove_the_closures,
        lambda books: reworded(books, rb'"pass":"[^"]+"', b'"pass":""'),
    ),
    "a piece more was handed over": (
        checks.check_quantities_are_the_orders,
        lambda books: reworded(books, rb'"handed":', b'"handed":1'),
    ),
    "the cloud thinks that it is still open": (
        checks.check_both_sides_agree_on_states,
        lambda books: with_order(books, state="open"),
    ),
    "the late cancellation is nobody's business": (
        checks.check_late_cancellations_are_conflicts,
        lambda books: with_order(books, conflicts=[]),
    ),
    "something is disputed without a reason": (
        checks.check_late_cancellations_are_conflicts,
        lambda books: with_order(books, cloud_state="open"),
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_each_check_notices_its_own_fault(finished: tuple[Stack, Books], what: str) -> None:
    check, plant = FAULTS[what]
    books = finished[1]
    check(books)
    with pytest.raises(AssertionError):
        check(plant(books))
