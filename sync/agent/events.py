"""The uplink on a real connection: publishes what it decides, tells it what came back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from edge.core.moment import Moment
from edge.core.parked import ParkedFrom
from edge.core.topics import topic
from edge.core.trouble import Trouble
from edge.errors import MalformedMessage, NotConnected, StoreBusy, StoreCorrupt
from edge.store import inbox
from edge.store.database import Reader, Txn, Writer
from edge.store.outbox import EpochSpan, Settled, StoredEvent, epochs, read_events, unsent
from sync.agent.line import REFUSED, Line
from sync.agent.parking import Parking
from sync.agent.status import StatusTimer
from sync.contract import (
    BATCH_TYPE,
    EVENT_TYPE,
    WINDOW,
    Presence,
    Status,
    decode_ack,
    encode_hello,
    encode_presence,
    encode_status,
)
from sync.detour import Posted
from sync.mqtt import Confirmed, Connection, Up, Will
from sync.uplink import Action, Post, SayHello, Send, Uplink

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""Until a file of the kiosk that could not be read is tried again."""
SETTLED_SECONDS = 0.25
"""Between two commits of what is settled: what a crash forgets of it goes up once more."""


class Outbox:
    """The kiosk's file as the uplink's EventSource."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def epochs(self) -> list[EpochSpan]:
        """All epochs that have events, oldest first."""
        return epochs(self._reader)

    def read(self, epoch: str, first: int, limit: int, max_bytes: int) -> list[StoredEvent]:
        """Events of one epoch from `first` on."""
        return read_events(self._reader, epoch, first, limit, max_bytes)


@dataclass(frozen=True, slots=True)
class HttpsWay:
    """How events go when the broker's way is blocked, and after how long it counts as blocked."""

    post: Callable[[Post], None]
    after_seconds: float


