"""Several events in one message, without touching a byte of any of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from edge.errors import MalformedMessage

EVENT_TYPE = "application/cloudevents+json"
BATCH_TYPE = "application/cloudevents-batch+json"
MAX_MESSAGE_BYTES = 64 * 1024
"""No message of either side is larger."""
_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()


def encode_batch(bodies: Sequence[bytes]) -> bytes:
    """Several events in one message, each with exactly the bytes it has on file."""
    return b"[" + b",".join(bodies) + b"]"


def decode_batch(data: bytes) -> list[bytes]:
    """The exact bytes of each event of a message, which may also hold a single event."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise _malformed(f"it is longer than {MAX_MESSAGE_BYTES} bytes")
    if not data.lstrip().startswith(b"["):
        return [data]
    try:
        return [body.encode() for body in _split(data.decode())]
    except (ValueError, RecursionError) as error:
        raise _malformed("its array is broken") from error


def _split(text: str) -> list[str]:
    """Cut an array into the texts of its members, without rewriting any of them."""
    members: list[str] = []
    at = _skip_space(text, text.index("[") + 1)
    while True:
        _, end = _DECODER.raw_decode(text, at)
        members.append(text[at:end])
        at = _skip_space(text, end)
        if text[at : at + 1] != ",":
            break
        at = _skip_space(text, at + 1)
    if text[at:].strip(_SPACE) != "]":
        raise ValueError("the array does not end where it should")
    return members


def _skip_space(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _SPACE:
        at += 1
    return at


def _malformed(what: str) -> MalformedMessage:
    return MalformedMessage(
        f"A message of events cannot be read: {what}.", "Correct the point that sent it."
    )
