"""Events: the envelope that all share, and the data of each type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from edge.core import envelope, ids, order_json, pickup_code
from edge.core.ballast import Ballast
from edge.core.command import Rejection
from edge.core.command_arguments import CommandName
from edge.core.events import EventType
from edge.core.moment import ClockQuality
from edge.core.reasons import Reason
from edge.core.view import ConfirmedBy, Trust
from sync.contract.spec.fragments import (
    Schema,
    array,
    choice,
    constant,
    described,
    flag,
    instant,
    matching,
    or_null,
    record,
    text,
    whole,
)


def _where_trust_is(trust: Iterable[Trust], then: Schema) -> Schema:
    has: Schema = {"properties": {"trust": {"enum": [rung.value for rung in trust]}}}
    return {"if": has, "then": then}


_MOST_LINES: Final = 200
"""Lines in one closure, as the cloud takes them."""
_POSITION: Final = whole(1, 2**63 - 1, "the hand-over: its number in the point's log")
_QUANTITY: Final = whole(0, order_json.MAX_QUANTITY)
_COUNT: Final = whole(0, 2**53 - 1)
_PLACE: Final = text(40, about="the label of a door or a shelf place")

_ORDER: Final[Mapping[str, Schema]] = {
    "issuer": matching(ids.ISSUER),
    "order_id": matching(ids.ORDER_ID, "the event's subject"),
}
_PARCEL: Final[Mapping[str, Schema]] = {
    **_ORDER,
    "revision": whole(0, order_json.MAX_REVISION),
    "parcel_id": matching(order_json.PARCEL_ID),
    "place": _PLACE,
}
_BEARER: Final[Mapping[str, Schema]] = {
    "trust": choice(
        Trust, "A pass, order known; B pass, order unknown; C pickup code; D the leader's word"
    ),
    "method": text(32, about="pass, sub_pass, pickup_code, leader"),
}
_PROOF: Final[Mapping[str, Schema]] = {
    "pass": matching(re.compile("PP1[A-Z2-7]+"), "as it was presented: proof of presentation"),
    "code_proof": matching(
        pickup_code.PROOF,
        "HMAC-SHA256 of {issuer}/{order id}/{the eight digits} under the point's key, where trust "
        "is C: who knows only the code's hash cannot make it",
    ),
    "presented_for": matching(
        ids.ORDER_ID, "the other order of the same customer whose pass or code was presented"
    ),
    "leader_reason": text(40, about="why the leader vouched, where trust is D"),
}
_LINES: Final = array(
    record(
        {
            "line_id": matching(order_json.LINE_ID),
            "handed": {**_QUANTITY, "description": "what the customer has"},
            "short": {**_QUANTITY, "description": "ordered and never came"},
            "damaged": _QUANTITY,
            "refused": _QUANTITY,
        }
    ),
    _MOST_LINES,
    least=1,
    about="in pieces or grams, final: what is missing is refunded, never brought later",
)
_PROVEN: Final = (
    _where_trust_is((Trust.PASS_KNOWN, Trust.PASS_UNKNOWN), {"required": ["pass"]}),
    _where_trust_is((Trust.PICKUP_CODE,), {"required": ["code_proof"]}),
    _where_trust_is((Trust.LEADER,), {"not": {"required": ["presented_for"]}}),
)
_CLOSURE: Final[Schema] = record(
    {
        **_PARCEL,
        **_BEARER,
        "lines": _LINES,
        "hand_over": _POSITION,
        "confirmed_by": choice(ConfirmedBy, "who saw the goods go"),
        "released_at": instant("when the hand-over was committed"),
    },
    _PROOF,
    about="A closure: these lines were handed over. The money is settled from these alone.",
) | {"allOf": list(_PROVEN)}
_DOOR: Final = record({"place": _PLACE, "hand_over": or_null(_POSITION)})

DATA: Final[Mapping[EventType, Schema]] = {
    EventType.ORDER_RELEASED: record(
        {**_PARCEL, **_BEARER, "lines": _LINES},
        _PROOF,
        about="Committed; only then was the door commanded.",
    ),
    EventType.ORDER_COLLECTED: _CLOSURE,
    EventType.ORDER_PARTLY_COLLECTED: _CLOSURE,
    EventType.ORDER_REOPENED: record(
        {
            **_PARCEL,
            **_BEARER,
            "hand_over": _POSITION,
            "cause": choice(("retry", "grace"), "after a failure, or within the grace"),
        },
        _PROOF,
    ),
    EventType.ORDER_RETURNED: record(
        {
            **{name: schema for name, schema in _PARCEL.items() if name != "place"},
            "lines": _LINES,
        },
        about="These lines will not be handed over any more: refund.",
    ),
    EventType.ORDER_ANNULLED: record(
        {**_PARCEL, "hand_over": _POSITION, "reason": text(40)},
        about="That hand-over did not happen: what its closure said is taken back.",
    ),
    EventType.SCAN_REFUSED: record(
        {**_ORDER, **_BEARER, "reason": choice(Reason)}, {**_PROOF, "place": or_null(_PLACE)}
    ),
    EventType.GOODS_RECEIVED: record(
        {
            "orders": array(record({**_ORDER, "parcels": _COUNT}), 10_000),
        }
    ),
    EventType.PARCEL_PUT_AWAY: record(_PARCEL),
    EventType.DOOR_STUCK: record({**_PARCEL, "hand_over": _POSITION}),
    EventType.DOOR_FORCED: _DOOR,
    EventType.DOOR_LEFT_OPEN: _DOOR,
    EventType.PAYMENT_RECORDED: record(
        {
            **_ORDER,
            "amount_minor": whole(0, order_json.MAX_MINOR),
            "currency": matching(order_json.CURRENCY),
        }
    ),
    EventType.LEADER_OVERRIDE: record(
        {"what": text(40)},
        {"place": _PLACE, "orders": {**_COUNT, "description": "whose names were shown"}},
    ),
    EventType.EVENT_LOST: record(
        {
            "epoch": matching(ids.EPOCH),
            "sequence": whole(1, 2**63 - 1, "in that epoch: this place is settled now"),
            "prevhash": matching(envelope.HASH, "as the lost event had it"),
            "hash": matching(envelope.HASH, "of the lost bytes, as the event after it names it"),
        },
        about="The point's own file damaged an event before the cloud had it; the chain goes on.",
    ),
    EventType.COMMAND_APPLIED: record(
        {
            "command_id": matching(envelope.UUID7),
            "command": choice(CommandName),
            "result": choice(
                ("done", "opened", "stuck", "unknown"),
                "unknown: begun, and nobody saw how it ended",
            ),
            "detail": {"type": "object"},
        }
    ),
    EventType.COMMAND_REJECTED: record(
        {
            "command_id": or_null(matching(envelope.UUID7, "null where nobody proved anything")),
            "reason": choice(Rejection),
        },
        about="Nothing was done. Forged ones are told once a minute, not one by one.",
    ),
    EventType.POINT_STARTED: record(
        {"version": text(40), "unconfirmed": _COUNT},
        {"ballast": described(choice(Ballast), "given_up: its disk was full when it started")},
    ),
    EventType.CLOCK_STEPPED: record(
        {"by_ms": whole(-(2**53) + 1, 2**53 - 1, "so much was added to the wall clock")},
        about="Somebody set the clock, or it was corrected; times of this boot before differ.",
    ),
}
"""What each type carries; a type that is not here has an object that later versions describe."""


def _of_type(kind: EventType, data: Schema) -> Schema:
    is_it: Schema = {"properties": {"type": constant(kind.value)}}
    return {"if": is_it, "then": {"properties": {"data": data}}}


ENVELOPE: Final = record(
    {
        "specversion": constant("1.0"),
        "id": matching(envelope.UUID7, "once for ever; never to be ordered by"),
        "source": matching(envelope.SOURCE, "/points/{point}/{epoch}"),
        "type": matching(
            envelope.TYPE, f"one of {', '.join(EventType)}; a receiver keeps aside what it lacks"
        ),
        "time": instant("as the point's clock had it: see clockquality"),
        "sequence": {
            **matching(envelope.SEQUENCE, "from 1, gapless in an epoch"),
            "not": constant("0" * 20),
        },
        "clockquality": choice(ClockQuality),
        "bootid": matching(ids.BOOT_ID),
        "bootns": matching(envelope.BOOT_NS, "nanoseconds since that boot"),
        "prevhash": matching(
            envelope.HASH, "SHA-256 of the exact bytes of the event before, in hex; zeros at first"
        ),
        "data": {"type": "object"},
    },
    {
        "datacontenttype": constant("application/json"),
        "subject": matching(ids.ORDER_ID, "the order that it is about"),
        "simulated": flag("true where no real door moved"),
    },
    about=f"A CloudEvents 1.0 event in structured JSON, at most {envelope.MAX_EVENT_BYTES} bytes. "
    "Its bytes are made once and sent again identically: hash them as they came.",
)
EVENT: Final[Schema] = {
    **ENVELOPE,
    "allOf": [_of_type(kind, data) for kind, data in DATA.items()],
}
