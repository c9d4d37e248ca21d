"""The composition root of the kiosk: every collaborator named once, nothing built at import."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib.metadata import version
from queue import SimpleQueue
from typing import Any

import waitress
from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from edge.clock import RELEASED_AT, SystemClock
from edge.config import DataLayout, Driver, PointConfig
from edge.core.ballast import Ballast
from edge.core.events import Event, EventType, Origin
from edge.devices.cabinet import DoorReport
from edge.devices.choose import choose_cabinet
from edge.devices.hardware import Doors
from edge.devices.simulated_cabinet import SimulatedCabinet
from edge.devices.simulation import Simulation
from edge.flows.apply_orders import apply_orders, learn
from edge.flows.commands import Commands, begin_commands
from edge.flows.counter import Counter
from edge.flows.declare_lost import declare_lost
from edge.flows.forget_customers import Forgetting
from edge.flows.health import Subsystem, as_json, read, subsystems
from edge.flows.keep_backups import BackupKeeper
from edge.flows.keep_floor import keep_floor
from edge.flows.leader import LeaderDesk
from edge.flows.let_go import LettingGo
from edge.flows.line import link
from edge.flows.news import News
from edge.flows.own_up import own_up
from edge.flows.point import Point
from edge.flows.recent_log import RecentLog
from edge.flows.watch_clock import ClockWatch
from edge.kiosk import create
from edge.kiosk.live import MOST_STREAMS
from edge.kiosk.parts import KioskParts
from edge.metrics import exposition
from edge.store import door_notes, floor, orders
from edge.store.ballast import Reserve
from edge.store.database import Reader, Txn
from edge.store.foreign import ForeignFile
from edge.store.outbox import Outbox
from edge.store.salvage import open_or_salvage

log = logging.getLogger(__name__)

LOOK_SECONDS = 300.0
"""How often it is asked whether names or a copy are due and nobody is at the door."""
POLL_SECONDS = 0.25
"""How often the agent's file is asked whether it changed; the question costs microseconds."""
CLAIM_SECONDS = 0.5
"""How often a device that is no point yet looks whether it has become one."""
SERVING_THREADS = MOST_STREAMS + 6
"""Each event stream pins a thread, so there must be more threads than streams."""


