"""`pickup-sync`: the sync agent at the shell."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from random import Random, SystemRandom

from edge import logs
from edge.clock import RELEASED_AT, Clock, SystemClock
from edge.config import CloudConfig, DataLayout, PointConfig, load_point
from edge.core.topics import topic
from edge.errors import AlreadyRunning, ConfigError, PointError, StoreCorrupt
from edge.store import commands as stored
from edge.store.aside import set_aside
from edge.store.database import Reader, Writer
from edge.store.floor import trusted_floor
from edge.store.foreign import ForeignFile
from sync.agent import Agent, AgentReport, Stop
from sync.agent.commands import Commands
from sync.agent.events import Events, HttpsWay
from sync.agent.forgetting import Forgetting
from sync.agent.line import Line
from sync.agent.orders import Orders
from sync.agent.parking import Parking
from sync.agent.reconciliation import FIRST_SECONDS, Reconciliation
from sync.backoff import Backoff
from sync.claiming import claim
from sync.contract import WINDOW
from sync.detour import EventsApi, poster
from sync.downlink import OrdersApi, puller
from sync.https import CloudAddress
from sync.mqtt import Account, Link
from sync.parked_command import list_parked
from sync.reconciling import ReconcileApi, reconciler
from sync.tls import Tls
from sync.uplink import STALLED_SECONDS

log = logging.getLogger("sync")

BROKEN = 70
"""EX_SOFTWARE: whoever started us is to start us again."""
WRONG_USE = 2
HEARD = ("down/ack", "down/hint", "down/command")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What opens the cloud's HTTPS, and the broker."""

    token: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pace:
    """Until events go by HTTPS, until the first reconciliation; events in one message."""

    stalled_seconds: float = STALLED_SECONDS
    reconcile_after: float = FIRST_SECONDS
    batch_events: int = WINDOW


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status tells a supervisor what to do."""
    options = _parser().parse_args(arguments)
    logs.begin("pickup-sync")
    try:
        options.run(DataLayout(options.data), options)
    except (ConfigError, AlreadyRunning) as error:
        return _fail(error, WRONG_USE)
    except PointError as error:
        return _fail(error, BROKEN)
    except Exception as error:
        log.critical("stopped", exc_info=error)
        logs.flush()
        return BROKEN
    return 0


def serve(layout: DataLayout, _options: argparse.Namespace, pace: Pace | None = None) -> None:
    """Sync one point until SIGTERM or SIGINT."""
    config = load_point(layout)
    secrets = read_secrets(config)
    writer = open_memory(layout.sync_db)
    edge = Reader.open(layout.edge_db, kind="edge")
    reports: SimpleQueue[AgentReport] = SimpleQueue()
    try:
        clock = clock_behind(layout.edge_db)
        agent = build(config, writer, edge, reports, secrets=secrets, clock=clock, pace=pace)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: reports.put(Stop()))
        log.info("started", extra={"point": config.point.id})
        agent.run()
        log.info("stopped")
    finally:
        writer.close()
        edge.close()


def clock_behind(edge_db: Path) -> SystemClock:
    """The machine's clock behind what the kiosk's file proves; an unreadable one proves nothing."""
    file = ForeignFile(edge_db, "edge")
    try:
        return SystemClock(file.ask(trusted_floor) or RELEASED_AT)
    finally:
        file.close()


def open_memory(path: Path) -> Writer:
    """The agent's own file; a damaged one makes room, for cloud and kiosk have all that it knew."""
    try:
        return Writer.open(path, kind="sync")
    except StoreCorrupt as error:
        aside = set_aside(path)
        log.warning("file_set_aside", extra={"why": error.what, "now_at": str(aside)})
    return Writer.open(path, kind="sync")


