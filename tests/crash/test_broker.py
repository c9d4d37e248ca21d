"""The broker is killed at each of its own sends and writes while events pass through it."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.crash.busy_point import MOST_BURSTS, BusyPoint
from tests.stack import wait_until

CALL = re.compile(r"^\d+ +(\w+)\((\d*)", re.MULTILINE)
LOG = "2"
"""Standard error: of no consequence to anybody."""


class DyingBroker:
    """The point's broker, traced from its first call on; strace's -D leaves it the test's child."""

    def __init__(self, point: BusyPoint) -> None:
        self._point, self._stack = point, point.stack
        self._log = self._stack.data / "log" / "broker-calls"

    def calls(self) -> list[tuple[str, int]]:
        """What it says to anybody and how it writes its file, until a burst is settled."""
        self._start("trace=write,fsync,rename")
        self.burst()
        self._point.await_settled()
        wait_until(lambda: "rename(" in self._calls(), "its file written")
        self._stack.kill("broker")
        made: Counter[str] = Counter()
        found = []
        for call, file in CALL.findall(self._calls()):
            made[call] += 1
            if file != LOG:
                found.append((call, made[call]))
        return found

    def die_at(self, call: str, number: int) -> None:
        """Start it to be killed at this call, and go on handing over until it was."""
        with suppress(AssertionError):
            # It may be dead before anybody has seen that it serves.
            self._start(f"trace={call}", f"inject={call}:signal=KILL:when={number}")
        for _ in range(MOST_BURSTS):
            if self._stack.has_ended_within("broker", 2.0):
                break
            self.burst()
        assert self._calls().endswith("+++ killed by SIGKILL +++\n")

    def burst(self) -> None:
        """Customers come, and the broker writes its file, as it does once a minute."""
        self._point.burst()
        if self._stack.is_running("broker"):
            os.kill(self._stack.pid("broker"), signal.SIGUSR1)

    def _calls(self) -> str:
        return self._log.read_text(encoding="ascii")

    def _start(self, *expressions: str) -> None:
        options = [word for expression in expressions for word in ("-e", expression)]
        words = ["strace", "-D", "-f", "-q", "-o", str(self._log), *options]
        self._stack.start("broker", prefix={"broker": words})


@pytest.fixture
def broker(point: BusyPoint) -> Iterator[DyingBroker]:
    point.stack.kill("broker")
    yield DyingBroker(point)
    point.stack.kill("broker")


@pytest.mark.slow
def test_a_broker_killed_at_any_send_or_write_of_its_own_costs_no_event(
    point: BusyPoint, broker: DyingBroker
) -> None:
    point.start("cloud")
    point.start("agent")
    calls = broker.calls()
    assert {"write", "fsync", "rename"} == {call for call, _ in calls}
    for call, number in calls:
        broker.die_at(call, number)
    point.stack.start("broker")
    point.burst()
    point.await_settled()
    assert len(calls) >= 15
    assert point.must_be_in_the_ledger_once() > 6 * len(calls)
