"""The one home of paho: a link to the broker that reports into a queue and reconnects by itself.

Rule: callbacks only put values into the queue; a client lives for one connection and is then
thrown away, so that nothing but the caller's own store is ever a queue of messages.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.errors import NotConnected

KEEPALIVE_SECONDS = 20
CONNECT_SECONDS = 10.0
TURN_SECONDS = 1.0
"""The longest that the network loop sleeps; also how fast it notices `drop`."""
PATIENCE_SECONDS = 60.0
"""A loop thread silent for this much longer than it announced is dead or stuck."""
UNLIMITED = 65_535
"""What MQTT 5 means when a broker names no receive maximum."""
WITH_WILL = 0x04
REFUSALS = frozenset({0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C})
"""CONNACK codes that waiting does not cure: version, client id, password, not allowed, banned."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where the broker is and who we are there.

    `session_seconds` 0 means a clean start without a session (the point); the receiver keeps one.
    """

    host: str
    port: int
    client_id: str
    username: str
    password: str = field(repr=False)
    session_seconds: int = 0
    manual_ack: bool = False


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says in our name, retained, when we vanish."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Up:
    """Connected and subscribed. A kept session may deliver a Message just before this."""

    connection: Connection
    session_present: bool
    receive_maximum: int
    maximum_packet: int | None


@dataclass(frozen=True, slots=True)
class Down:
    """This connection, or the attempt at one, is over; `refused` when the broker said no."""

    reason: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A PUBACK: the broker has message `mid` (`accepted`), or refuses it and says why."""

    connection: Connection
    mid: int
    accepted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Message:
    """Something that arrived; with manual ack it is the broker's until `connection.acknowledge`."""

    connection: Connection
    topic: str
    payload: bytes
    mid: int
    qos: int
    retained: bool
    duplicate: bool


Report = Up | Down | Confirmed | Message


class Reports(Protocol):
    """Where reports go: a queue, which may hold other things besides."""

    def put(self, report: Report, /) -> None:
        """Take it without waiting."""


