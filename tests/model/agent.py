"""The real agent's turn of the loop on simulated lines; its threads are the run's own steps."""

from __future__ import annotations

from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import cast

from edge.core.trouble import Trouble
from edge.errors import MalformedMessage
from edge.store import commands as stored
from edge.store.database import Reader, Writer
from sync.agent import Agent, AgentReport
from sync.agent.commands import Commands
from sync.agent.events import Events, HttpsWay
from sync.agent.forgetting import Forgetting
from sync.agent.line import Line
from sync.agent.orders import Orders
from sync.agent.parking import Parking
from sync.agent.reconciliation import Reconciliation
from sync.contract import decode_ack, decode_page
from sync.detour import Posted
from sync.downlink import Answer, Gone, Pulled
from sync.https import Failed
from sync.mqtt import Confirmed, Connection, Down, Link, Message, Up
from sync.uplink import STALLED_SECONDS, Post, Unposted
from tests.model.clock import MachineClock
from tests.model.network import Letter, PointLine


class _Alive:
    """A thread that never ends, because there is none."""

    def start(self) -> None:
        """It needs no start."""

    def is_alive(self) -> bool:
        return True


class SimulatedAgent:
    """One start of the agent; `asked` holds pulls that wait for an answer."""

    def __init__(
        self, folder: Path, point_id: str, clock: MachineClock, events: type[Events]
    ) -> None:
        self._clock = clock
        self._writer = Writer.open(folder / "sync" / "sync.db", kind="sync")
        self._edge = Reader.open(folder / "edge" / "edge.db", kind="edge")
        self.asked: list[str | None] = []
        self.posts: list[Post] = []
        self.line: PointLine | None = None
        line = Line(self._writer, clock.now)
        forgetting = Forgetting(edge=self._edge, writer=self._writer)
        parking = Parking(self._writer, clock.now, forgetting.passed)
        self.events = events(
            point_id=point_id,
            version="model",
            edge=self._edge,
            writer=self._writer,
            now=clock.now,
            line=line,
            parking=parking,
            https=HttpsWay(self.posts.append, STALLED_SECONDS),
        )
        orders = Orders(
            writer=self._writer,
            now=clock.now,
            passed=forgetting.passed,
            line=line,
            parking=parking,
            ask=self.asked.append,
            pull_seconds=60.0,
            random=Random(7),
        )
        reports: SimpleQueue[AgentReport] = SimpleQueue()
        self._agent = Agent(
            reports=reports,
            link=cast(Link, _Alive()),
            askers={"orders API": _Alive()},
            orders=orders,
            events=self.events,
            commands=Commands(
                self._writer,
                self._edge,
                {stored.RESYNC: orders.start_over, stored.PULL: orders.pull_now},
            ),
            # Nobody answers: what is let go of is no matter of this model.
            reconciliation=Reconciliation(
                edge=self._edge,
                writer=self._writer,
                line=line,
                parking=parking,
                ask=lambda _asked: None,
                random=Random(7),
            ),
            forgetting=forgetting,
            parking=parking,
            line=line,
            seconds=clock.seconds,
        )

    def turn(self) -> None:
        """One turn of its loop."""
        if self.line is not None and not self.line.up:
            self.disconnect()
        self.events.has_news(self._clock.seconds())
        self._agent._round(self._clock.seconds())

    def connect(self) -> None:
        self.disconnect()
        self.line = PointLine()
        connection = cast(Connection, self.line)
        self._agent._take(Up(connection, False, 65_535, None))

    def disconnect(self) -> None:
        if self.line is not None:
            self.line.up = False
            self.line = None
            self._agent._take(Down("The line was cut."))

    def puback(self, mid: int) -> None:
        """The broker says that it has a message."""
        self._agent._take(Confirmed(cast(Connection, self.line), mid, True, "Success"))

    def hear(self, letter: Letter) -> None:
        """Something came from the cloud; or from whoever reaches the broker."""
        connection = cast(Connection, self.line)
        self._agent._take(Message(connection, letter.topic, letter.payload, 1, 1, False, False))

    def answered(self, status: int, body: bytes) -> None:
        """The pull that waits gets this answer; status 0: nobody answers."""
        since = self.asked.pop(0)
        self._agent._take(Pulled(since, _answer(status, body)))

    def posted(self, ack: bytes | None) -> None:
        """The post that waits gets this answer; None: nobody answers."""
        post = self.posts.pop(0)
        answer = Unposted(refused=False) if ack is None else decode_ack(ack)
        self._agent._take(Posted(post.ticket, answer, "Nobody answers." if ack is None else None))

    def close(self) -> None:
        """It ends, at whatever instruction; what is not in its file is forgotten."""
        if self.line is not None:
            self.line.up = False
        self._writer.close()
        self._edge.close()


def _answer(status: int, body: bytes) -> Answer:
    if status == 410:
        return Gone()
    try:
        return decode_page(body) if status == 200 else Failed(None, "Nobody answers.")
    except MalformedMessage as error:
        return Failed(Trouble.NONSENSE, error.what)
