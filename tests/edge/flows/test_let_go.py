"""Old events leave the point when the ledger has them and the trusted floor agrees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from edge.core.event_range import KEPT, EventRange, proof_of
from edge.core.view import AnnulReason
from edge.devices.cabinet import ReportKind
from edge.flows.annul import annul
from edge.flows.let_go import LettingGo
from edge.store import floor, reconciled
from edge.store.database import Writer
from edge.store.outbox import epochs, read_events
from tests.edge.flows.evening import SIX_O_CLOCK, Evening, a_pass, an_order

AFTER_THE_EVENING = SIX_O_CLOCK + timedelta(hours=1)


@pytest.fixture
def agent(evening: Evening) -> Iterator[Writer]:
    """The agent's file, as the agent writes it."""
    writer = Writer.open(evening.folder / "sync" / "sync.db", kind="sync")
    yield writer
    writer.close()


def prove_everything(evening: Evening, agent: Writer) -> int:
    """The agent tells that the ledger has it all; how many events that are."""
    file = evening.point.edge_file
    (span,) = epochs(file)
    bodies = [row.body for row in read_events(file, span.epoch, 1, 1000, 1 << 30)]
    whole = EventRange(span.epoch, 1, len(bodies), proof_of(bodies))
    agent.call(lambda txn: reconciled.keep(txn, [whole], anew=True))
    return len(bodies)


def let_go(evening: Evening, passed: datetime | None) -> int:
    if passed is not None:
        evening.writer.call(lambda txn: floor.raise_floor(txn, passed))
    letting_go = LettingGo(evening.point)
    letting_go.look()
    count = letting_go.step()
    assert letting_go.step() == 0
    return count


def collect(evening: Evening, order_id: str) -> None:
    evening.order_here(an_order(order_id))
    evening.counter.scan(a_pass(order_id))
    evening.report(ReportKind.OPENED)


def test_after_the_retention_all_that_is_proven_leaves(evening: Evening, agent: Writer) -> None:
    collect(evening, "G1")
    count = prove_everything(evening, agent)

    assert let_go(evening, AFTER_THE_EVENING + KEPT) == count

    assert evening.told() == []
    assert evening.state("G1").value == "COLLECTED"


def test_before_that_nothing_leaves(evening: Evening, agent: Writer) -> None:
    collect(evening, "G1")
    prove_everything(evening, agent)

    assert let_go(evening, SIX_O_CLOCK + KEPT - timedelta(days=1)) == 0


def test_case_35_a_clock_that_leaps_ten_years_lets_nothing_go(
    evening: Evening, agent: Writer
) -> None:
    collect(evening, "G1")
    prove_everything(evening, agent)
    evening.clock.pass_by(10 * 365 * 86_400)

    assert let_go(evening, SIX_O_CLOCK) == 0
    assert let_go(evening, None) == 0


def test_without_a_trusted_time_nothing_leaves(evening: Evening, agent: Writer) -> None:
    collect(evening, "G1")
    prove_everything(evening, agent)

    assert let_go(evening, None) == 0


def test_a_pass_scanned_once_more_is_still_told_that_it_was_used(
    evening: Evening, agent: Writer
) -> None:
    collect(evening, "G1")
    prove_everything(evening, agent)
    let_go(evening, AFTER_THE_EVENING + KEPT)
    evening.restart()
    evening.clock.pass_by(3600)

    evening.counter.scan(a_pass("G1"))

    assert evening.doors.unlocked == []
    assert evening.state("G1").value == "COLLECTED"


def test_a_hand_over_long_past_is_not_taken_back(evening: Evening, agent: Writer) -> None:
    collect(evening, "G1")
    (_, position), *_ = evening.doors.unlocked
    prove_everything(evening, agent)
    let_go(evening, AFTER_THE_EVENING + KEPT)

    assert annul(evening.point, position, AnnulReason.WRONG_CUSTOMER) is None
    assert evening.state("G1").value == "COLLECTED"
