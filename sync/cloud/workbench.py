"""Where a tool finds the desk: alone under the lock, else in the server that holds it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from edge.clock import Clock
from edge.errors import AlreadyRunning, MalformedMessage, NotConnected
from sync.cloud.database import Store
from sync.cloud.desk import Answer, Desk, Payload, Workbench
from sync.cloud.folder import CloudFolder
from sync.cloud.keyring import AT_ONCE, Keyring

TIMEOUT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class RemoteDesk:
    """The desk of a running server on this machine."""

    port: int
    token: str

    def perform(self, action: str, payload: Payload) -> Answer:
        """Post the wish; a problem in the answer becomes the error it stands for."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            connection.request("POST", f"/admin/{action}", json.dumps(payload), headers)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise NotConnected(
                f"The cloud on port {self.port} does not answer.", "Wait a moment, or restart it."
            ) from error
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            detail, remedy = answer.get("detail"), answer.get("remedy")
            raise MalformedMessage(detail or "The cloud refused.", remedy or "Look at its log.")
        return answer


@contextmanager
def open_workbench(folder: CloudFolder, clock: Clock) -> Iterator[Workbench]:
    """The desk, wherever it is; a store that is opened here is closed here."""
    try:
        store = Store.open(folder.database)
    except AlreadyRunning as running:
        yield _remote(folder, running)
        return
    try:
        now = clock.now().wall
        command_keys = Keyring.open(folder.command_keys, now, AT_ONCE)
        yield Desk(store, Keyring.open(folder.keys, now), clock, command_keys)
    finally:
        store.close()


def _remote(folder: CloudFolder, running: AlreadyRunning) -> RemoteDesk:
    try:
        server = json.loads(folder.server.read_text(encoding="utf-8"))
        return RemoteDesk(server["port"], server["token"])
    except (OSError, ValueError, KeyError) as error:
        raise running from error