class Kiosk:
    """One kiosk at work: its point, its threads, its pages.

    `died` is called with one sentence when something ends that must not end.
    """

    def __init__(
        self, layout: DataLayout, config: PointConfig, died: Callable[[str], None]
    ) -> None:
        self._layout, self._config, self._died = layout, config, died
        self._reports: SimpleQueue[DoorReport | None] = SimpleQueue()
        self._closing = threading.Event()
        self._reserve = Reserve(layout.edge_db.parent, config.kiosk.ballast_mib << 20)
        with ExitStack() as opened:
            self.simulation: Simulation | None = None
            self.point = self._build(opened)
            self.counter = Counter(self.point)
            self.desk = LeaderDesk(self.point, self.counter, layout.leader_pin)
            self._commands = self._build_commands(opened)
            self._opened = opened.pop_all()

    def start(self) -> None:
        """Begin a new epoch, then let doors, reports and orders flow."""
        self.point.writer.call(self._begin)
        own_up(self.point)
        learn(self.point)
        self._doors.start()
        for name, work in (
            ("reports", self._hear),
            ("orders", self._poll),
            ("upkeep", self._keep_up),
        ):
            threading.Thread(target=work, name=name, daemon=True).start()

    def pages(self, port: int) -> Flask:
        """The web application for this kiosk."""
        return create(
            KioskParts(
                counter=self.counter,
                desk=self.desk,
                news=self.point.news,
                layout=tuple(self.point.places.values()),
                config=self._config,
                clock=self.point.clock,
                port=port,
                link=lambda: link(self.point),
                health=self.health,
                metrics=exposition(self.point, version("pickup-point")),
                notice=self._notice,
                simulation=self.simulation,
                line_cut=self._layout.line_cut,
            )
        )

    def _notice(self) -> Mapping[str, str] | None:
        notice = self.point.memory.notice
        return None if notice is None else notice.texts

    def health(self) -> Mapping[str, Subsystem]:
        """Every subsystem's state."""
        return subsystems(self.point, read(self.point))

    def _figures(self) -> dict[str, object]:
        return as_json(
            self.health(),
            point_id=self.point.id,
            version=version("pickup-point"),
            simulated=self._simulated,
        )

    def close(self) -> None:
        """Lock every door, write what is queued, give everything back."""
        self._closing.set()
        self._reports.put(None)
        self._opened.close()

    def _build(self, opened: ExitStack) -> Point:
        # Before the store opens: on a full disk it could not even note that it started.
        self._reserve.tend()
        writer = open_or_salvage(self._layout.edge_db, SystemClock(RELEASED_AT).now().wall)
        edge_file = Reader.open(self._layout.edge_db, kind="edge")
        sync_file = ForeignFile(self._layout.sync_db, "sync")
        # Closed in reverse: doors first, then the writer, and the readers last so that -wal stays.
        for close in (sync_file.close, edge_file.close, writer.close):
            opened.callback(close)
        # Whoever asked for the commit may be a page, which would answer and live on.
        writer.on_unknown = lambda unknown: self._died(unknown.what)
        # The next start salvages what this one can only stumble over.
        writer.on_damage = lambda damage: self._died(damage.what)
        clock = SystemClock(floor.trusted_floor(edge_file) or RELEASED_AT)
        self._doors = self._build_doors(clock)
        opened.callback(self._doors.close)
        identity, profile = self._config.point, self._config.cabinet.profile
        return Point(
            id=identity.id,
            time_zone=identity.time_zone,
            places={place.place_id: place for place in profile.places},
            writer=writer,
            edge_file=edge_file,
            sync_file=sync_file,
            outbox=Outbox(Origin(identity.id, secrets.token_hex(8), simulated=self._simulated)),
            doors=self._doors,
            clock=clock,
            news=News(),
        )

    def _build_commands(self, opened: ExitStack) -> Commands:
        recent, root = RecentLog(self.point.clock.seconds), logging.getLogger()
        root.addHandler(recent)
        opened.callback(root.removeHandler, recent)
        return Commands(
            self.point,
            dismiss=self.counter.dismiss,
            figures=lambda: recent.figures(self._figures()),
        )

    @property
    def _simulated(self) -> bool:
        return self._config.cabinet.driver is Driver.SIMULATED

    def _build_doors(self, clock: SystemClock) -> Doors:
        cabinet = choose_cabinet(self._config.cabinet, clock=clock.seconds)
        if isinstance(cabinet, SimulatedCabinet):
            self.simulation = cabinet.simulation
        return Doors(
            cabinet,
            self._config.cabinet.profile,
            report=self._reports.put,
            died=lambda: self._died("The hardware thread ended."),
            clock=clock.seconds,
        )

    def _begin(self, txn: Txn) -> None:
        moment = self.point.clock.now()
        self.point.outbox.begin_epoch(txn, moment)
        left = len(orders.unconfirmed(txn))
        data = {
            "version": version("pickup-point"),
            "unconfirmed": left,
            "ballast": self._reserve.state.value,
        }
        self.point.outbox.append(txn, Event(EventType.POINT_STARTED, None, data), moment)
        self.point.memory.blocked = door_notes.blocked(txn)
        self.point.memory.ballast = self._reserve.state
        begin_commands(self.point, txn, moment)

    def _hear(self) -> None:
        while (report := self._reports.get()) is not None:
            self._commands.heard(report)
            self.counter.heard(report)

    def _keep_up(self) -> None:
        # Forgetting first: a copy made now holds none of it.
        forgetting, keeper = Forgetting(self.point), BackupKeeper(self.point)
        while not self._closing.wait(LOOK_SECONDS):
            self._tend_reserve()
            forgetting.look()
            keeper.look()

    def _tend_reserve(self) -> None:
        before, now = self.point.memory.ballast, self._reserve.tend()
        self.point.memory.ballast = now
        if now is Ballast.GIVEN_UP is not before:
            log.warning("ballast_given_up", extra={"remedy": "Make room on the disk."})

    def _poll(self) -> None:
        letting_go, clock_watch = LettingGo(self.point), ClockWatch(self.point)
        while not self._closing.wait(POLL_SECONDS):
            clock_watch.look()
            self._commands.end_notice()
            letting_go.step()
            if self.point.sync_file.changed():
                apply_orders(self.point)
                keep_floor(self.point)
                declare_lost(self.point)
                letting_go.look()
                self._commands.look()
                self.point.news.bump()


def serve(pages: Flask, port: int) -> None:
    """Serve the pages on loopback until the process is told to stop."""
    waitress.serve(
        pages,
        host="127.0.0.1",
        port=port,
        threads=SERVING_THREADS,
        ident=None,
        # Requests that never end must not use up the places of those that do.
        connection_limit=1000,
        channel_timeout=10,
        cleanup_interval=2,
    )


def serve_until(pages: Flask, port: int, is_over: Callable[[], bool]) -> None:
    """Serve a few pages on loopback; when it is over, the port is free again."""
    sockets: dict[int, Any] = {}  # waitress and its stubs disagree about what stands in there
    server = create_server(pages, map=sockets, host="127.0.0.1", port=port, threads=2, ident=None)
    try:
        while not is_over():
            wasyncore.loop(timeout=CLAIM_SECONDS, map=sockets, count=1)
    finally:
        wasyncore.close_all(sockets, ignore_all=True)
        server.task_dispatcher.shutdown()
