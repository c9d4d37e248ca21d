"""The daily question: what the ledger proves to hold is told to the kiosk, nothing else is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from edge.clock import SystemClock
from edge.core.event_range import KEPT
from edge.core.events import Event, EventType, Origin
from edge.store import inbox, reconciled
from edge.store.database import Reader, Writer
from edge.store.outbox import Outbox, Settled
from sync.__main__ import Pace
from sync.agent.line import Line
from sync.agent.parking import Parking
from sync.agent.reconciliation import DAY_SECONDS, RETRY_SECONDS, Reconciliation
from sync.contract.reconciliation import LedgerRange
from sync.https import Failed
from sync.reconciling import Asked, Reconciled
from tests.brokers import RunningBroker
from tests.sync.systems import whole_system

MONDAY = "00000000000000a1"
OLD = int(KEPT.total_seconds())
Spoil = Callable[[LedgerRange], LedgerRange]


class Day:
    """An agent's reconciliation; a test answers for the cloud."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self.kiosk = Writer.open(folder / "edge.db", kind="edge")
        self.agent = Writer.open(folder / "sync.db", kind="sync")
        self.edge = Reader.open(folder / "edge.db", kind="edge")
        self.asked: list[Asked] = []
        self.line = Line(self.agent, self.clock.now)
        self.outbox = Outbox(Origin("bamboo-3", MONDAY, simulated=True))
        self.kiosk.call(lambda txn: self.outbox.begin_epoch(txn, self.clock.now()))
        self.reconciliation = Reconciliation(
            edge=self.edge,
            writer=self.agent,
            line=self.line,
            parking=Parking(self.agent, self.clock.now, lambda: None),
            ask=self.asked.append,
            random=Random(1),
            first_seconds=0.0,
        )

    def happen(self, events: int) -> None:
        event, moment = Event(EventType.POINT_STARTED, None, {}), self.clock.now()
        self.kiosk.call(lambda txn: [self.outbox.append(txn, event, moment) for _ in range(events)])
        self.agent.call(lambda txn: inbox.merge_settled(txn, MONDAY, Settled(events)))

    def answer(self, seconds: float, spoil: Spoil = lambda found: found, age: int = OLD) -> None:
        """The ledger holds what was asked last, unless something is spoilt."""
        asked = self.asked[-1]
        found = [spoil(LedgerRange(one, one.count, age)) for one in asked]
        self.reconciliation.take(Reconciled(asked, tuple(found)), seconds)

    def proven(self) -> list[tuple[int, int]]:
        return [(one.first, one.last) for one in self.agent.call(reconciled.proven)]

    def trouble(self) -> str | None:
        self.line.write()
        return self.agent.call(inbox.link).trouble

    def close(self) -> None:
        self.kiosk.close()
        self.agent.close()
        self.edge.close()


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    day = Day(tmp_path)
    yield day
    day.close()


def test_what_the_ledger_holds_for_long_is_told_once_a_day(day: Day) -> None:
    day.happen(70)
    day.reconciliation.step(0.0)
    day.answer(1.0)

    assert day.proven() == [(1, 50), (51, 70)]
    day.reconciliation.step(DAY_SECONDS / 2)
    assert len(day.asked) == 1
    day.reconciliation.step(2 * DAY_SECONDS)
    assert len(day.asked) == 2


def test_what_came_lately_is_not_told(day: Day) -> None:
    day.happen(3)
    day.reconciliation.step(0.0)

    day.answer(1.0, age=OLD - 1)

    assert (day.proven(), day.trouble()) == ([], None)


def lacks_one(found: LedgerRange) -> LedgerRange:
    return replace(found, count=found.count - 1)


def has_other_bytes(found: LedgerRange) -> LedgerRange:
    return replace(found, held=replace(found.held, proof=bytes(32)))


@pytest.mark.parametrize("spoil", [lacks_one, has_other_bytes])
def test_a_ledger_that_differs_is_trouble_and_proves_nothing(day: Day, spoil: Spoil) -> None:
    day.happen(3)
    day.reconciliation.step(0.0)

    day.answer(1.0, spoil)

    assert (day.proven(), day.trouble()) == ([], "ledger_differs")
    day.reconciliation.step(2 * DAY_SECONDS)
    day.answer(2 * DAY_SECONDS + 1)
    assert (day.proven(), day.trouble()) == ([(1, 3)], None)


def test_a_cloud_that_does_not_answer_is_asked_again_later(day: Day) -> None:
    day.happen(3)
    day.reconciliation.step(0.0)

    failed = Failed(None, "The cloud is not reached.")
    day.reconciliation.take(Reconciled(day.asked[-1], failed), 1.0)

    day.reconciliation.step(RETRY_SECONDS / 4)
    assert len(day.asked) == 1
    day.reconciliation.step(2 * RETRY_SECONDS)
    assert len(day.asked) == 2


def test_a_new_round_forgets_what_the_last_one_told(day: Day) -> None:
    day.happen(3)
    day.reconciliation.step(0.0)
    day.answer(1.0)
    day.reconciliation.step(2 * DAY_SECONDS)

    day.answer(2 * DAY_SECONDS + 1, lacks_one)

    assert day.proven() == []


def test_a_round_without_a_question_forgets_it_too(day: Day) -> None:
    day.happen(3)
    day.reconciliation.step(0.0)
    day.answer(1.0)
    day.agent.call(lambda txn: txn.execute("DELETE FROM settled"))

    day.reconciliation.step(2 * DAY_SECONDS)

    assert (len(day.asked), day.proven()) == (1, [])


def test_what_is_not_settled_is_not_asked_about(day: Day) -> None:
    day.happen(3)
    day.agent.call(lambda txn: txn.execute("DELETE FROM settled"))

    day.reconciliation.step(0.0)

    assert day.asked == []


def test_the_running_cloud_proves_to_the_running_agent_what_came_long_ago(
    broker: RunningBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with whole_system(broker, tmp_path) as system:
        epoch = system.point.begin_epoch()
        system.point.happen(60)
        system.point.start()
        system.point.until_settled(epoch, 60)
        system.point.stop()
        with sqlite3.connect(broker.folder / "cloud" / "cloud.db") as ledger:
            ms = int((KEPT + timedelta(hours=1)).total_seconds() * 1000)
            ledger.execute("UPDATE ledger SET received_ms = received_ms - ?", (ms,))
        ledger.close()

        system.point.pace = Pace(reconcile_after=0.0)
        system.point.start()
        system.point.until(lambda: len(system.point.proven()) == 2)

        told = [(one.epoch, one.first, one.last) for one in system.point.proven()]
        assert told == [(epoch, 1, 50), (epoch, 51, 60)]
