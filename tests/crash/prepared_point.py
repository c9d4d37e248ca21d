"""A point whose goods are in their places, and what must be true of its file after any crash."""

from __future__ import annotations

import json
import shutil
import time
import urllib.parse
import urllib.request
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path

from edge.clock import SystemClock
from edge.config import DataLayout, Driver, Language, NewPoint, render_point_toml
from edge.config.load import load_profile
from edge.core.credential import mint
from edge.core.envelope import Envelope
from edge.core.events import GENESIS, EventType, event_hash, read_event
from edge.store import inbox
from edge.store.database import Reader
from edge.store.outbox import epochs, read_events
from tests.crash.processes import Child, Starter
from tests.edge.flows.evening import CLOUD_KEY, ISSUER, KID, Evening, an_order
from tests.stack import PATIENCE, answers, free_base_port, wait_until

POINT = "yonghe-7"
ORDER = "A1001"
DOORS_QUIET_SECONDS = 0.3
"""The hardware thread looks at every door at least every 0.25 s: time for what must not happen."""
PROFILE = """
pulse_ms = 100
[banks]
doors = 1
[[doors]]
place = "7"
size = "S"
zone = "AMBIENT"
column = 1
row = 1
bank = "doors"
lock = 0
sensor = 8
"""


def prepare(root: Path) -> DataLayout:
    """Provisioned, one order received and put away behind door 7; no process runs."""
    layout = DataLayout(root)
    (root / "profile.toml").parent.mkdir(parents=True)
    (root / "profile.toml").write_text(PROFILE, encoding="utf-8")
    layout.point_toml.write_text(_settings(root), encoding="utf-8")
    evening = Evening(root, load_profile(root / "profile.toml").places)
    evening.order_here(an_order(ORDER))
    keys = json.dumps([_trusted_key()]).encode()
    document = inbox.Document("keys", 1, keys)
    evening.writer.call(lambda txn: inbox.keep_document(txn, document))
    evening.close()
    return layout


def a_pass() -> str:
    """The order's pass, good today."""
    now = SystemClock().now().wall
    day = timedelta(days=1)
    return mint(ORDER, POINT, now - day, now + 14 * day, key=CLOUD_KEY, kid=KID)


def scan(port: int, text: str) -> str | None:
    """Show a code to a kiosk: the outcome that the answer tells, None where no whole one came."""
    url = f"http://127.0.0.1:{port}/scan"
    body = urllib.parse.urlencode({"text": text}).encode()
    request = urllib.request.Request(url, body, {"Accept": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return str(json.load(answer)["outcome"])
    except (OSError, HTTPException, ValueError):
        return None


def _trusted_key() -> dict[str, object]:
    public = urlsafe_b64encode(CLOUD_KEY.public.to_bytes()).decode().rstrip("=")
    return {"kid": KID.hex(), "public_key": public, "issuer": ISSUER, "not_after": None}


def _settings(root: Path) -> str:
    settings = render_point_toml(
        NewPoint(
            point_id=POINT,
            name="永和七巷",
            language=Language.ZH_HANT,
            time_zone="Asia/Taipei",
            driver=Driver.SIMULATED,
            profile=str(root / "profile.toml"),
            port=8080,
            orders_url="http://127.0.0.1:9",
            broker_host="127.0.0.1",
            broker_port=9,
            pull_seconds=60,
            reconnect_seconds=1,
            simulated_customer_seconds=0,
        )
    )
    # Hundreds of copies lie in memory.
    return settings.replace("[kiosk]\n", "[kiosk]\nballast_mib = 0\n")


class KioskUnderTest:
    """One copy of a prepared point; the kiosk on it may be started again and again."""

    def __init__(self, starter: Starter, prepared: Path, folder: Path) -> None:
        self._starter = starter
        self.folder = shutil.copytree(prepared, folder)
        self.layout = DataLayout(folder)
        self.coils = folder / "coils"
        self.port = free_base_port()

    def start(self, *program: str) -> Child:
        """Start it (or another program with its data and port) and wait until it serves."""
        words = program or ("watched-kiosk", str(self.folder), str(self.port), str(self.coils))
        child = self._starter.start(*words)

        def serves() -> bool:
            assert child.code is None, child.said
            return answers(self.port)

        wait_until(serves, "kiosk serving")
        return child

    def scan(self, text: str) -> str | None:
        """The outcome that the answer tells, None where no whole answer came."""
        return scan(self.port, text)

    def pulses(self) -> int:
        """How often any coil carried current, in all starts together."""
        return len(self.coils.read_text().split()) if self.coils.exists() else 0

    def events(self) -> list[Envelope]:
        """Everything on file; raises AssertionError unless the chain is whole."""
        reader = Reader.open(self.layout.edge_db, kind="edge")
        try:
            return chained(reader)
        finally:
            reader.close()

    def tally(self) -> Counter[str]:
        """How many events of each type there are."""
        return Counter(event.type for event in self.events())

    def hand_overs(self) -> list[tuple[int, str | None]]:
        """Parcel and outcome of each hand-over that was not taken back."""
        reader = Reader.open(self.layout.edge_db, kind="edge")
        try:
            return [
                (parcel, outcome)
                for parcel, outcome in reader.rows(
                    "SELECT parcel_key, outcome FROM hand_over WHERE annulled_by IS NULL"
                )
            ]
        finally:
            reader.close()

    def await_closure(self) -> None:
        """Wait until the door's opening is on file."""
        wait_until(lambda: self.tally()[EventType.ORDER_COLLECTED] > 0, "a closure")

    def must_recover(self, answer: str | None) -> None:
        """Start again after a crash: nothing twice, nothing lost, no door by itself.

        `answer` is what the scan before the crash was told, None where it heard nothing.
        """
        pulses = self.pulses()
        kiosk = self.start()
        time.sleep(DOORS_QUIET_SECONDS)
        assert self.pulses() == pulses, "a door opened by itself"
        begun = self.tally()
        assert begun[EventType.ORDER_REOPENED] == 0
        assert begun[EventType.ORDER_RELEASED] <= 1
        if answer is not None or pulses:
            assert begun[EventType.ORDER_RELEASED] == 1, "acknowledged or opened, but not on file"
        assert len(self.hand_overs()) == begun[EventType.ORDER_RELEASED]
        collected = begun[EventType.ORDER_COLLECTED] == 1
        assert self.scan(a_pass()) == ("reopened" if collected else "released")
        wait_until(lambda: self.pulses() == pulses + 1, "the door opening for the second scan")
        self.await_closure()
        ended = self.tally()
        assert ended[EventType.ORDER_RELEASED] == ended[EventType.ORDER_COLLECTED] == 1
        assert ended[EventType.ORDER_REOPENED] == begun[EventType.ORDER_RELEASED]
        assert [outcome for _, outcome in self.hand_overs()] == ["collected"]
        kiosk.kill()


NewKiosk = Callable[[], KioskUnderTest]


def chained(reader: Reader) -> list[Envelope]:
    """All events in their sequence; AssertionError unless each names the hash before it."""
    events = []
    before = GENESIS
    for span in epochs(reader):
        stored = read_events(reader, span.epoch, 1, span.last, 1 << 40)
        assert [event.sequence for event in stored] == list(range(1, span.last + 1))
        for row in stored:
            event = read_event(row.body)
            assert row.intact
            assert event.prevhash == before
            before = event_hash(row.body)
            events.append(event)
    return events
