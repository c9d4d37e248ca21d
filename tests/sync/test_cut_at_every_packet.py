"""The line to the broker is cut behind each packet of a session, up and down, in three ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.brokers import RunningBroker
from tests.sync.cutting_line import Cut, CuttingLine, How, cutting_line
from tests.sync.systems import WholeSystem, whole_system

EVENTS = 8
"""So many at once go as a batch; a few more follow alone."""
UNCONFIRMED_SECONDS = 31.0
"""A little longer than a broker may take to confirm a message."""
PATIENCE = 20


class Sessions:
    """One session of the agent after the other, each with something to tell."""

    def __init__(self, system: WholeSystem, line: CuttingLine) -> None:
        self._system, self._line = system, line
        self._epoch = system.point.begin_epoch()
        self.events = 0

    def run(self, cut: Cut | None) -> None:
        """Start the agent, be cut off once, and get everything settled all the same."""
        self._line.arm(cut)
        self._happen(EVENTS)
        self._system.point.start()
        self._await_settled()
        while self._line.is_armed:
            self._happen(1)
            self._await_settled()
        self._system.point.stop()

    def packets(self) -> dict[str, int]:
        """How many packets an undisturbed session takes, each way."""
        self.run(None)
        return dict(self._line.passed)

    def must_all_be_in_the_ledger_once(self) -> None:
        """In their order, and the chain whole."""
        expected = [(self._epoch, sequence) for sequence in range(1, self.events + 1)]
        assert self._system.ledger() == expected
        assert self._system.chain_is_whole()

    def _happen(self, events: int) -> None:
        self._system.point.happen(events)
        self.events += events

    def _await_settled(self) -> None:
        """A line that fell silent is found out by the clock alone, which is helped along."""
        point = self._system.point
        for _ in range(PATIENCE):
            with suppress(AssertionError):
                point.until(self._is_settled, 2.0)
                return
            point.clock.leap(UNCONFIRMED_SECONDS)
        raise AssertionError(f"not settled: {point.link()} {point.settled()}")

    def _is_settled(self) -> bool:
        settled = self._system.point.settled().get(self._epoch)
        return settled is not None and settled.through == self.events


@pytest.fixture
def sessions(broker: RunningBroker, tmp_path: Path) -> Iterator[Sessions]:
    with (
        cutting_line(broker.port) as line,
        whole_system(broker, tmp_path, by_port=line.port) as system,
    ):
        yield Sessions(system, line)


def run_all(sessions: Sessions, cuts: Sequence[Cut]) -> None:
    for cut in cuts:
        try:
            sessions.run(cut)
        except AssertionError as error:
            raise AssertionError(f"{cut}: {error}") from error
    sessions.must_all_be_in_the_ledger_once()


def test_a_batch_that_is_torn_and_an_ack_that_never_comes_lose_nothing(sessions: Sessions) -> None:
    run_all(sessions, [Cut("up", 4, How.TORN), Cut("down", 4, How.RESET)])
    assert sessions.events >= 2 * EVENTS


@pytest.mark.slow
@pytest.mark.parametrize("how", How)
def test_cut_behind_any_packet_the_ledger_has_each_event_once(sessions: Sessions, how: How) -> None:
    counts = sessions.packets()
    cuts = [Cut(way, number, how) for way, count in counts.items() for number in range(count)]
    assert {"up", "down"} == counts.keys()
    assert len(cuts) >= 12
    run_all(sessions, cuts)
