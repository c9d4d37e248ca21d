"""From the broker into the ledger: gather, commit, then acknowledge.

Rule: nothing is acknowledged, neither to the broker nor to a point, before its commit. A batch
that the disk refuses waits here and is tried again; the broker keeps whatever comes behind it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from random import Random

from peewee import Database

from edge.clock import Clock
from edge.core import topics
from edge.errors import MalformedMessage, NotConnected, StoreBusy
from sync.backoff import Backoff
from sync.cloud import twins
from sync.cloud.command_post import CommandPost
from sync.cloud.database import Store
from sync.cloud.judge import Arrival
from sync.cloud.meter import Meter
from sync.cloud.reception import Acks, receive
from sync.cloud.recorder import EpochKey
from sync.cloud.subscriptions import EVERY_PARTITION, checked, client_id
from sync.contract import (
    Ack,
    Hello,
    Hint,
    decode_batch,
    decode_hello,
    encode_acks,
    encode_hint,
)
from sync.mqtt import Account, Confirmed, Connection, Down, Link, Message, Report, Up

log = logging.getLogger(__name__)

SESSION_SECONDS = 7 * 24 * 3600
MOST_EVENTS = 200
GATHER_SECONDS = 0.02
TURN_SECONDS = 0.2
RETRY_SECONDS = 1.0
ONE_RECEIVER = "Stop the other cloud at this broker: partitions are the way to share the work."


@dataclass(frozen=True, slots=True)
class Intake:
    """One message taken apart: events for the ledger, a sign of life, or a hello to answer."""

    message: Message
    point_id: str
    arrivals: tuple[Arrival, ...] = ()
    hello: Hello | None = None


class Receiver:
    """Works on the calling thread until it is told to stop; any surprise ends it."""

    def __init__(
        self,
        store: Store,
        account: Account,
        clock: Clock,
        post: CommandPost | None = None,
        meter: Meter | None = None,
        subscriptions: Sequence[str] = EVERY_PARTITION,
    ) -> None:
        self._meter = meter or Meter()
        self._store = store
        self._post = post
        self._clock = clock
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._connection: Connection | None = None
        self._stopping = threading.Event()
        self._last_word: tuple[str, dict[str, str]] | None = None
        random = Random()  # noqa: S311 - spreads reconnects, guards nothing
        filters = checked(subscriptions)
        self._link = Link(
            replace(account, client_id=client_id(account.client_id, filters)),
            subscriptions=filters,
            reports=self._reports,
            next_wait=Backoff(random, longest=10.0).next_wait,
            boot_seconds=clock.seconds,
        )

    @property
    def connected(self) -> bool:
        """Whether the broker is reached now."""
        return self._connection is not None

    def run(self) -> None:
        """Serve until `stop`."""
        self._link.start()
        try:
            while not self._stopping.is_set():
                self._turn()
        finally:
            self._link.close()

    def stop(self) -> None:
        """Let `run` return soon; called by another thread."""
        self._stopping.set()

    def hint(self, point_ids: Iterable[str], cursor: str) -> None:
        """Tell points that there is something to pull; who misses it pulls a little later."""
        connection = self._connection
        for point_id in point_ids if connection is not None else ():
            payload = encode_hint(Hint(cursor))
            self._publish(connection, topics.topic(point_id, "down/hint"), payload)

    def _turn(self) -> None:
        if not self._link.is_alive():
            raise NotConnected("The line to the broker stopped working.", "Start the cloud again.")
        self._ask_for_challenges()
        batch: list[Intake] = []
        report = self._next(TURN_SECONDS)
        deadline = self._clock.seconds() + GATHER_SECONDS
        while report is not None:
            if isinstance(report, Message):
                batch.append(take_apart(report))
            else:
                self._notice(report)
            full = sum(len(intake.arrivals) for intake in batch) >= MOST_EVENTS
            report = None if full or self._clock.seconds() > deadline else self._next(0)
        if batch:
            self._commit_and_answer(batch)

    def _ask_for_challenges(self) -> None:
        if self._post is None or self._connection is None:
            return
        for point_id in self._post.wanted():
            payload = encode_hint(Hint(want_challenge=True))
            self._publish(self._connection, topics.topic(point_id, "down/hint"), payload)

    def _send_commands(self, batch: Sequence[Intake]) -> None:
        for intake in batch:
            challenge = None if intake.hello is None else intake.hello.challenge
            if self._post is not None and challenge is not None:
                body = self._post.answer(intake.point_id, challenge)
                if body is not None:
                    topic = topics.topic(intake.point_id, "down/command")
                    self._publish(intake.message.connection, topic, body)

    def _next(self, timeout: float) -> Report | None:
        try:
            return self._reports.get(block=timeout > 0, timeout=timeout)
        except Empty:
            return None

    def _notice(self, report: Up | Down | Confirmed) -> None:
        if isinstance(report, Up):
            self._connection = report.connection
            self._say_once("broker_connected", session="kept" if report.session_present else "new")
        elif isinstance(report, Down):
            self._connection = None
            self._say_once("broker_away", why=report.reason)
            if report.pushed_off:
                log.error("pushed_off_the_line", extra={"remedy": ONE_RECEIVER})
        elif not report.accepted:
            log.warning("publish_refused", extra={"why": report.reason})

    def _say_once(self, event: str, **told: str) -> None:
        # A broker that is away for a night fails every few seconds in the same words.
        if (event, told) != self._last_word:
            log.info(event, extra=told)
        self._last_word = (event, told)

    def _commit_and_answer(self, batch: Sequence[Intake]) -> None:
        acks = self._until_committed(lambda database: self._record(database, batch))
        if acks is None:
            return
        self._meter.acknowledged(acks, self._clock.now().wall.timestamp())
        connections = {intake.point_id: intake.message.connection for intake in batch}
        for point_id, epochs in acks.items():
            for payload in encode_acks(Ack(tuple(epochs), self._clock.now().wall)):
                self._publish(connections[point_id], topics.topic(point_id, "down/ack"), payload)
        # The broker last: a point waits for our word, the broker only gives up its copy.
        for intake in batch:
            intake.message.connection.acknowledge(intake.message)
        self._send_commands(batch)
        self._tell_twins(batch)

    def _tell_twins(self, batch: Sequence[Intake]) -> None:
        for intake in batch:
            if topics.leaf_of(intake.message.topic) != "up/presence":
                continue
            if twins.are_there(self._store.reader, intake.point_id, self._clock.now().wall):
                payload = encode_hint(Hint(second_device=True))
                topic = topics.topic(intake.point_id, "down/hint")
                self._publish(intake.message.connection, topic, payload)

    def _record(self, database: Database, batch: Sequence[Intake]) -> Acks:
        arrivals = [arrival for intake in batch for arrival in intake.arrivals]
        asked = [question for intake in batch for question in _asked(intake)]
        return receive(database, arrivals, self._clock.now().wall, asked)

    def _until_committed(self, work: Callable[[Database], Acks]) -> Acks | None:
        while not self._stopping.is_set():
            try:
                return self._store.write(work)
            except StoreBusy as error:
                log.warning("commit_tried_again", extra={"why": error.what})
                self._stopping.wait(RETRY_SECONDS)
        return None

    def _publish(self, connection: Connection | None, topic: str, payload: bytes) -> None:
        if connection is None:
            return
        try:
            connection.publish(topic, payload)
        except NotConnected as error:
            # A point that misses an ack sends again or says hello, and is answered then.
            log.info("not_published", extra={"why": error.what})


def take_apart(message: Message) -> Intake:
    """What a message holds; whatever cannot be read becomes one arrival, to be kept aside."""
    parsed = topics.parse_topic(message.topic)
    point_id = parsed[1] if parsed is not None else _point_in(message.topic)
    leaf = topics.leaf_of(message.topic)
    whole = Intake(message, point_id, (Arrival(message.topic, point_id, message.payload),))
    with suppress(MalformedMessage):
        if leaf == "up/hello" and parsed is not None:
            return Intake(message, point_id, hello=decode_hello(message.payload))
        if leaf == "up/events":
            bodies = decode_batch(message.payload)
            arrivals = tuple(Arrival(message.topic, point_id, body) for body in bodies)
            return Intake(message, point_id, arrivals)
    return whole


def _asked(intake: Intake) -> list[tuple[EpochKey, int]]:
    spans = intake.hello.epochs if intake.hello is not None else ()
    return [((intake.point_id, span.epoch), span.first_unacked) for span in spans]


def _point_in(topic: str) -> str:
    levels = topic.split("/")
    return levels[3] if len(levels) > 3 else ""
