"""The MQTT side as an AsyncAPI 3 document, told from the point's side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from edge.core import ids, topics
from sync.contract.batch import BATCH_TYPE, EVENT_TYPE, MAX_MESSAGE_BYTES
from sync.contract.spec.fragments import Schema
from sync.contract.spec.schemas import IN_DOCUMENT

_JSON = "application/json"
_ABOUT: Final = f"""\
What a pickup point and the cloud say to each other over MQTT 5 or 3.1.1, QoS 1.

A point writes below `up/` and reads below `down/` of its own topics, nothing else. The partition
is the first byte of SHA-256(point id) modulo {topics.PARTITIONS}: consumers subscribe by
partition, which keeps each point's order. No message is larger than {MAX_MESSAGE_BYTES} bytes.

Events come at least once. Store each under (point, epoch, sequence) and by its id, commit, then
publish an ack: nothing else settles an event, the broker's own receipt included."""


@dataclass(frozen=True, slots=True)
class _Channel:
    """One topic: what it carries, which way, and whether the broker keeps it."""

    leaf: str
    messages: tuple[str, ...]
    sends: bool
    retained: bool
    about: str

    @property
    def name(self) -> str:
        return self.leaf.partition("/")[2]


_CHANNELS: Final = (
    _Channel(
        "up/events",
        ("event", "event-batch"),
        sends=True,
        retained=False,
        about="One event while the point is up to date, a batch while it is behind.",
    ),
    _Channel(
        "up/hello",
        ("hello",),
        sends=True,
        retained=False,
        about="What the point still holds; on connecting, and when its epochs change.",
    ),
    _Channel(
        "up/presence",
        ("presence",),
        sends=True,
        retained=True,
        about="Birth, and the Last Will.",
    ),
    _Channel(
        "up/status",
        ("status",),
        sends=True,
        retained=True,
        about="How the point is, on change and every few minutes.",
    ),
    _Channel(
        "down/ack",
        ("ack",),
        sends=False,
        retained=False,
        about="The cloud's word after its commit.",
    ),
    _Channel(
        "down/hint",
        ("hint",),
        sends=False,
        retained=False,
        about="There is something to pull, or a challenge is wanted.",
    ),
    _Channel(
        "down/command",
        ("command",),
        sends=False,
        retained=False,
        about="A signed command, obeyed once. The payload described is what the signature covers.",
    ),
)
_CONTENT_TYPES: Final[Mapping[str, str]] = {
    "event": EVENT_TYPE,
    "event-batch": BATCH_TYPE,
    "command": 'application/cose; cose-type="cose-sign1"',
}


def document(version: str) -> Schema:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Pickup Point over MQTT", "version": version, "description": _ABOUT},
        "defaultContentType": _JSON,
        "servers": {"broker": _server()},
        "channels": {channel.name: _channel(channel) for channel in _CHANNELS},
        "operations": {_operation_name(channel): _operation(channel) for channel in _CHANNELS},
        "components": {
            "parameters": _PARAMETERS,
            "messages": {name: _message(name) for name in _carried()},
            "schemas": {name: IN_DOCUMENT[name] for name in _carried()},
            "securitySchemes": {
                "device": {
                    "type": "userPassword",
                    "description": "User name: the point's id. Password: given with its settings.",
                }
            },
        },
    }


_PARAMETERS: Final[Schema] = {
    "partition": {
        "description": "follows from the point",
        "enum": [f"p{number:02d}" for number in range(topics.PARTITIONS)],
    },
    "point": {"description": f"the point's id: {ids.POINT_ID.pattern}"},
}


def _server() -> Schema:
    return {
        "host": "broker.example:8883",
        "protocol": "secure-mqtt",
        "protocolVersion": "5.0",
        "description": "Any MQTT broker whose access list keeps points apart.",
        "security": [{"$ref": "#/components/securitySchemes/device"}],
    }


def _channel(channel: _Channel) -> Schema:
    return {
        "address": f"{topics.ROOT}/{{partition}}/{{point}}/{channel.leaf}",
        "description": channel.about,
        "parameters": {
            name: {"$ref": f"#/components/parameters/{name}"} for name in ("partition", "point")
        },
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in channel.messages},
    }


def _operation_name(channel: _Channel) -> str:
    return f"{'send' if channel.sends else 'receive'}{channel.name.capitalize()}"


def _operation(channel: _Channel) -> Schema:
    return {
        "action": "send" if channel.sends else "receive",
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "messages": [
            {"$ref": f"#/channels/{channel.name}/messages/{name}"} for name in channel.messages
        ],
        "bindings": {
            "mqtt": {"qos": 1, "retain": channel.retained, "bindingVersion": "0.2.0"},
        },
    }


def _message(name: str) -> Schema:
    return {
        "name": name,
        "contentType": _CONTENT_TYPES.get(name, _JSON),
        "payload": {"$ref": f"#/components/schemas/{name}"},
    }


def _carried() -> list[str]:
    return [name for channel in _CHANNELS for name in channel.messages]
