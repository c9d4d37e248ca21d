"""What a point and the cloud say to each other, pure: both sides import it."""

from sync.contract.acks import encode_acks
from sync.contract.batch import (
    BATCH_TYPE,
    EVENT_TYPE,
    MAX_MESSAGE_BYTES,
    decode_batch,
    encode_batch,
)
from sync.contract.messages import (
    MAX_SEQUENCE,
    Ack,
    EpochAck,
    EpochSpan,
    Hello,
    Hint,
    Rejection,
    decode_ack,
    decode_hello,
    decode_hint,
    encode_ack,
    encode_hello,
    encode_hint,
)
from sync.contract.page import Page, RefusedOrder, decode_page
from sync.contract.refusal import REVOKED, is_revoked
from sync.contract.signs import (
    Presence,
    Status,
    decode_presence,
    decode_status,
    encode_presence,
    encode_status,
)

__all__ = [
    "BATCH_TYPE",
    "EVENT_TYPE",
    "MAX_MESSAGE_BYTES",
    "MAX_SEQUENCE",
    "REVOKED",
    "WINDOW",
    "Ack",
    "EpochAck",
    "EpochSpan",
    "Hello",
    "Hint",
    "Page",
    "Presence",
    "RefusedOrder",
    "Rejection",
    "Status",
    "decode_ack",
    "decode_batch",
    "decode_hello",
    "decode_hint",
    "decode_page",
    "decode_presence",
    "decode_status",
    "encode_ack",
    "encode_acks",
    "encode_batch",
    "encode_hello",
    "encode_hint",
    "encode_presence",
    "encode_status",
    "is_revoked",
]

WINDOW = 50
"""Messages in flight, and events in one batch, at most."""
