"""Somebody reads the point's file and does not let go of it."""

import sqlite3

from edge.flows.counter import ScanOutcome
from edge.flows.health import Status, Subsystem, read, subsystems
from edge.store import inbox
from edge.store.connection import LOG_BYTES
from edge.store.log_file import log_bytes
from tests.edge.flows.evening import Evening, a_pass, an_order

HALF_A_MEGABYTE = bytes(500_000)


def store(evening: Evening) -> Subsystem:
    return subsystems(evening.point, read(evening.point))["store"]


def write_megabytes(evening: Evening, count: int) -> None:
    for change in range(2 * count):
        document = inbox.Document("rules", change, HALF_A_MEGABYTE)
        evening.writer.call(lambda txn, kept=document: inbox.keep_document(txn, kept))  # type: ignore[misc] # the loop's own


def test_case_12_a_reader_that_never_ends_stops_no_hand_over_and_is_said(evening: Evening) -> None:
    for order_id in ("A-1", "B-2"):
        evening.order_here(an_order(order_id))
    file = evening.writer.path
    reader = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    reader.execute("BEGIN")
    seen = reader.execute("SELECT count(*) FROM event").fetchone()
    assert store(evening).status is Status.OK

    write_megabytes(evening, 10)

    assert evening.counter.scan(a_pass("A-1")).outcome is ScanOutcome.RELEASED
    assert reader.execute("SELECT count(*) FROM event").fetchone() == seen
    assert (log_bytes(file) > 2 * LOG_BYTES, store(evening).status) == (True, Status.DEGRADED)

    reader.close()
    write_megabytes(evening, 1)

    assert evening.counter.scan(a_pass("B-2")).outcome is ScanOutcome.RELEASED
    assert (log_bytes(file), store(evening).status) == (LOG_BYTES, Status.OK)
