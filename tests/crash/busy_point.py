"""A point that hands over while its agent and its cloud are killed, with a real broker between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from edge.core.order import Size, Zone
from edge.core.places import Place, PlaceKind
from edge.devices.cabinet import ReportKind
from edge.store import inbox
from edge.store.database import Reader
from edge.store.outbox import Settled, epochs
from tests.crash.forked_stack import must_hold_each_event_once
from tests.crash.processes import KILLED, Child, Starter, Trace
from tests.edge.flows.evening import Evening, a_pass, an_order
from tests.stack import Stack, answers, wait_until

OTHER = {"agent": "cloud", "cloud": "agent"}
CALLS = ("pwrite64", "fdatasync", "fsync", "sendto")
DOORS = [Place(str(n), PlaceKind.DOOR, Size.S, Zone.AMBIENT, n, 1) for n in (1, 2, 3)]
BURSTS_TO_A_RESTART = 8
MOST_BURSTS, SECONDS_TO_SETTLE = 20, 1.0
"""A part that makes fewer calls than it did when they were counted gets more to do."""
LONGEST_WAY = 150.0
"""Seconds; an event whose ack was lost goes again after sixty."""
Programs = dict[str, tuple[str, ...]]


class BusyPoint:
    """Its kiosk is the test itself; agent and cloud are processes."""

    def __init__(self, stack: Stack, starter: Starter) -> None:
        self.stack, self._starter = stack, starter
        stack.provision()
        for name, value in (
            ("orders_url", f'"{stack.cloud_url}"'),
            ("broker_port", str(stack.base + 2)),
            ("pull_seconds", "600"),
        ):
            stack.set_setting(name, value)
        data = ("--data", str(stack.data))
        ports = ("--port", str(stack.base + 1), "--broker-port", str(stack.base + 2))
        self._words: Programs = {
            "agent": ("pickup-sync", "serve", *data),
            "cloud": ("pickup-cloud", "serve", *data, *ports),
        }
        self._numbers, self._traces = count(1), count(1)
        self.evening = Evening(stack.data, DOORS)
        stack.start("broker")

    def close(self) -> None:
        self.evening.close()
        self.stack.close()

    def start(self, part: str) -> Child:
        """Start the agent or the cloud."""
        child = self._starter.start(*self._words[part])
        if part == "cloud":
            wait_until(lambda: answers(self.stack.base + 1), "the cloud serving")
        return child

    @contextmanager
    def disturbed(self, part: str, call: str, how: str) -> Iterator[tuple[Child, Trace]]:
        """Start a part of which a call fails in some way, from its first instruction on."""
        child = self._starter.start(*self._words[part], held=True)
        with Trace(child.pid, self._log(), [call], f"{call}:{how}") as trace:
            child.go()
            yield child, trace

    def burst(self) -> None:
        """Three customers, six events; now and then the kiosk has just started again."""
        for door in DOORS:
            number = next(self._numbers)
            if number % (BURSTS_TO_A_RESTART * len(DOORS)) == 0:
                self.evening.restart()
            self.evening.order_here(an_order(f"A{number}"))
            self.evening.counter.scan(a_pass(f"A{number}"))
            self.evening.report(ReportKind.OPENED)
            assert self.evening.doors.unlocked[-1][0] in {door.place_id for door in DOORS}

    def calls_of(self, part: str) -> list[tuple[str, int]]:
        """Every call of this part from an ordinary start until a burst is settled."""
        self.burst()
        first = self.start(part)
        self.await_settled()
        first.kill()
        self.burst()
        child = self._starter.start(*self._words[part], held=True)
        with Trace(child.pid, self._log(), CALLS) as trace:
            child.go()
            self.await_settled()
        child.kill()
        most = trace.most_of_one_thread()
        return [(call, number) for call, times in most.items() for number in range(1, times + 1)]

    def kill_at(self, part: str, call: str, number: int) -> None:
        """Start a part that is killed at this call, and go on handing over until it was."""
        self.burst()
        with self.disturbed(part, call, f"signal=KILL:when={number}") as (child, _):
            for _ in range(MOST_BURSTS):
                if child.has_ended_within(SECONDS_TO_SETTLE):
                    break
                self.burst()
            assert child.code is not None, f"{part} never came to {call} {number}"
        assert child.code == KILLED, f"{part} ended by itself at {call} {number}: {child.said}"

    def bear(self, part: str, call: str, how: str) -> int | None:
        """A part comes to a failing call, and everything goes up once the disk is well again.

        What the part ended with, None where it went on.
        """
        self.burst()
        with self.disturbed(part, call, how) as (child, trace):
            for _ in range(MOST_BURSTS):
                if child.has_ended_within(SECONDS_TO_SETTLE / 2) or trace.injected:
                    break
                self.burst()
        assert trace.injected, f"{part} never came to {call} {how}"
        wait_until(
            lambda: child.code is not None or self._is_settled(), f"an end of {part}", LONGEST_WAY
        )
        code = child.code
        if code is not None:
            child = self.start(part)
            self.await_settled()
        child.kill()
        return code

    def await_settled(self) -> None:
        """Wait until the agent has on file that the cloud has everything."""
        wait_until(self._is_settled, "everything settled", LONGEST_WAY)

    def must_be_in_the_ledger_once(self) -> int:
        """Every event of the point, in its bytes, exactly once; how many those are."""
        return must_hold_each_event_once(self.stack, self._edge_file)

    @property
    def _edge_file(self) -> Reader:
        return self.evening.point.edge_file

    def _expected(self) -> dict[str, Settled]:
        return {span.epoch: Settled(span.last) for span in epochs(self._edge_file)}

    def _is_settled(self) -> bool:
        return self.evening.point.sync_file.ask(inbox.settled) == self._expected()

    def _log(self) -> Path:
        return self.stack.data / "log" / f"calls-{next(self._traces)}"