def build(
    config: PointConfig,
    writer: Writer,
    edge: Reader,
    reports: SimpleQueue[AgentReport],
    *,
    secrets: Secrets,
    clock: Clock,
    pace: Pace | None = None,
) -> Agent:
    """The agent from its parts, each named once."""
    random, pace = SystemRandom(), pace or Pace()
    point_id, cloud = config.point.id, config.cloud
    line = Line(writer, clock.now)
    tls = (
        None
        if cloud.ca_file is None
        else Tls(cloud.ca_file, cloud.certificate_file, cloud.key_file, clock)
    )
    address = CloudAddress(cloud.orders_url, point_id, secrets.token, tls)
    pulling = puller(OrdersApi(address, clock.seconds).fetch, reports.put, clock.seconds)
    posting = poster(EventsApi(address, clock.seconds).post, reports.put, clock.seconds)
    comparing = reconciler(ReconcileApi(address, clock.seconds).ask, reports.put, clock.seconds)
    forgetting = Forgetting(edge=edge, writer=writer)
    parking = Parking(writer, clock.now, forgetting.passed)
    events = Events(
        point_id=point_id,
        version=version("pickup-point"),
        edge=edge,
        writer=writer,
        now=clock.now,
        line=line,
        parking=parking,
        https=HttpsWay(posting.ask, pace.stalled_seconds),
        batch_events=pace.batch_events,
    )
    orders = Orders(
        writer=writer,
        now=clock.now,
        passed=forgetting.passed,
        line=line,
        parking=parking,
        ask=pulling.ask,
        pull_seconds=cloud.pull_seconds,
        random=random,
    )
    reconciliation = Reconciliation(
        edge=edge,
        writer=writer,
        line=line,
        parking=parking,
        ask=comparing.ask,
        random=random,
        first_seconds=pace.reconcile_after,
    )
    commands = Commands(
        writer, edge, {stored.RESYNC: orders.start_over, stored.PULL: orders.pull_now}
    )
    link = Link(
        Account(
            cloud.broker_host,
            cloud.broker_port,
            client_id=point_id,
            username=point_id,
            password=secrets.password,
            tls=tls,
            version=cloud.mqtt_version,
        ),
        subscriptions=tuple(topic(point_id, leaf) for leaf in HEARD),
        reports=reports,
        next_wait=reconnects(cloud, random).next_wait,
        boot_seconds=clock.seconds,
        will=events.will,
    )
    return Agent(
        reports=reports,
        link=link,
        askers={
            "orders API": pulling,
            "ledger by HTTPS": posting,
            "ledger's reconciliation": comparing,
        },
        orders=orders,
        events=events,
        commands=commands,
        reconciliation=reconciliation,
        forgetting=forgetting,
        parking=parking,
        line=line,
        seconds=clock.seconds,
    )


def reconnects(cloud: CloudConfig, random: Random) -> Backoff:
    """How long this point waits before it comes back to a broker that it lost."""
    return Backoff(random, spread=cloud.reconnect_seconds)


def read_secrets(config: PointConfig) -> Secrets:
    """Both from their files; raises ConfigError."""
    return Secrets(
        token=read_secret(config.cloud.token_file),
        password=read_secret(config.cloud.mqtt_password_file),
    )


def read_secret(file: Path) -> str:
    """A secret's file, without the line's end; raises ConfigError."""
    try:
        secret = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The secret in {file} cannot be read ({type(error).__name__}).",
            "Add the point with 'pickup-cloud point add', or copy its secrets here.",
        ) from error
    if not secret or not secret.isprintable():
        raise ConfigError(f"The secret in {file} is empty or broken.", "Copy it here once more.")
    return secret


def _fail(error: PointError, status: int) -> int:
    log.critical("stopped", extra={"why": error.what, "remedy": error.remedy})
    logs.flush()
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pickup-sync", description="Carries orders down and events up, for one pickup point."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve_parser = commands.add_parser("serve", help="sync until it is stopped")
    serve_parser.set_defaults(run=serve)
    claim_parser = commands.add_parser("claim", help="ask the cloud to make this device a point")
    claim_parser.set_defaults(run=claim)
    claim_parser.add_argument("--cloud", required=True, metavar="URL", help="https://…")
    claim_parser.add_argument(
        "--ca", type=Path, metavar="FILE", help="the only authority that its certificate may have"
    )
    parked_parser = commands.add_parser("parked", help="list messages that could not be read")
    parked_parser.set_defaults(run=list_parked)
    parked_parser.add_argument("--json", action="store_true", help="with the bytes, in Base64")
    for each in (serve_parser, claim_parser, parked_parser):
        each.add_argument(
            "--data", type=Path, required=True, metavar="DIR", help="the point's data directory"
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
