"""One pickup point: the real kiosk and the real agent on real files, and how they die."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.clock import RELEASED_AT
from edge.core.events import Event, EventType, Origin
from edge.devices.cabinet import DoorReport, ReportKind
from edge.flows.apply_orders import apply_orders, learn
from edge.flows.commands import begin_commands
from edge.flows.declare_lost import declare_lost
from edge.flows.keep_floor import keep_floor
from edge.flows.leader import LeaderDesk
from edge.flows.news import News
from edge.store import door_notes, floor
from edge.store.database import Reader, Txn, Writer
from edge.store.foreign import ForeignFile
from tests.model.agent import SimulatedAgent
from tests.model.cabinet import PLACES, Pulse, SimulatedCabinet
from tests.model.clock import TrueTime
from tests.model.facts import Log
from tests.model.faults import Killed, Promise, hold
from tests.model.parts import Parts


class SimulatedPoint:
    """A machine with a card; `begin` is its boot."""

    def __init__(
        self, root: Path, point_id: str, *, template: Path, time: TrueTime, parts: Parts
    ) -> None:
        self.id = point_id
        self.log = Log()
        self.clock = parts.clock(time)
        self.cabinet = SimulatedCabinet(self._witness)
        self.seen_open: set[int] = set()
        self._parts = parts
        self._root = root
        self._cards = 0
        self.folder = root / "card-0"
        shutil.copytree(template / "card", self.folder)
        self._start_kiosk()
        self._start_agent()

    @property
    def edge_db(self) -> Path:
        return self.folder / "edge" / "edge.db"

    @property
    def sync_db(self) -> Path:
        return self.folder / "sync" / "sync.db"

    @contextmanager
    def somebody_asks(self) -> Iterator[None]:
        """Only now may a door move; a kiosk that dies on the way is started again."""
        self.cabinet.somebody_asks = True
        try:
            yield
        except Killed:
            self.kill_kiosk(sprung=False)
        finally:
            self.cabinet.somebody_asks = False

    def look(self) -> None:
        """The kiosk looks at the agent's file, as its poll does."""
        if self.point.sync_file.changed():
            apply_orders(self.point)
            keep_floor(self.point)
            declare_lost(self.point)

    def report(self, kind: ReportKind, place_id: str, token: int | None) -> None:
        """A door speaks; its next place may open for it."""
        with self.somebody_asks():
            self.counter.heard(DoorReport(kind, place_id, token))
        if kind is ReportKind.OPENED and token is not None:
            self.seen_open.add(token)

    def kill_kiosk(self, *, sprung: bool) -> None:
        """Its process memory is gone; the files are as the last commit left them."""
        self._close_kiosk()
        self.cabinet.forgotten(sprung=sprung)
        self._start_kiosk()

    def kill_agent(self, *, loses_file: bool) -> None:
        self.agent.close()
        if loses_file:
            shutil.rmtree(self.sync_db.parent)
        self._start_agent()

    def cut_power(self, *, sprung: bool) -> None:
        """Both processes end with their files open; the card is read by another boot."""
        self._cards += 1
        card = self._root / f"card-{self._cards}"
        for kept in (self.edge_db, self.sync_db):
            (card / kept.parent.name).mkdir(parents=True)
            for name in (kept.name, f"{kept.name}-wal"):
                shutil.copy(kept.with_name(name), card / kept.parent.name / name)
        self.close()
        self.folder = card
        self.clock.boot()
        self.cabinet.forgotten(sprung=sprung)
        self._start_kiosk()
        self._start_agent()

    def close(self) -> None:
        self._close_kiosk()
        self.agent.close()

    def _close_kiosk(self) -> None:
        self.point.writer.close()
        self.point.edge_file.close()
        self.point.sync_file.close()

    def _start_agent(self) -> None:
        self.agent = SimulatedAgent(self.folder, self.id, self.clock, self._parts.events)

    def _start_kiosk(self) -> None:
        """What edge.app does at a start, without its threads."""
        writer = Writer.open(self.edge_db, kind="edge")
        edge_file = Reader.open(self.edge_db, kind="edge")
        self.clock.floor = max(floor.trusted_floor(edge_file) or RELEASED_AT, RELEASED_AT)
        self.point = self._parts.point(
            id=self.id,
            time_zone=ZoneInfo("Asia/Taipei"),
            places={place.place_id: place for place in PLACES},
            writer=writer,
            edge_file=edge_file,
            sync_file=ForeignFile(self.sync_db, "sync"),
            outbox=self._parts.outbox(Origin(self.id, secrets.token_hex(8), simulated=True)),
            doors=self.cabinet,
            clock=self.clock,
            news=News(),
        )
        writer.call(self._begin)
        learn(self.point)
        self.counter = self._parts.counter(self.point)
        self.desk = LeaderDesk(self.point, self.counter, self.folder / "edge" / "leader-pin")
        self._parts.started(self.point)

    def _begin(self, txn: Txn) -> None:
        moment = self.clock.now()
        self.point.outbox.begin_epoch(txn, moment)
        self.point.outbox.append(txn, Event(EventType.POINT_STARTED, None, {}), moment)
        begin_commands(self.point, txn, moment)
        self.point.memory.blocked = door_notes.blocked(txn)

    def _witness(self, pulse: Pulse) -> None:
        """At the instant of a pulse its reason is committed: one release, or one re-opening."""
        self.log.read(self.edge_db)
        told = self.log.told(pulse.token)
        ours = told and self.log.events[pulse.token - 1]["data"].get("place") == pulse.place_id
        hold(Promise.I4, ours, f"{pulse} has no hand-over on file")
        lawful = 1 + told.count("order.reopened")
        given = 1 + self.cabinet.pulses.count(pulse)
        hold(Promise.I4, given <= lawful, f"{pulse} is number {given} of {lawful}")
