"""Everything together: two points, a broker, a cloud, true time, and what must stay true."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from edge.core.order import OrderRef
from sync.cloud import orders
from sync.cloud.importing.draft import DraftLine, DraftOrder
from sync.cloud.keyring import ISSUER
from tests.model.clock import TrueTime
from tests.model.cloud import POINTS, Cloud
from tests.model.expectation import Known
from tests.model.network import Broker, Fate
from tests.model.parts import Parts
from tests.model.point import SimulatedPoint

ROUNDS_TO_DRAIN = 40
GOODS = {
    "rice": ("池上米", "AMBIENT"),
    "tea": ("高山茶", "AMBIENT"),
    "dumplings": ("高麗菜水餃", "FROZEN"),
}


@dataclass
class World:
    """One run's world below one folder."""

    root: Path
    template: Path
    parts: Parts
    seed: int = 0
    time: TrueTime = field(default_factory=TrueTime)

    def __post_init__(self) -> None:
        self.broker = Broker(Random(self.seed))
        self.cloud = Cloud(
            self.root / "cloud-data",
            template=self.template,
            time=self.time,
            broker=self.broker,
            receiver=self.parts.receiver,
        )
        self.points = {
            point_id: SimulatedPoint(
                self.root / point_id,
                point_id,
                template=self.template,
                time=self.time,
                parts=self.parts,
            )
            for point_id in POINTS
        }
        self.known = {point_id: Known() for point_id in POINTS}
        self.home: dict[str, str] = {}

    def close(self) -> None:
        for point in self.points.values():
            point.close()
        self.cloud.close()

    def order(self, order_id: str, point_id: str, goods: tuple[str, ...], *, paid: bool) -> None:
        """An order comes, or its next revision; it stays at the point where it came first."""
        lines = tuple(
            DraftLine(GOODS[name][0], 1, "piece", zone=GOODS[name][1], size="S") for name in goods
        )
        home = self.home.setdefault(order_id, point_id)
        day = "2026-11-23"
        self.cloud.put(DraftOrder(2, order_id, home, "王小明", lines, pickup_date=day, paid=paid))

    def pass_of(self, order_id: str) -> str | None:
        """What the customer's phone shows."""
        return orders.pass_of(self.cloud.store.reader, OrderRef(ISSUER, order_id))

    def read_logs(self) -> None:
        for point in self.points.values():
            point.log.read(point.edge_db)

    def answer_pulls(self, point: SimulatedPoint, *, lost: bool = False) -> None:
        """Every request that waits is answered; a lost one was cut on the way back."""
        for since in list(point.agent.asked):
            status, body = self.cloud.pull(point.id, since)
            point.agent.answered(0 if lost else status, body)
            if status == 200 and not lost:
                self.known[point.id].pulled(body)

    def answer_posts(self, point: SimulatedPoint, *, lost: bool = False) -> None:
        """What went by HTTPS is in the ledger, even where the answer is cut on the way back."""
        for post in list(point.agent.posts):
            status, body = self.cloud.post(point.id, post.payload, is_batch=post.is_batch)
            assert status == 200, body
            point.agent.posted(None if lost else body)

    def look(self, point: SimulatedPoint) -> None:
        """The kiosk takes over what its agent has."""
        point.look()
        self.known[point.id].applied(point.log.orders)

    def carry(self, point: SimulatedPoint, fate: Fate = Fate.GOOD) -> None:
        if point.agent.line is not None:
            self.broker.carry(point.agent.line, fate, point.agent.puback)

    def deliver(self, most: int = 1000, fate: Fate = Fate.GOOD, dies: str | None = None) -> None:
        letters = self.broker.take(most, fate)
        if letters:
            self.cloud.receive(letters, dies=dies)

    def bring(self, point: SimulatedPoint, fate: Fate = Fate.GOOD) -> None:
        """Only who is connected hears the cloud; the broker keeps nothing for a point."""
        letters = self.broker.bring(point.id, fate)
        for letter in letters if point.agent.line is not None else ():
            point.agent.hear(letter)

    def good_minute(self, point: SimulatedPoint) -> None:
        """Everything works for a while at one point."""
        if point.agent.line is None or not point.agent.line.up:
            point.agent.connect()
        for _ in range(2):
            self.time.pass_by(4)
            point.agent.turn()
            self.answer_pulls(point)
            self.answer_posts(point)
            self.carry(point)
            self.deliver()
            self.bring(point)
            point.agent.turn()
            self.look(point)

    def drain(self) -> None:
        """Everything is connected until nothing is left to say."""
        for point in self.points.values():
            point.agent.connect()
        for _ in range(ROUNDS_TO_DRAIN):
            for point in self.points.values():
                self.time.pass_by(31)
                self.good_minute(point)
            if all(point.desk.unsent().count == 0 for point in self.points.values()):
                break
        for point in self.points.values():
            self.time.pass_by(100)
            self.good_minute(point)
            self.time.pass_by(100)
            self.good_minute(point)
