"""One paho client, set up the way this product needs it."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.core.topics import MqttVersion
from sync.tls import Tls

CONNECT_SECONDS = 10.0
KEEPALIVE_SECONDS = 20
PROTOCOLS: Mapping[MqttVersion, MQTTProtocolVersion] = {
    MqttVersion.V5: MQTTProtocolVersion.MQTTv5,
    MqttVersion.V3_1_1: MQTTProtocolVersion.MQTTv311,
}


@dataclass(frozen=True, slots=True)
class Account:
    """Where the broker is and who we are there.

    `session_seconds` 0 means a clean start without a session (the point); the receiver keeps one.
    Without `tls` the password travels in the clear: for a broker on this machine only.
    """

    host: str
    port: int
    client_id: str
    username: str
    password: str = field(repr=False)
    session_seconds: int = 0
    manual_ack: bool = False
    tls: Tls | None = None
    version: MqttVersion = MqttVersion.V5

    @property
    def is_v5(self) -> bool:
        """Whether properties and reasons are spoken."""
        return self.version is MqttVersion.V5


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says in our name, retained, when we vanish."""

    topic: str
    payload: bytes


def new_client(account: Account, will: Will | None) -> paho.Client:
    """A client that leaves window, reconnects and socket writes to others."""
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=account.client_id,
        # From version 5 on this is said when connecting.
        clean_session=None if account.is_v5 else account.session_seconds == 0,
        protocol=PROTOCOLS[account.version],
        reconnect_on_failure=False,
        manual_ack=account.manual_ack,
    )
    client.username_pw_set(account.username, account.password)
    client.connect_timeout = CONNECT_SECONDS
    client.on_socket_open = _prefer_latency
    # Without this callback a publishing thread would write to the socket beside the loop.
    client.on_socket_register_write = _leave_to_the_loop
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


def connect(client: paho.Client, account: Account) -> None:
    """Say CONNECT; before version 5 the broker alone decides how long it keeps a session."""
    if not account.is_v5:
        client.connect(account.host, account.port, KEEPALIVE_SECONDS)
        return
    client.connect(
        account.host,
        account.port,
        KEEPALIVE_SECONDS,
        clean_start=account.session_seconds == 0,
        properties=_session_expiry(account.session_seconds),
    )


def subscribe(client: paho.Client, account: Account, topics: Sequence[str]) -> None:
    """Ask for these topics, QoS 1."""
    if account.is_v5:
        # As published: a live message that was sent as retained is to be known by that, too.
        options = SubscribeOptions(qos=1, retainAsPublished=True)
        client.subscribe([(topic, options) for topic in topics])
    else:
        client.subscribe([(topic, 1) for topic in topics])


def _session_expiry(seconds: int) -> Properties:
    """How long the broker keeps a session, as CONNECT says it."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho leaves it untyped
    properties.SessionExpiryInterval = seconds
    return properties


class _PackedOnce(Properties):
    """Properties of many messages: paho packs them anew for each, in a tenth of its sending."""

    @cached_property
    def _packed(self) -> bytes:
        return bytes(super().pack())  # type: ignore[no-untyped-call] # paho leaves it untyped

    def pack(self) -> bytes:
        return self._packed


@lru_cache(maxsize=8)
def content_type_of(content_type: str) -> Properties:
    """A content type as PUBLISH says it; building one is slow, so each is kept."""
    properties = _PackedOnce(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho leaves it untyped
    properties.ContentType = content_type
    return properties
