"""The broker's way is blocked while HTTPS works: events go that way, in order, and once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.__main__ import Pace
from tests.brokers import RunningBroker
from tests.sync.systems import WholeSystem, whole_system


@pytest.fixture
def system(
    broker: RunningBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[WholeSystem]:
    with whole_system(broker, tmp_path) as system:
        system.point.pace = Pace(stalled_seconds=2.0)
        yield system


def test_a_broker_that_cannot_be_reached_is_passed_by_over_https(system: WholeSystem) -> None:
    system.broker_line.cut()
    epoch = system.point.begin_epoch()
    system.point.happen(120)
    system.point.start()
    system.point.until_settled(epoch, 120)
    assert system.ledger() == [(epoch, n) for n in range(1, 121)]
    assert system.chain_is_whole()
    assert system.point.link().trouble == "broker_blocked"


def test_after_https_the_broker_s_way_is_taken_again(system: WholeSystem) -> None:
    system.broker_line.cut()
    epoch = system.point.begin_epoch()
    system.point.happen(10)
    system.point.start()
    system.point.until_settled(epoch, 10)
    system.broker_line.heal()
    system.point.until(lambda: system.point.link().trouble is None)
    system.https_line.cut()
    system.point.happen(10)
    system.point.until_settled(epoch, 20)
    assert system.ledger() == [(epoch, n) for n in range(1, 21)]


def test_case_25_an_acl_that_takes_the_write_right_away_costs_nothing_and_is_said(
    system: WholeSystem,
) -> None:
    epoch = system.point.begin_epoch()
    system.point.happen(3)
    system.point.start()
    system.point.until_settled(epoch, 3)
    acl = system.broker.acl.read_text(encoding="utf-8")
    silenced = acl.replace("%u/up/#", "%u/up/presence")
    system.broker.kill()
    system.broker.acl.write_text(silenced, encoding="utf-8")
    system.broker.start()
    # Each connection ends with the broker's first no, so nobody can wait for one that stands.
    system.point.until(lambda: system.point.link().trouble == "events_refused")
    system.point.happen(7)
    system.point.until_settled(epoch, 10)
    assert system.ledger() == [(epoch, n) for n in range(1, 11)]
    assert system.chain_is_whole()
