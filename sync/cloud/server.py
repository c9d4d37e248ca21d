"""The running cloud: the web server and the receiver, together or not at all."""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from flask import Flask, request
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

from edge.clock import Clock
from edge.core.topics import MqttVersion
from edge.errors import ConfigError, PointError
from sync.cloud import broker_door, changes, contract_pages, problems
from sync.cloud.admin import AdminDoor
from sync.cloud.api import OrdersApi
from sync.cloud.broker_door import TELL_BROKER
from sync.cloud.claims_api import ClaimsApi, LetIn
from sync.cloud.command_post import CommandPost
from sync.cloud.database import Store
from sync.cloud.desk import Desk
from sync.cloud.events_api import EventsApi
from sync.cloud.folder import CloudFolder, read_or_make_secret, write_secret
from sync.cloud.keyring import AT_ONCE, Keyring
from sync.cloud.meter import Meter
from sync.cloud.monitoring import Monitoring
from sync.cloud.pass_api import PassApi
from sync.cloud.phone import PhonePage
from sync.cloud.provision import RECEIVER
from sync.cloud.push_api import PushApi
from sync.cloud.receiver import SESSION_SECONDS, Receiver
from sync.cloud.reconcile_api import ReconcileApi
from sync.cloud.subscriptions import EVERY_PARTITION
from sync.mqtt import Account

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
OWN_NAMES = ("127.0.0.1", "localhost")
WebServer = MultiSocketServer | BaseWSGIServer
THREADS = 8
LARGEST_BODY = 32 * 1024 * 1024
RECEIVER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where the cloud listens, where its broker is, and what it hears there."""

    port: int
    broker_host: str
    broker_port: int
    subscriptions: Sequence[str] = EVERY_PARTITION
    mqtt_version: MqttVersion = MqttVersion.V5


def create_app(
    desk: Desk,
    *,
    token: str,
    connected: Callable[[], bool],
    notify: Callable[[Sequence[str]], None],
    let_in: LetIn = lambda _point_id, _password: None,
) -> Flask:
    """The cloud's pages and API."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    problems.install(app)
    app.before_request(_refuse_foreign_host)
    app.register_blueprint(OrdersApi(desk).blueprint())
    app.register_blueprint(EventsApi(desk.store, desk.clock, desk.meter).blueprint())
    app.register_blueprint(ReconcileApi(desk.store.reader, desk.clock, desk.meter).blueprint())
    app.register_blueprint(ClaimsApi(desk, let_in).blueprint())
    app.register_blueprint(PushApi(desk, desk.store.reader, notify).blueprint())
    app.register_blueprint(PassApi(desk, desk.store.reader).blueprint())
    app.register_blueprint(PhonePage(desk.store.reader, desk.clock).blueprint())
    app.register_blueprint(AdminDoor(desk, token, notify).blueprint())
    app.register_blueprint(contract_pages.blueprint())
    Monitoring(desk, connected).install(app)
    return app


def serve(folder: CloudFolder, address: Address, clock: Clock) -> None:
    """Run until SIGTERM or Ctrl-C; raises PointError when a part of it ends by itself."""
    store = Store.open(folder.database)
    try:
        keyring = Keyring.open(folder.keys, clock.now().wall)
        command_keys = Keyring.open(folder.command_keys, clock.now().wall, AT_ONCE)
        post = CommandPost(store, command_keys, clock)
        meter = Meter()
        receiver = Receiver(
            store, _account(folder, address), clock, post, meter, address.subscriptions
        )
        desk = Desk(store, keyring, clock, command_keys, meter)
        token = secrets.token_urlsafe(32)

        def notify(point_ids: Sequence[str]) -> None:
            cursor = changes.Cursor(changes.current(store.reader), held=False)
            receiver.hint(point_ids, str(cursor))

        def let_in(point_id: str, password: str) -> None:
            if not broker_door.let_in(folder, point_id, password):
                log.warning("broker_not_told", extra={"point": point_id, "remedy": TELL_BROKER})

        app = create_app(
            desk,
            token=token,
            connected=lambda: receiver.connected,
            notify=notify,
            let_in=let_in,
        )
        server = _listen(app, address.port)
        write_secret(folder.server, json.dumps({"port": address.port, "token": token}) + "\n")
        log.info("started", extra={"port": address.port})
        _run(server, receiver)
        log.info("stopped")
        folder.server.unlink(missing_ok=True)
    finally:
        store.close()


def _run(server: WebServer, receiver: Receiver) -> None:
    failures: list[BaseException] = []
    signal.signal(signal.SIGTERM, _leave)

    def receive() -> None:
        try:
            receiver.run()
        except BaseException as error:  # noqa: BLE001 - carried to the main thread, which raises it
            failures.append(error)
        finally:
            # The cloud without its receiver would look well and fall behind: it ends as a whole.
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=receive, name="receiver", daemon=True)
    with suppress(SystemExit):
        thread.start()
        server.run()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    server.close()
    receiver.stop()
    thread.join(timeout=RECEIVER_SECONDS)
    if failures:
        raise PointError(
            f"The receiver stopped: {failures[0]!r}.", "Start the cloud again; nothing is lost."
        ) from failures[0]


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(0)


def _listen(app: Flask, port: int) -> WebServer:
    try:
        return create_server(app, host=HOST, port=port, threads=THREADS, ident=None)
    except OSError as error:
        raise ConfigError(
            f"The cloud cannot listen on port {port}: {error.strerror}.",
            "Stop what listens there, or choose another --port.",
        ) from error


def _account(folder: CloudFolder, address: Address) -> Account:
    return Account(
        host=address.broker_host,
        port=address.broker_port,
        client_id=RECEIVER,
        username=RECEIVER,
        password=read_or_make_secret(folder.receiver_password),
        session_seconds=SESSION_SECONDS,
        manual_ack=True,
        version=address.mqtt_version,
    )


def _refuse_foreign_host() -> None:
    # Passes are shown here: no page of another site may read them through a made-up name.
    name = request.host.partition(":")[0]
    if name not in OWN_NAMES:
        raise problems.Problem(421, "This server answers to 127.0.0.1 and localhost only.")