class Connection:
    """One life of one client. Methods may be called from any thread, `run` only by the link."""

    def __init__(
        self,
        account: Account,
        subscriptions: Sequence[str],
        will: Will | None,
        reports: Reports,
    ) -> None:
        self._account = account
        self._subscriptions = subscriptions
        self._reports = reports
        self._end: Down | None = None
        self._greeting: Up | None = None
        self._client = _new_client(account, will)
        self._client.on_socket_open = _prefer_latency
        # Without this callback a publishing thread would write to the socket beside the loop.
        self._client.on_socket_register_write = _leave_to_the_loop
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message
        self._client.on_disconnect = self._on_disconnect

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        content_type: str | None = None,
    ) -> int:
        """Hand a message to this connection; its `mid` comes back in a Confirmed (QoS 1)."""
        if self._end is not None or not self._client.is_connected():
            raise NotConnected("The broker is not reached now.", "It is tried again by itself.")
        properties = None if content_type is None else _content_type(content_type)
        info = self._client.publish(topic, payload, qos, retain, properties)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise NotConnected(
                f"The broker's line takes nothing now ({info.rc.name}).",
                "It is tried again by itself.",
            )
        return info.mid

    def acknowledge(self, message: Message) -> None:
        """Tell the broker that a message is safe with us (manual ack only)."""
        self._client.ack(message.mid, message.qos)

    def drop(self, reason: str) -> None:
        """Cut the line without a word; the link reports Down and tries again."""
        self._finish(reason)

    def leave(self) -> None:
        """Say goodbye and let the broker publish the will."""
        self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=WITH_WILL))

    def run(self, beat: Callable[[float], None]) -> Down:
        """Connect and serve the socket until this connection is over."""
        try:
            beat(CONNECT_SECONDS)
            self._client.connect(
                self._account.host,
                self._account.port,
                KEEPALIVE_SECONDS,
                clean_start=self._account.session_seconds == 0,
                properties=_session_expiry(self._account.session_seconds),
            )
            self._serve(beat)
        except Exception as error:  # noqa: BLE001 - whatever bytes from outside do to paho ends this connection, never the link
            self._finish(f"{type(error).__name__}: {error}")
        finally:
            self._close_socket()
        return self._end or Down("The line to the broker was lost.")

    def _serve(self, beat: Callable[[float], None]) -> None:
        while self._end is None:
            beat(TURN_SECONDS)
            code = self._client.loop(TURN_SECONDS)
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._finish(f"The line to the broker was lost ({code.name}).")

    def _finish(self, reason: str, *, refused: bool = False) -> None:
        self._end = self._end or Down(reason, refused)

    def _close_socket(self) -> None:
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def _on_connect(
        self,
        client: paho.Client,
        _userdata: object,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._finish(f"The broker refused: {reason}.", refused=reason.value in REFUSALS)
            return
        self._greeting = Up(
            self,
            flags.session_present,
            getattr(properties, "ReceiveMaximum", UNLIMITED),
            getattr(properties, "MaximumPacketSize", None),
        )
        if self._subscriptions:
            client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._subscriptions])
        else:
            self._reports.put(self._greeting)

    def _on_subscribe(
        self,
        _client: paho.Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        failed = next((reason for reason in reasons if reason.is_failure), None)
        if failed is not None:
            self._finish(f"The broker lets us not subscribe: {failed}.", refused=True)
        elif self._greeting is not None:
            self._reports.put(self._greeting)

    def _on_publish(
        self,
        _client: paho.Client,
        _userdata: object,
        mid: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._reports.put(Confirmed(self, mid, not reason.is_failure, str(reason)))

    def _on_message(
        self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage
    ) -> None:
        self._reports.put(
            Message(
                self,
                message.topic,
                bytes(message.payload),
                message.mid,
                message.qos,
                message.retain,
                message.dup,
            )
        )

    def _on_disconnect(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._finish(f"The line to the broker was lost: {reason}.")


class Link:
    """Keeps one connection after the other; everything that happens is put into `reports`.

    `next_wait` is asked, with how long the last connection lived, how long to wait (seconds).
    """

    def __init__(
        self,
        account: Account,
        *,
        subscriptions: Sequence[str],
        reports: Reports,
        next_wait: Callable[[float], float],
        boot_seconds: Callable[[], float],
        will: Callable[[], Will | None] = lambda: None,
    ) -> None:
        self._account = account
        self._subscriptions = subscriptions
        self._reports = reports
        self._next_wait = next_wait
        self._boot_seconds = boot_seconds
        self._will = will
        self._connection: Connection | None = None
        self._closing = threading.Event()
        self._due = boot_seconds() + PATIENCE_SECONDS
        self._thread = threading.Thread(target=self._run, name="mqtt-link", daemon=True)

    def start(self) -> None:
        """Begin to connect; the first report is an Up or a Down."""
        self._thread.start()

    def is_alive(self) -> bool:
        """False when the thread died or has been stuck for a minute: the process must end."""
        return self._thread.is_alive() and self._boot_seconds() < self._due

    def close(self, timeout: float = 1.0) -> None:
        """Say goodbye and stop; returns within `timeout` seconds even if the line is stuck."""
        self._closing.set()
        connection = self._connection
        if connection is not None:
            connection.leave()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._closing.is_set():
            began = self._boot_seconds()
            self._connection = Connection(
                self._account, self._subscriptions, self._will(), self._reports
            )
            end = self._connection.run(self._beat)
            self._connection = None
            self._reports.put(end)
            wait = self._next_wait(self._boot_seconds() - began)
            self._beat(wait)
            self._closing.wait(wait)

    def _beat(self, allowance: float) -> None:
        """The thread is well and will be heard of again within `allowance` seconds."""
        self._due = self._boot_seconds() + allowance + PATIENCE_SECONDS


def _new_client(account: Account, will: Will | None) -> paho.Client:
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=account.client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
        reconnect_on_failure=False,
        manual_ack=account.manual_ack,
    )
    client.username_pw_set(account.username, account.password)
    client.connect_timeout = CONNECT_SECONDS
    # The window is the caller's; paho's own is ignored on connect and scanned on every PUBACK.
    client.max_inflight_messages_set(0)
    if will is not None:
        client.will_set(will.topic, will.payload, qos=1, retain=True)
    return client


def _prefer_latency(_client: paho.Client, _userdata: object, sock: paho.SocketLike) -> None:
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _leave_to_the_loop(_client: paho.Client, _userdata: object, _sock: paho.SocketLike) -> None:
    """Nothing to do: the loop was woken and writes by itself."""


def _session_expiry(seconds: int) -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho leaves it untyped
    properties.SessionExpiryInterval = seconds
    return properties


@lru_cache(maxsize=8)
def _content_type(content_type: str) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho leaves it untyped
    properties.ContentType = content_type
    return properties
