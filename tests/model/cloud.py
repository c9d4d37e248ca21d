"""The real cloud on SQLite: orders, ledger, receiver, without sockets and threads to wait for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from flask import Flask

from sync.cloud import ledger, orders, problems
from sync.cloud.api import OrdersApi
from sync.cloud.chain import Report
from sync.cloud.database import Store
from sync.cloud.desk import Desk
from sync.cloud.events_api import EventsApi
from sync.cloud.folder import CloudFolder
from sync.cloud.importing.draft import DraftOrder
from sync.cloud.keyring import AT_ONCE, ISSUER, Keyring
from sync.cloud.receiver import Receiver, take_apart
from sync.cloud.tables import select
from sync.contract import BATCH_TYPE, EVENT_TYPE, decode_ack
from sync.mqtt import Account, Connection, Message
from tests.model.clock import TrueTime
from tests.model.faults import Killed, Promise, hold
from tests.model.network import Broker, Letter

POINTS = ("bamboo-3", "lotus-7")


def token_of(point_id: str) -> str:
    """What opens the cloud's HTTPS for one point."""
    return f"the token of {point_id}"


class CloudLine:
    """The receiver's connection, in the words of sync.mqtt.Connection."""

    def __init__(self, broker: Broker, watch: Callable[[str, bytes], None]) -> None:
        self._broker = broker
        self._watch = watch
        self.letters: dict[int, Letter] = {}
        self.dies: str | None = None

    def publish(self, topic: str, payload: bytes) -> int:
        if self.dies == "before":
            raise Killed
        self._watch(topic, payload)
        self._broker.send(topic, payload)
        if self.dies == "after":
            raise Killed
        return 0

    def acknowledge(self, message: Message) -> None:
        self._broker.done(self.letters[message.mid])


class Cloud:
    """One cloud, which may be killed and started again."""

    def __init__(
        self,
        root: Path,
        *,
        template: Path,
        time: TrueTime,
        broker: Broker,
        receiver: type[Receiver],
    ) -> None:
        shutil.copytree(template / "cloud", root)
        self._folder = CloudFolder(root)
        self._time = time
        self._broker = broker
        self._receiver_class = receiver
        self._start()

    def _start(self) -> None:
        self.store = Store.open(self._folder.database)
        keyring = Keyring.open(self._folder.keys, self._time.wall)
        command_keys = Keyring.open(self._folder.command_keys, self._time.wall, AT_ONCE)
        self.desk = Desk(self.store, keyring, self._time, command_keys)
        account = Account("127.0.0.1", 1, "cloud-receiver", "cloud-receiver", "")
        self._receiver = self._receiver_class(self.store, account, self._time)
        self.line = CloudLine(self._broker, self._acknowledges)
        app = Flask(__name__)
        problems.install(app)
        app.register_blueprint(EventsApi(self.store, self._time).blueprint())
        app.register_blueprint(OrdersApi(self.desk).blueprint())
        self._api = app.test_client()

    def close(self) -> None:
        self.store.close()

    def put(self, order: DraftOrder) -> None:
        """An order comes, or another revision of it."""
        answer = self.desk.perform("put_orders", {"issuer": ISSUER, "orders": [order.to_json()]})
        assert not answer["refused"], answer

    def pull(self, point_id: str, since: str | None) -> tuple[int, bytes]:
        """One request of a point's agent: status and body."""
        response = self._api.get(
            f"/v1/points/{point_id}/orders",
            query_string={} if since is None else {"since": since},
            headers={"Authorization": f"Bearer {token_of(point_id)}"},
        )
        return response.status_code, response.data

    def post(self, point_id: str, payload: bytes, *, is_batch: bool) -> tuple[int, bytes]:
        """Events by HTTPS: status and the ack."""
        response = self._api.post(
            "/v1/events",
            data=payload,
            content_type=BATCH_TYPE if is_batch else EVENT_TYPE,
            headers={"Authorization": f"Bearer {token_of(point_id)}"},
        )
        return response.status_code, response.data

    def receive(self, letters: list[Letter], *, dies: str | None = None) -> None:
        """The receiver takes these together; `dies` before or after its first ack goes out."""
        self.line.dies = dies
        self.line.letters = dict(enumerate(letters))
        connection = cast(Connection, self.line)
        intakes = [
            take_apart(Message(connection, letter.topic, letter.payload, mid, 1, False, False))
            for mid, letter in self.line.letters.items()
        ]
        try:
            self._receiver._commit_and_answer(intakes)
        except Killed:
            self.close()
            self._start()

    def ledger(self, point_id: str) -> dict[tuple[str, int], bytes]:
        """Every event of a point that the ledger holds, by its place."""
        sql = "SELECT epoch, sequence, body FROM ledger WHERE point_id = ?"
        rows = select(self.store.reader, sql, point_id)
        return {(epoch, sequence): bytes(body) for epoch, sequence, body in rows}

    def in_order(self, point_id: str) -> list[tuple[str, int]]:
        """The same events as programs get them."""
        found = ledger.in_chain_order(self.store.reader, point_id)
        return [(row["epoch"], row["sequence"]) for row in found]

    def verify(self, point_id: str) -> Report:
        return ledger.verify(self.store.reader, point_id)

    def orders(self) -> list[dict[str, Any]]:
        """Every order's row, its lines and its open conflicts."""
        conflicts = orders.conflicts(self.store.reader)
        return [
            {
                **row,
                "lines": set(json.loads(row["line_ids"])),
                "conflicts": conflicts.get((row["issuer"], row["order_id"]), []),
            }
            for row in orders.listing(self.store.reader)
        ]

    def _acknowledges(self, topic: str, payload: bytes) -> None:
        """Watch what is said to a point: only what a reader can see now may be in it."""
        if not topic.endswith("down/ack"):
            return
        point_id = topic.split("/")[3]
        stored = self.ledger(point_id).keys()
        for epoch in decode_ack(payload).epochs:
            said = {*range(1, epoch.through + 1), *epoch.also}
            missing = {number for number in said if (epoch.epoch, number) not in stored}
            hold(Promise.I6, not missing, f"{point_id} was told {missing} of {epoch.epoch}")
            hold(Promise.I2, not epoch.rejected, f"the cloud rejected {epoch.rejected}")
