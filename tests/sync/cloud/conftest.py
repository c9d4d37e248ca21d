"""A cloud on disk with one provisioned point, and a point that can write events."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from edge.core.cose import SigningKey
from edge.core.credential import mint
from edge.core.events import GENESIS, Event, EventType, Origin, encode, event_hash, uuid7
from edge.core.moment import ClockQuality, Moment
from edge.core.topics import topic
from sync.cloud import points
from sync.cloud.__main__ import main
from sync.cloud.arguments import DATABASE_VARIABLE
from sync.cloud.database import Store
from sync.cloud.desk import Desk
from sync.cloud.folder import CloudFolder
from sync.cloud.importing.draft import DraftLine, DraftOrder
from sync.cloud.judge import Arrival
from sync.cloud.keyring import AT_ONCE, ISSUER, Keyring
from sync.cloud.points import PointDetails
from tests.sync.cloud.shop import Shop

EVENING = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
KEY = SigningKey.generate()
TOKEN = "the token of bamboo-3"


class FakeClock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.wall = EVENING

    def now(self) -> Moment:
        return Moment(self.wall, ClockQuality.SYNCED, EVENING, "boot-1", 1)

    def seconds(self) -> float:
        return 1.0


@dataclass
class Cloud:
    """Everything a test of the cloud needs in one hand."""

    folder: CloudFolder
    store: Store
    desk: Desk
    clock: FakeClock

    def import_orders(self, *drafts: DraftOrder, issuer: str = ISSUER) -> dict[str, object]:
        orders = [draft.to_json() for draft in drafts]
        return self.desk.perform("put_orders", {"issuer": issuer, "orders": orders})


@cache
def pass_of(order_id: str, point_id: str = "bamboo-3", *, sub_pass_id: str | None = None) -> str:
    """A pass that says so; nobody asks here who signed it."""
    until = EVENING + timedelta(days=14)
    return mint(order_id, point_id, EVENING, until, key=KEY, kid=b"k1", sub_pass_id=sub_pass_id)


def draft(
    order_id: str, *products: str, point_id: str = "bamboo-3", line: int = 2, **changes: object
) -> DraftOrder:
    lines = tuple(DraftLine(product, 1, "piece") for product in products or ("池上米 2kg",))
    order = DraftOrder(line, order_id, point_id, "王小明", lines, pickup_date="2026-11-23")
    values = {name: getattr(order, name) for name in order.__slots__}
    return DraftOrder(**{**values, **changes})


@dataclass
class PointVoice:
    """Writes a point's events as its kiosk would: gapless, chained, in epochs."""

    point_id: str = "bamboo-3"
    epoch: str = "00000000000000a1"
    sequence: int = 0
    last: bytes = GENESIS
    bodies: list[bytes] = field(default_factory=list)

    def restart(self, epoch: str) -> None:
        self.epoch, self.sequence = epoch, 0

    def write(self, type_: EventType, subject: str | None = None, **data: object) -> bytes:
        self.sequence += 1
        moment = Moment(
            EVENING + timedelta(seconds=len(self.bodies)),
            ClockQuality.SYNCED,
            EVENING,
            "boot-1",
            1_000,
        )
        number = len(self.bodies).to_bytes(10, "big")
        noise = hashlib.sha256(self.epoch.encode() + number).digest()[:10]
        body = encode(
            Event(type_, subject, data),
            origin=Origin(self.point_id, self.epoch, simulated=True),
            sequence=self.sequence,
            prevhash=self.last,
            moment=moment,
            event_id=uuid7(moment.unix_ms, noise),
        )
        self.last = event_hash(body)
        self.bodies.append(body)
        return body

    def started(self) -> bytes:
        return self.write(EventType.POINT_STARTED)

    def hand_over(
        self,
        order_id: str,
        *line_ids: str,
        type_: EventType = EventType.ORDER_COLLECTED,
        hand_over: int = 7,
        parcel: str = "A",
        issuer: str = ISSUER,
        **claim: object,
    ) -> bytes:
        lines: list[object] = [
            {"line_id": line_id, "handed": 1, "short": 0, "damaged": 0, "refused": 0}
            for line_id in line_ids or ("1",)
        ]
        shown = {"trust": "A", "method": "pass", "pass": pass_of(order_id, self.point_id)}
        return self.write(
            type_,
            order_id,
            issuer=issuer,
            order_id=order_id,
            revision=1,
            parcel_id=f"{order_id}-{parcel}",
            place="7",
            **{**shown, **claim},
            hand_over=hand_over,
            lines=lines,
        )


def arrival(body: bytes, point_id: str = "bamboo-3") -> Arrival:
    return Arrival(topic(point_id, "up/events"), point_id, body)


@pytest.fixture(params=["sqlite", "postgresql"], autouse=True)
def database_url(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str | None]:
    """The database that every cloud here works on, at the shell, too; None: its SQLite file."""
    if request.param == "sqlite":
        yield None
        return
    url: str = request.getfixturevalue("postgres").fresh_schema()
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    monkeypatch.delenv("PYTHONPATH")  # which else hides the driver
    yield url
    assert not [*tmp_path.rglob("cloud.db")], "something did not look at the URL"


@pytest.fixture
def data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A data directory with the point bamboo-3."""
    assert main(["point", "add", "bamboo-3", "--name", "竹園", "--data", str(tmp_path)]) == 0
    capsys.readouterr()
    return tmp_path


@pytest.fixture
def shop(data: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    return Shop(data, capsys)


def folder_at(data: Path) -> CloudFolder:
    """The folder as a command finds it."""
    return CloudFolder(data, os.environ.get(DATABASE_VARIABLE))


@pytest.fixture
def cloud(tmp_path: Path, database_url: str | None) -> Iterator[Cloud]:
    """A cloud that knows the point bamboo-3."""
    folder, clock = CloudFolder(tmp_path, database_url), FakeClock()
    store = Store.open(folder.database)
    command_keys = Keyring.open(folder.command_keys, EVENING, AT_ONCE)
    desk = Desk(store, Keyring.open(folder.keys, EVENING), clock, command_keys)
    details = PointDetails("bamboo-3", "竹園", "竹園路 3 號", "16–21", time_zone="Asia/Taipei")
    store.write(lambda database: points.provision(database, details, TOKEN, EVENING))
    made = Cloud(folder, store, desk, clock)
    yield made
    made.store.close()