class Events:
    """Everything that goes up, for as long as the agent lives; all of it on the loop's thread."""

    def __init__(  # noqa: PLR0913 - each of its parts, by name
        self,
        *,
        point_id: str,
        version: str,
        edge: Reader,
        writer: Writer,
        now: Callable[[], Moment],
        line: Line,
        parking: Parking,
        https: HttpsWay,
        batch_events: int = WINDOW,
    ) -> None:
        self._point_id = point_id
        self._version = version
        self._edge = edge
        self._writer = writer
        self._now = now
        self._line = line
        self._parking = parking
        self._post = https.post
        self._boot = now().boot_id
        self._uplink = Uplink(
            Outbox(edge),
            writer.call(inbox.settled),
            boot=self._boot,
            batch_events=batch_events,
            stalled_seconds=https.after_seconds,
        )
        self._connection: Connection | None = None
        self._tickets: dict[int, int] = {}
        self._counter = 0
        self._settling: dict[str, Settled] = {}
        self._is_stale = True
        self._blind_until = 0.0
        self._settle_at = 0.0
        self._status = StatusTimer()
        self._set_aside = 0
        self._was_on_detour = False
        self._damaged = frozenset(writer.call(inbox.damaged_events))
        self._challenge: str | None = None

    def will(self) -> Will:
        """What the broker says in our name when the connection now to be made ends."""
        self._counter = self._now().boot_ns // 1_000_000
        return Will(self._topic("up/presence"), self._presence(online=False))

    def up(self, up: Up, seconds: float) -> None:
        """A connection stands."""
        self._connection = up.connection
        self._tickets = {}
        self._uplink.connected(
            seconds, receive_maximum=up.receive_maximum, maximum_packet=up.maximum_packet
        )
        self._line.broker_up()
        self._status = StatusTimer()
        self._publish("up/presence", self._presence(online=True), retain=True)

    def down(self, *, refused: bool, trouble: Trouble | None = None) -> None:
        """The connection, or the attempt at one, is over."""
        self._connection = None
        self._uplink.disconnected()
        self._line.broker_down(refused=refused, trouble=trouble)

    def confirmed(self, confirmed: Confirmed) -> None:
        """A PUBACK; a no counts whatever it is about: brokers may hang up right after it."""
        if confirmed.connection is not self._connection:
            return
        ticket = self._tickets.pop(confirmed.mid, None)
        if not confirmed.accepted:
            log.warning("publish_refused", extra={"why": confirmed.reason})
            self._line.trouble("broker", Trouble.EVENTS_REFUSED)
        elif ticket is not None:
            self._line.trouble("broker", None)
        if ticket is not None:
            self._uplink.confirmed(ticket)

    def acknowledged(self, payload: bytes, *, retained: bool = False) -> None:
        """A message on `down/ack`; of a retained one nobody knows how old it is."""
        try:
            ack = decode_ack(payload)
        except MalformedMessage as error:
            self._parking.park(ParkedFrom.ACK, error.what, payload)
            self._line.trouble("acks", Trouble.NONSENSE)
            return
        if retained:
            return
        self._line.trouble("acks", None)
        self._settling.update(self._uplink.acknowledged(ack))

    def posted(self, posted: Posted, seconds: float) -> None:
        """The answer to what went by HTTPS."""
        if posted.reason is not None:
            log.warning("events_not_posted", extra={"why": posted.reason})
            if posted.body is not None:
                self._parking.park(ParkedFrom.ANSWER, posted.reason, posted.body)
        self._line.trouble("ledger", posted.trouble if posted.trouble in REFUSED else None)
        if posted.reason is None and self._uplink.is_on_detour:
            self._line.trouble("detour", Trouble.BROKER_BLOCKED)
        self._settling.update(self._uplink.posted(posted.ticket, posted.answer, seconds))

    def greet(self, challenge: str) -> None:
        """Say hello once more, with the kiosk's challenge; without a line it is of no use."""
        if self._connection is not None:
            self._challenge = challenge
            self._uplink.greet()

    def has_news(self, seconds: float) -> bool:
        """Whether the kiosk has written since the last step."""
        if seconds < self._blind_until:
            return False
        try:
            self._is_stale = self._edge.changed() or self._is_stale
        except (StoreBusy, StoreCorrupt) as error:
            self._go_blind(error, seconds)
        return self._is_stale

    def step(self, seconds: float) -> None:
        """Look at what the kiosk wrote, and send what is to be sent."""
        if seconds < self._blind_until:
            return
        try:
            actions = self._decide(seconds)
            self._say_status(seconds)
        except (StoreBusy, StoreCorrupt) as error:
            self._go_blind(error, seconds)
            return
        for action in actions:
            self._do(action)

    def write(self, seconds: float) -> None:
        """Store which rows are damaged, and what is settled, if the last time was long ago."""
        self._write_damaged()
        if self._settling and seconds >= self._settle_at:
            self._settle_at = seconds + SETTLED_SECONDS
            self.flush()

    def flush(self) -> None:
        """Store what the cloud has settled."""
        if not self._settling:
            return
        settling, self._settling = self._settling, {}
        moment = self._now()
        self._writer.call(lambda txn: _store(txn, settling, moment))

    def _write_damaged(self) -> None:
        damaged = self._uplink.damaged
        if damaged == self._damaged:
            return
        self._writer.call(lambda txn: inbox.put_damaged_events(txn, sorted(damaged)))
        self._damaged = damaged

    def _decide(self, seconds: float) -> list[Action]:
        if self._is_stale:
            self._uplink.look()
            self._is_stale = False
        actions = self._uplink.step(seconds)
        self._note_set_aside()
        self._note_detour()
        return actions

    def _go_blind(self, error: StoreBusy | StoreCorrupt, seconds: float) -> None:
        log.warning("outbox_unreadable", extra={"why": error.what})
        self._line.trouble("outbox", Trouble.POINT_FILE_UNREADABLE)
        self._blind_until = seconds + RETRY_SECONDS
        self._is_stale = True

    def _note_set_aside(self) -> None:
        count = self._uplink.set_aside
        self._line.trouble("outbox", Trouble.ROWS_DAMAGED if count else None)
        if count > self._set_aside:
            log.error("events_set_aside", extra={"events": count})
        self._set_aside = count

    def _note_detour(self) -> None:
        is_on = self._uplink.is_on_detour
        if is_on and not self._was_on_detour:
            log.warning("events_go_by_https")
        elif self._was_on_detour and not is_on:
            log.info("events_go_by_broker_again")
            self._line.trouble("detour", None)
        self._was_on_detour = is_on

    def _do(self, action: Action) -> None:
        if isinstance(action, SayHello):
            challenge, self._challenge = self._challenge, None
            self._publish("up/hello", encode_hello(replace(action.hello, challenge=challenge)))
        elif isinstance(action, Send):
            self._send(action)
        elif isinstance(action, Post):
            self._post(action)
        elif self._connection is not None:
            self._connection.drop(action.reason)

    def _send(self, send: Send) -> None:
        content_type = BATCH_TYPE if send.is_batch else EVENT_TYPE
        mid = self._publish("up/events", send.payload, content_type=content_type)
        if mid is not None:
            self._tickets[mid] = send.ticket

    def _publish(
        self, leaf: str, payload: bytes, *, retain: bool = False, content_type: str | None = None
    ) -> int | None:
        """Publish if there is a connection; one that is just going is reported Down right after."""
        if self._connection is None:
            return None
        try:
            return self._connection.publish(
                self._topic(leaf), payload, retain=retain, content_type=content_type
            )
        except NotConnected:
            self._connection = None
            self._uplink.disconnected()
            return None

    def _say_status(self, seconds: float) -> None:
        if self._connection is None or not self._status.is_due(seconds):
            return
        waiting = unsent(self._edge, self._uplink.settled)
        quality = self._now().quality.value
        status = Status(
            waiting.count,
            waiting.oldest,
            self._uplink.set_aside,
            quality,
            self._line.most_urgent,
        )
        if self._status.is_worth_saying(status):
            self._publish("up/status", encode_status(status), retain=True)

    def _presence(self, *, online: bool) -> bytes:
        since = self._now().wall if online else None
        return encode_presence(Presence(online, self._boot, self._counter, since, self._version))

    def _topic(self, leaf: str) -> str:
        return topic(self._point_id, leaf)


def _store(txn: Txn, settling: Mapping[str, Settled], moment: Moment) -> None:
    for epoch, told in settling.items():
        inbox.merge_settled(txn, epoch, told)
    inbox.note_ack(txn, moment)
