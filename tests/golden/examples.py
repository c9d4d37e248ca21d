"""Exact examples of everything that crosses between point and cloud; both sides' tests read them.

A changed example is a changed contract. `python -m tests.golden.examples` writes them anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from edge.core.command import Command, sign
from edge.core.command_arguments import OpenCompartment
from edge.core.cose import SigningKey
from edge.core.events import GENESIS, Event, EventType, Origin, encode, event_hash, uuid7
from edge.core.moment import ClockQuality, Moment
from edge.core.order_json import order_to_json, parse_order
from tests.edge.core.samples import EVENING, new_pass

FOLDER = Path(__file__).parent
ORIGIN = Origin("daan-07", "5e1f00d5c0ffee42", simulated=True)

_PARCEL = {
    "issuer": "neighbourly",
    "order_id": "GB-20260714-0042",
    "revision": 3,
    "parcel_id": "GB-20260714-0042-A",
    "place": "7",
}
_BEARER = {"trust": "A", "method": "pass", "pass": new_pass()}
_LINES = [
    {"line_id": "1", "handed": 2, "short": 0, "damaged": 0, "refused": 0},
    {"line_id": "2", "handed": 1, "short": 1, "damaged": 0, "refused": 0},
]
_COLD_LINES = [{"line_id": "3", "handed": 1, "short": 0, "damaged": 0, "refused": 0}]
_CLOSURE = {
    **_PARCEL,
    **_BEARER,
    "lines": _LINES,
    "hand_over": 4,
    "confirmed_by": "sensor",
    "released_at": "2026-07-14T18:30:03.000Z",
}
_COLD = {**_PARCEL, "parcel_id": "GB-20260714-0042-F", "place": "B2"}
_BY_HAND = {"trust": "D", "method": "leader", "leader_reason": "phone_tail"}

_STORY: tuple[tuple[EventType, Mapping[str, object]], ...] = (
    (EventType.POINT_STARTED, {"version": "0.1.0", "unconfirmed": 0}),
    (
        EventType.GOODS_RECEIVED,
        {"orders": [{"issuer": "neighbourly", "order_id": "GB-20260714-0042", "parcels": 2}]},
    ),
    (EventType.PARCEL_PUT_AWAY, _PARCEL),
    (EventType.ORDER_RELEASED, {**_PARCEL, **_BEARER, "lines": _LINES}),
    (EventType.DOOR_STUCK, {**_PARCEL, "hand_over": 4}),
    (EventType.ORDER_REOPENED, {**_PARCEL, **_BEARER, "hand_over": 4, "cause": "retry"}),
    (EventType.ORDER_PARTLY_COLLECTED, _CLOSURE),
    (EventType.ORDER_RELEASED, {**_COLD, **_BY_HAND, "lines": _COLD_LINES}),
    (EventType.ORDER_ANNULLED, {**_COLD, "hand_over": 8, "reason": "not_taken"}),
    (EventType.ORDER_RELEASED, {**_COLD, **_BEARER, "lines": _COLD_LINES}),
    (
        EventType.SCAN_REFUSED,
        {
            "issuer": "neighbourly",
            "order_id": "GB-20260714-0042",
            "reason": "door_blocked",
            "place": "B2",
            **_BEARER,
        },
    ),
    (
        EventType.ORDER_COLLECTED,
        {
            **_CLOSURE,
            **_COLD,
            "lines": _COLD_LINES,
            "hand_over": 10,
            "confirmed_by": "customer",
            "released_at": "2026-07-14T18:30:09.000Z",
        },
    ),
    (
        EventType.COMMAND_APPLIED,
        {
            "command_id": "019f61a3-7a68-7000-8000-00000000000c",
            "command": "open_compartment",
            "result": "opened",
            "detail": {"place": "7", "reason": "a customer's glove is caught in it"},
        },
    ),
    (
        EventType.COMMAND_REJECTED,
        {"command_id": "019f61a3-7a68-7000-8000-00000000000c", "reason": "replayed"},
    ),
)
_ABOUT_NO_ORDER = {
    EventType.POINT_STARTED,
    EventType.GOODS_RECEIVED,
    EventType.COMMAND_APPLIED,
    EventType.COMMAND_REJECTED,
}
COMMAND = Command(
    "019f61a3-7a68-7000-8000-00000000000c",
    "daan-07",
    "c2VhLXNhbHQtYW5kLXJhaW4",
    OpenCompartment("7", "a customer's glove is caught in it"),
)
COMMAND_KEY = SigningKey.from_bytes(bytes(range(32, 64)))
COMMAND_KID = bytes.fromhex("c0ffee07")


def events() -> dict[str, bytes]:
    """One evening at a point, file name to exact bytes: gapless and chained from the first."""
    bodies: dict[str, bytes] = {}
    prevhash = GENESIS
    for sequence, (kind, data) in enumerate(_STORY, start=1):
        body = _event(sequence, kind, data, prevhash)
        bodies[f"{sequence:02d}-{kind.value}.json"] = body
        prevhash = event_hash(body)
    return bodies


def _event(sequence: int, kind: EventType, data: Mapping[str, object], prevhash: bytes) -> bytes:
    wall = EVENING + timedelta(seconds=sequence - 1)
    moment = Moment(
        wall,
        ClockQuality.SYNCED,
        wall,
        boot_id="5b4fc1f0-4bb1-4b6a-9d5e-6c6c9a2f7b11",
        boot_ns=sequence * 1_000_000_000,
    )
    return encode(
        Event(kind, None if kind in _ABOUT_NO_ORDER else "GB-20260714-0042", data),
        origin=ORIGIN,
        sequence=sequence,
        prevhash=prevhash,
        moment=moment,
        event_id=uuid7(moment.unix_ms, sequence.to_bytes(10, "big")),
    )


def documents() -> dict[str, bytes]:
    """The pass and its order, by file name; the order as `parse_order` and its writer agree."""
    order = parse_order(json.loads((FOLDER / "order.json").read_bytes()))
    return {
        "pass.txt": new_pass().encode(),
        "command.cose": sign(COMMAND, COMMAND_KEY, COMMAND_KID),
        "order.json": json.dumps(order_to_json(order), ensure_ascii=False, indent=2).encode()
        + b"\n",
    }


def main() -> None:
    """Write every example anew."""
    (FOLDER / "events").mkdir(exist_ok=True)
    for name, body in events().items():
        (FOLDER / "events" / name).write_bytes(body)
    for name, body in documents().items():
        (FOLDER / name).write_bytes(body)


if __name__ == "__main__":
    main()
