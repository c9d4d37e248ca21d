"""The agent's one loop: reports come in by one queue, the kiosk's file is looked at, timers run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol, assert_never

from edge.core.command import is_command
from edge.core.parked import ParkedFrom
from edge.core.topics import parse_topic
from edge.core.trouble import Trouble
from edge.errors import MalformedMessage, PointError
from sync.agent.commands import Commands
from sync.agent.events import Events
from sync.agent.forgetting import Forgetting
from sync.agent.line import Line
from sync.agent.orders import Orders
from sync.agent.parking import Parking
from sync.agent.reconciliation import Reconciliation
from sync.agent.second_device import SecondDevice
from sync.contract import decode_hint
from sync.detour import Posted
from sync.downlink import Pulled
from sync.mqtt import Confirmed, Down, Link, Message, Report, Up
from sync.reconciling import Reconciled

log = logging.getLogger(__name__)

POLL_SECONDS = 0.07
"""Between two looks at the kiosk's file; a look costs microseconds."""
ROUND_SECONDS = 0.25
"""Between two looks at the timers while nothing happens."""
REPORTS_PER_TURN = 1000
NO_COMMAND = "These bytes are no signed command."


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody wants the agent to end."""


AgentReport = Report | Pulled | Posted | Reconciled | Stop


class Thread(Protocol):
    """Something that works beside the loop."""

    def start(self) -> None:
        """Begin."""

    def is_alive(self) -> bool:
        """False when it died or hangs: the process must end."""


class ThreadEnded(PointError, RuntimeError):
    """A thread that should run for ever has ended or hangs."""


class Agent:
    """Ties the parts together; `run` returns after a Stop, and raises if a part died."""

    def __init__(  # noqa: PLR0913 - each of its parts, by name
        self,
        *,
        reports: SimpleQueue[AgentReport],
        link: Link,
        askers: Mapping[str, Thread],
        orders: Orders,
        events: Events,
        commands: Commands,
        reconciliation: Reconciliation,
        forgetting: Forgetting,
        parking: Parking,
        line: Line,
        seconds: Callable[[], float],
    ) -> None:
        self._reports = reports
        self._link = link
        self._askers = askers
        self._orders = orders
        self._events = events
        self._commands = commands
        self._reconciliation = reconciliation
        self._forgetting = forgetting
        self._parking = parking
        self._line = line
        self._seconds = seconds
        self._second_device = SecondDevice()
        self._last_down = ""
        self._round_at = 0.0

    def run(self) -> None:
        """Work until a Stop is reported."""
        for asker in self._askers.values():
            asker.start()
        self._link.start()
        try:
            while self._turn():
                pass
            self._events.down(refused=False)
            self._events.flush()
            self._parking.flush()
            self._line.write()
        finally:
            self._link.close()

    def _turn(self) -> bool:
        heard = False
        for report in self._new_reports():
            if isinstance(report, Stop):
                return False
            self._take(report)
            heard = True
        seconds = self._seconds()
        if self._events.has_news(seconds) or heard or seconds >= self._round_at:
            self._round_at = seconds + ROUND_SECONDS
            self._round(seconds)
        return True

    def _round(self, seconds: float) -> None:
        self._commands.write()
        self._commands.grant(seconds)
        self._orders.step(seconds)
        challenge = self._commands.challenge(seconds)
        if challenge is not None:
            self._events.greet(challenge)
        is_shared = self._second_device.is_there(seconds)
        self._line.trouble("our name", Trouble.SECOND_DEVICE if is_shared else None)
        self._events.step(seconds)
        self._events.write(seconds)
        self._reconciliation.step(seconds)
        self._forgetting.step(seconds)
        self._parking.write(seconds)
        self._line.write()
        self._check_threads()

    def _new_reports(self) -> Iterator[AgentReport]:
        try:
            yield self._reports.get(timeout=POLL_SECONDS)
            for _ in range(REPORTS_PER_TURN):
                yield self._reports.get_nowait()
        except Empty:
            return

    def _take(self, report: Report | Pulled | Posted | Reconciled) -> None:
        match report:
            case Up():
                log.info("broker_connected")
                self._last_down = ""
                self._second_device.up(self._seconds())
                self._events.up(report, self._seconds())
            case Down():
                self._say_down(report)
                self._second_device.down(self._seconds(), pushed_off=report.pushed_off)
                self._events.down(refused=report.refused, trouble=report.trouble)
            case Confirmed():
                self._events.confirmed(report)
            case Message():
                self._hear(report)
            case Pulled():
                self._orders.take(report, self._seconds())
            case Posted():
                self._events.posted(report, self._seconds())
            case Reconciled():
                self._reconciliation.take(report, self._seconds())
            case _:
                assert_never(report)

    def _say_down(self, down: Down) -> None:
        # While the line is away every attempt fails alike: say each reason once.
        if down.reason != self._last_down:
            log.info("broker_away", extra={"why": down.reason})
        self._last_down = down.reason

    def _hear(self, message: Message) -> None:
        parsed = parse_topic(message.topic)
        if parsed is not None and parsed[2] == "down/command":
            # Retained ones, too: the kiosk says to the cloud that it was tried.
            self._commands.heard(message.payload, retained=message.retained)
            if not is_command(message.payload):
                self._parking.park(ParkedFrom.COMMAND, NO_COMMAND, message.payload)
        if parsed is not None and parsed[2] == "down/ack":
            self._events.acknowledged(message.payload, retained=message.retained)
        elif parsed is not None and parsed[2] == "down/hint":
            self._hinted(message.payload, retained=message.retained)

    def _hinted(self, payload: bytes, *, retained: bool) -> None:
        try:
            hint = decode_hint(payload)
        except MalformedMessage as error:
            self._parking.park(ParkedFrom.HINT, error.what, payload)
            return
        if retained:
            # Nobody knows how old it is.
            return
        if hint.want_challenge:
            self._commands.wanted(self._seconds())
        if hint.second_device:
            self._second_device.told()
        self._orders.hinted(hint, self._seconds())

    def _check_threads(self) -> None:
        for part, thread in {"broker": self._link, **self._askers}.items():
            if not thread.is_alive():
                raise ThreadEnded(
                    f"The thread that talks to the {part} ended or hangs.",
                    "The process ends so that it is started afresh; nothing is lost.",
                )
