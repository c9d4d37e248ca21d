"""A pickup point as the agent sees it: a data directory, and a kiosk that writes events."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from edge.clock import SystemClock
from edge.config import DataLayout, Driver, Language, NewPoint, load_point, render_point_toml
from edge.core.event_range import EventRange
from edge.core.events import Event, EventType, Origin
from edge.core.moment import Moment
from edge.store import inbox, reconciled
from edge.store.database import Reader, Writer
from edge.store.outbox import Outbox, Settled
from sync.__main__ import Pace, build, read_secrets
from sync.agent import AgentReport, Stop

POINT = "bamboo-3"


class LeapingClock:
    """The machine's clock, with timers that a test can advance."""

    def __init__(self) -> None:
        self.boot_id: str | None = None
        """Another boot than this machine's, for a point on another machine."""
        self._clock = SystemClock()
        self._leap = 0.0

    def now(self) -> Moment:
        now = self._clock.now()
        return now if self.boot_id is None else replace(now, boot_id=self.boot_id)

    def seconds(self) -> float:
        return self._clock.seconds() + self._leap

    def leap(self, seconds: float) -> None:
        self._leap += seconds


class PointUnderTest:
    """Its kiosk writes with `happen`; its agent runs on a thread between `start` and `stop`."""

    def __init__(
        self,
        root: Path,
        *,
        orders_port: int,
        broker_port: int,
        ca_file: Path | None = None,
        point_id: str = POINT,
    ) -> None:
        self.point_id = point_id
        self.layout = DataLayout(root)
        self.clock = LeapingClock()
        self.pace = Pace()
        self._settings(orders_port, broker_port, ca_file)
        self._kiosk: Writer | None = None
        self._sync_file = Reader.open(self.layout.sync_db, kind="sync")
        self._reports: SimpleQueue[AgentReport] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self.failure: Exception | None = None

    def _settings(self, orders_port: int, broker_port: int, ca_file: Path | None) -> None:
        new = NewPoint(
            point_id=self.point_id,
            name="竹三",
            language=Language.ZH_HANT,
            time_zone="Asia/Taipei",
            driver=Driver.SIMULATED,
            profile="cabinet-24-60",
            port=8080,
            orders_url=f"http{'s' if ca_file else ''}://127.0.0.1:{orders_port}",
            broker_host="127.0.0.1",
            broker_port=broker_port,
            pull_seconds=60,
            reconnect_seconds=1,
            simulated_customer_seconds=0,
            ca_file=None if ca_file is None else str(ca_file),
        )
        (self.layout.root / "sync").mkdir(parents=True)
        self.layout.point_toml.write_text(render_point_toml(new), encoding="utf-8")
        (self.layout.root / "sync" / "token").write_text("t0ken\n", encoding="ascii")
        password = self.layout.root / "sync" / "mqtt-password"
        password.write_text(f"secret of {self.point_id}\n", encoding="ascii")

    def set_cloud(self, **settings: str) -> None:
        """More settings of the [cloud] table, from the agent's next start on."""
        lines = "".join(f'{name} = "{value}"\n' for name, value in settings.items())
        text = self.layout.point_toml.read_text(encoding="utf-8")
        self.layout.point_toml.write_text(
            text.replace("[cloud]\n", f"[cloud]\n{lines}"), encoding="utf-8"
        )

    def begin_epoch(self) -> str:
        """The kiosk starts (again)."""
        epoch = secrets.token_hex(8)
        if self._kiosk is None:
            self._kiosk = Writer.open(self.layout.edge_db, kind="edge")
        outbox = self._outbox = Outbox(Origin(self.point_id, epoch, simulated=True))
        moment = self.clock.now()
        self._kiosk.call(lambda txn: outbox.begin_epoch(txn, moment))
        return epoch

    def happen(self, events: int = 1) -> None:
        """The kiosk records events."""
        assert self._kiosk is not None
        outbox, moment = self._outbox, self.clock.now()
        event = Event(EventType.ORDER_RELEASED, "GB-1", {"place": "7"})
        self._kiosk.call(lambda txn: [outbox.append(txn, event, moment) for _ in range(events)])

    def damage(self, position: int) -> None:
        """Flip a bit of a stored event, as a failing card does."""
        assert self._kiosk is not None
        self._kiosk.call(
            lambda txn: txn.execute(
                "UPDATE event SET body = CAST(replace(body, 'GB-1', 'GB-9') AS BLOB)"
                " WHERE position = ?",
                (position,),
            )
        )

    def stop_kiosk(self) -> None:
        if self._kiosk is not None:
            self._kiosk.close()
            self._kiosk = None

    def start(self) -> None:
        """Start the agent."""
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Stop the agent; whatever it died of is raised here."""
        if self._thread is not None:
            self._reports.put(Stop())
            self._thread.join(20)
            self._thread = None
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        try:
            self.stop()
        finally:
            self.stop_kiosk()
            self._sync_file.close()

    def settled(self) -> dict[str, Settled]:
        return inbox.settled(self._sync_file)

    def damaged(self) -> list[tuple[str, int]]:
        """The rows that the kiosk is asked to declare lost."""
        return inbox.damaged_events(self._sync_file)

    def proven(self) -> list[EventRange]:
        """What the kiosk is told that the ledger holds for long."""
        return reconciled.proven(self._sync_file)

    def link(self) -> inbox.LinkRecord:
        return inbox.link(self._sync_file)

    def orders(self) -> list[tuple[str, int]]:
        """Order ids and revisions in the agent's file."""
        found = self._sync_file.rows("SELECT order_id, revision FROM cloud_order ORDER BY 1")
        return [(order_id, revision) for order_id, revision in found]

    def refused(self) -> list[tuple[str, str]]:
        found = self._sync_file.rows("SELECT order_id, reason FROM refused_order ORDER BY 1")
        return [(order_id, reason) for order_id, reason in found]

    def commands(self) -> list[tuple[bytes, bool]]:
        """What came as a command, for the kiosk to judge: the bytes, and whether retained."""
        found = self._sync_file.rows("SELECT body, retained FROM delivery ORDER BY number")
        return [(body, bool(retained)) for body, retained in found]

    def cursor(self) -> str | None:
        return inbox.cursor(self._sync_file)

    def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until something is true in the agent's file."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.failure is None, self.failure
            assert time.monotonic() < deadline, (self.link(), self.settled(), self.orders())
            time.sleep(0.02)

    def until_settled(self, epoch: str, through: int, seconds: float = 30.0) -> None:
        self.until(lambda: self.settled().get(epoch, Settled()).through >= through, seconds)

    def _run(self) -> None:
        config = load_point(self.layout)
        writer = Writer.open(self.layout.sync_db, kind="sync")
        edge = Reader.open(self.layout.edge_db, kind="edge")
        try:
            build(
                config,
                writer,
                edge,
                self._reports,
                secrets=read_secrets(config),
                clock=self.clock,
                pace=self.pace,
            ).run()
        except Exception as failure:  # noqa: BLE001 - raised again on the test's own thread
            self.failure = failure
        finally:
            writer.close()
            edge.close()
