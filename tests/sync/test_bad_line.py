"""Two seconds each way, and three connections of ten end early: it takes longer, no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.relay import Faults
from tests.brokers import RunningBroker
from tests.sync.systems import WholeSystem, whole_system

BAD = Faults(delay=2.0, reset_share=0.3)
ROUNDS, EVENTS = 6, 15
PATIENCE = 150.0


@pytest.fixture
def system(broker: RunningBroker, tmp_path: Path) -> Iterator[WholeSystem]:
    with whole_system(broker, tmp_path) as system:
        for line in (system.broker_line, system.https_line):
            line.fault(BAD)
        yield system


@pytest.mark.slow
def test_on_a_slow_line_that_breaks_again_and_again_every_event_arrives_once(
    system: WholeSystem,
) -> None:
    point = system.point
    epoch = point.begin_epoch()
    for done in range(1, ROUNDS + 1):
        # Every start makes new connections, of which some end early.
        point.start()
        point.happen(EVENTS)
        point.until_settled(epoch, done * EVENTS, PATIENCE)
        point.stop()

    assert system.ledger() == [(epoch, n) for n in range(1, ROUNDS * EVENTS + 1)]
    assert system.chain_is_whole()
