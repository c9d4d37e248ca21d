"""One connection to the broker, from CONNECT to its end.

Rule: callbacks only put values into the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from paho.mqtt import client as paho
from paho.mqtt.client import MQTT_LOG_ERR
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.core.trouble import Trouble
from edge.errors import NotConnected
from sync.mqtt.client import (
    CONNECT_SECONDS,
    Account,
    Will,
    connect,
    content_type_of,
    new_client,
    subscribe,
)
from sync.tls import Fault, fault_of, refused_by

TURN_SECONDS = 1.0
"""The longest that the network loop sleeps; also how fast it notices `drop`."""
UNLIMITED = 65_535
"""What MQTT 5 means when a broker names no receive maximum."""
WITH_WILL = 0x04
REFUSALS = frozenset({0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C})
"""CONNACK codes that waiting does not cure: version, client id, password, not allowed, banned."""
SESSION_TAKEN_OVER = 0x8E


@dataclass(frozen=True, slots=True)
class Up:
    """Connected and subscribed. A kept session may deliver a Message just before this."""

    connection: Connection
    session_present: bool
    receive_maximum: int
    maximum_packet: int | None


@dataclass(frozen=True, slots=True)
class Down:
    """This connection, or the attempt at one, is over; `refused` when the broker said no.

    `trouble` where TLS says why; `pushed_off` when somebody else connected under our name.
    """

    reason: str
    refused: bool = False
    trouble: Trouble | None = None
    pushed_off: bool = False


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
        self._last_words = ""
        self._greeting: Up | None = None
        self._client = new_client(account, will)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message
        self._client.on_disconnect = self._on_disconnect

    @property
    def stood(self) -> bool:
        """Whether the broker ever let us in."""
        return self._greeting is not None

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
        told = content_type if self._account.is_v5 else None
        properties = None if told is None else content_type_of(told)
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
        if self._account.is_v5:
            self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=WITH_WILL))
        else:
            # A goodbye would take the will along.
            self._finish("We leave.")

    def run(self, beat: Callable[[float], None]) -> Down:
        """Connect and serve the socket until this connection is over."""
        try:
            beat(CONNECT_SECONDS)
            self._prepare_tls()
            connect(self._client, self._account)
            self._serve(beat)
        except Exception as error:  # noqa: BLE001 - whatever bytes from outside do to paho ends this connection, never the link
            # paho has its socket when the handshake is over.
            shaking_hands = self._client.socket() is None
            fault = fault_of(error, self._account.tls, shaking_hands=shaking_hands)
            self._finish(f"{type(error).__name__}: {error}", fault=fault)
        finally:
            self._close_socket()
        return self._end or Down("The line to the broker was lost.")

    def _prepare_tls(self) -> None:
        tls = self._account.tls
        if tls is not None:
            self._client.tls_set_context(tls.context())
            self._client.on_log = self._on_log

    def _serve(self, beat: Callable[[float], None]) -> None:
        while self._end is None:
            beat(TURN_SECONDS)
            code = self._client.loop(TURN_SECONDS)
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._finish(f"The line to the broker was lost ({code.name}).")

    def _finish(
        self,
        reason: str,
        *,
        refused: bool = False,
        fault: Fault | None = None,
        pushed_off: bool = False,
    ) -> None:
        # A certificate of ours that the broker does not take is refused after the handshake.
        fault = fault or (refused_by(self._last_words) if self._greeting is None else None)
        if fault is not None:
            self._end = self._end or Down(fault.reason, refused, fault.trouble)
        self._end = self._end or Down(reason, refused, pushed_off=pushed_off)

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
            subscribe(client, self._account, self._subscriptions)
        else:
            self._reports.put(self._greeting)

    def _on_log(self, _client: paho.Client, _userdata: object, level: int, words: str) -> None:
        # What breaks the line while paho reads is told nowhere else.
        if level == MQTT_LOG_ERR and self._greeting is None:
            self._last_words = words

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
        pushed_off = reason.value == SESSION_TAKEN_OVER
        self._finish(f"The line to the broker was lost: {reason}.", pushed_off=pushed_off)
