"""The schemas and the readers agree: what one of them refuses, the other refuses, too.

Schemas cannot compare two fields of an object; the readers' few rules of that kind are named here.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core import topics
from edge.core.cose import read_sign1
from edge.core.envelope import read_event
from edge.core.order_json import parse_order
from edge.errors import MalformedMessage
from sync.cloud.judge import Accepted, Arrival, judge
from sync.contract import (
    decode_ack,
    decode_hello,
    decode_hint,
    decode_page,
    decode_presence,
    decode_status,
)
from sync.contract.reconciliation import decode_findings, decode_question
from tests.contract.validators import fits
from tests.golden import examples

EVENTS = examples.events()
ORDER = json.loads(examples.documents()["order.json"])
HELLO = {
    "epochs": [{"epoch": "5e1f00d5c0ffee42", "first_unacked": 3, "last": 9}],
    "boot": "5b4fc1f0-4bb1-4b6a-9d5e-6c6c9a2f7b11",
    "challenge": "c2VhLXNhbHQ",
}
ACK = {
    "epochs": [
        {
            "epoch": "5e1f00d5c0ffee42",
            "through": 7,
            "also": [9, 11],
            "rejected": [{"sequence": 5, "code": "malformed"}],
        }
    ],
    "server_time": "2026-07-14T18:30:00Z",
}
PRESENCE = {
    "state": "online",
    "boot": "5b4fc1f0-4bb1-4b6a-9d5e-6c6c9a2f7b11",
    "counter": 7310,
    "since": "2026-07-14T18:30:00Z",
    "version": "0.1.0",
}
STATUS = {
    "unsent": 3,
    "oldest_unsent": "2026-07-14T18:30:00Z",
    "set_aside": 1,
    "clock_quality": "synced",
    "trouble": "second_device",
}
RANGE = {"epoch": "5e1f00d5c0ffee42", "first": 3, "last": 9, "proof": "ab" * 32}
RECONCILIATION = {"ranges": [RANGE]}
LEDGER_RANGES = {"ranges": [{**RANGE, "count": 7, "age_seconds": 86_400}]}
HINT = {"cursor": "g1-42", "want_challenge": True, "second_device": False}
PAGE = {
    "cursor": "g1-42",
    "more": False,
    "server_time": "2026-07-14T18:30:00Z",
    "keys": [
        {"kid": "0a1b2c3d", "public_key": "A" * 43, "issuer": "neighbourly", "not_after": None}
    ],
    "command_keys": [],
    "points": [],
    "rules": {"version": 1},
    "eta": None,
    "pickup_codes": {"key": "A" * 43},
    "orders": [ORDER],
}
BEYOND_A_SCHEMA = (
    "given twice",
    "every line of the order exactly once",
    "later than opens",
    "epochs[0].last must",
    "ranges[0].last must",
    "must be a date that exists",
    "must be a date and time that exists",
)
ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**16),
    st.sampled_from(
        ["", " ", "x", "A-1", "王小明", "\u0007", "a" * 600, "2026-07-14", "2026-07-14T18:30:00Z"]
    ),
    st.lists(st.integers(0, 3), max_size=2),
    st.just({}),
)


def read_by_cloud(document: object) -> None:
    """Take an event as the cloud does: its envelope, and what closes lines."""
    read_event(json.dumps(document).encode())


READERS: dict[str, tuple[object, Callable[[object], object]]] = {
    "order": (ORDER, parse_order),
    "hello": (HELLO, lambda value: decode_hello(json.dumps(value).encode())),
    "ack": (ACK, lambda value: decode_ack(json.dumps(value).encode())),
    "hint": (HINT, lambda value: decode_hint(json.dumps(value).encode())),
    "presence": (PRESENCE, lambda value: decode_presence(json.dumps(value).encode())),
    "reconciliation": (
        RECONCILIATION,
        lambda value: decode_question(json.dumps(value).encode()),
    ),
    "ledger-ranges": (LEDGER_RANGES, lambda value: decode_findings(json.dumps(value).encode())),
    "status": (STATUS, lambda value: decode_status(json.dumps(value).encode())),
}


@pytest.mark.parametrize("name", EVENTS)
def test_every_example_of_an_event_fits_its_schema(name: str) -> None:
    assert fits("event", json.loads(EVENTS[name]))


def test_an_evening_of_events_fits_as_a_batch() -> None:
    assert fits("event-batch", [json.loads(body) for body in EVENTS.values()])


def test_a_page_of_orders_fits_and_is_read() -> None:
    assert fits("orders-page", PAGE)
    assert decode_page(json.dumps(PAGE).encode()).orders[0].ref.order_id == ORDER["id"]


def test_the_payload_of_a_signed_command_fits() -> None:
    message = read_sign1(examples.documents()["command.cose"])
    assert message is not None

    assert fits("command", json.loads(message.payload))


@pytest.mark.parametrize("name", READERS)
def test_an_example_fits_and_is_read(name: str) -> None:
    example, read = READERS[name]

    assert fits(name, example)
    read(example)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_schema_and_reader_agree_about_a_document_with_one_odd_field(
    name: str, data: st.DataObject
) -> None:
    example, read = READERS[name]
    odd = _with_one_odd_field(example, data)

    _agree(name, read, odd)


@given(st.data())
def test_what_the_envelope_schema_refuses_the_reader_refuses(data: st.DataObject) -> None:
    event = json.loads(EVENTS["02-pickup.goods.received.json"])
    place = data.draw(st.sampled_from(sorted(event)))
    odd = {**event, place: data.draw(ODD_VALUES)}
    if place == "data":
        # What an event of this type says is no matter of the envelope.
        odd["type"] = "pickup.point.newer"

    _agree("event", read_by_cloud, odd)


@pytest.mark.parametrize("name", [n for n in EVENTS if "collected" in n or "annulled" in n])
@given(data=st.data())
def test_a_closure_that_fits_is_taken_by_the_cloud(name: str, data: st.DataObject) -> None:
    event = json.loads(EVENTS[name])
    odd = {**event, "data": _with_one_odd_field(event["data"], data)}
    if odd["data"].get("order_id") == event["subject"] and fits("event", odd):
        topic = topics.topic("daan-07", "up/events")
        arrival = Arrival(topic, "daan-07", json.dumps(odd).encode())

        assert isinstance(judge(arrival), Accepted)


def _with_one_odd_field(example: object, data: st.DataObject) -> dict[str, object]:
    """The same with one field, at any depth, taken out or made odd."""
    odd = copy.deepcopy(example)
    assert isinstance(odd, dict)
    holder: dict[str, object] = odd
    name = data.draw(st.sampled_from(sorted(holder)))
    while data.draw(st.booleans()):
        inner = holder[name]
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            inner = data.draw(st.sampled_from(inner))
        if not isinstance(inner, dict) or not inner:
            break
        holder = inner
        name = data.draw(st.sampled_from(sorted(holder)))
    if data.draw(st.booleans()):
        del holder[name]
    else:
        holder[name] = data.draw(ODD_VALUES)
    return odd


def _agree(name: str, read: Callable[[object], object], value: object) -> None:
    refusal = ""
    try:
        read(value)
    except MalformedMessage as error:
        refusal = str(error)
    if fits(name, value):
        assert not refusal or any(rule in refusal for rule in BEYOND_A_SCHEMA)
    else:
        assert refusal
