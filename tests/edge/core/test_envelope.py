"""Events from outside: whatever is wrong is named, and nothing else is ever raised."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.envelope import MAX_EVENT_BYTES, read_event
from edge.errors import MalformedMessage

GOOD: dict[str, object] = {
    "specversion": "1.0",
    "id": "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    "source": "/points/daan-07/0123456789abcdef",
    "type": "pickup.order.collected",
    "time": "2026-07-14T18:30:00.000Z",
    "subject": "GB-1",
    "sequence": "00000000000000000001",
    "clockquality": "synced",
    "bootid": "5b4fc1f0-4bb1-4b6a-9d5e-6c6c9a2f7b11",
    "bootns": "987000000",
    "prevhash": "ab" * 32,
    "data": {"place": "7"},
}
REQUIRED = sorted(GOOD.keys() - {"subject"})


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_attribute_is_named(name: str) -> None:
    with pytest.raises(MalformedMessage, match=rf"\b{name} must"):
        read_event(_body({key: value for key, value in GOOD.items() if key != name}))


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("value", [None, True, 1, 1.5, [], ["x"], "", " ", "\n", "團" * 70])
def test_an_attribute_of_another_kind_is_named(name: str, value: object) -> None:
    with pytest.raises(MalformedMessage, match=rf"\b{name} must") as failure:
        read_event(_body({**GOOD, name: value}))

    assert "kept aside" in failure.value.remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "0.3"),
        ("datacontenttype", "text/xml"),
        ("id", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f"),
        ("id", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F"),
        ("id", "017f22e279b07cc398c4dc0c0c07398f"),
        ("source", "/points/daan-07"),
        ("source", "/points/daan-07/0123456789ABCDEF"),
        ("source", "/points/daan-07/0123456789abcdef/"),
        ("source", "/points/../0123456789abcdef"),
        ("source", "/points/daan/07/0123456789abcdef"),
        ("source", "/points/daan-07/0123456789abcdef\n"),
        ("type", "order.collected"),
        ("type", "pickup.order"),
        ("type", "pickup.order.collected.twice"),
        ("time", "2026-07-14 18:30:00Z"),
        ("time", "2026-07-14T18:30:00"),
        ("time", "2026-02-30T18:30:00Z"),
        ("time", "2026-07-14T18:30:60Z"),
        ("time", "2026-07-14T24:00:01Z"),
        ("time", "0001-01-01T00:00:00+14:00"),
        ("time", "2026-07-14T18:30:00+99:99"),
        ("time", "２026-07-14T18:30:00Z"),
        ("subject", "GB 1"),
        ("subject", "G" * 25),
        ("sequence", "1"),
        ("sequence", "0" * 20),
        ("sequence", "9" * 20),
        ("sequence", "0000000000000000000１"),
        ("sequence", "-0000000000000000001"),
        ("clockquality", "good"),
        ("clockquality", "SYNCED"),
        ("bootid", "../../etc"),
        ("bootns", "-5"),
        ("bootns", "9" * 30),
        ("prevhash", "AB" * 32),
        ("prevhash", "ab" * 31),
        ("prevhash", "ab" * 33),
        ("simulated", "true"),
        ("simulated", 1),
        ("simulated", None),
        ("data", "place 7"),
    ],
)
def test_an_attribute_that_breaks_its_rule_is_named(name: str, value: object) -> None:
    with pytest.raises(MalformedMessage, match=rf"\b{name} must"):
        read_event(_body({**GOOD, name: value}))


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("is not JSON", b""),
        ("is not JSON", b"hello"),
        ("is not JSON", b"{} {}"),
        ("is not JSON", b"\xef\xbb\xbf{}"),
        ("is not UTF-8", b'{"data": "\xff"}'),
        ("is not UTF-8", '{"data": {}}'.encode("utf-16")),
        ("must be a JSON object", b"[]"),
        ("must be a JSON object", b"7"),
        ("must be a JSON object", b"null"),
        ("says 'id' twice", b'{"id": "a", "id": "b"}'),
        ("says 'place' twice", b'{"data": {"place": "7", "place": "8"}}'),
        ("holds NaN", b'{"data": {"x": NaN}}'),
        ("holds -Infinity", b'{"data": {"x": -Infinity}}'),
        ("without end", b'{"data": {"x": 1e999}}'),
        ("half a character", b'{"data": {"x": "\\ud800"}}'),
        ("half a character", b'{"data": {"\\udfff": 1}}'),
        ("nested too deeply", b"[" * 16_000),
        ("nested too deeply", b'{"data":' * 2_000),
        ("more than 300 digits", b'{"data": {"x": ' + b"9" * 5_000 + b"}}"),
        ("at most 16384", b'{"data": "' + b"x" * MAX_EVENT_BYTES + b'"}'),
        ("at most 16384", b"[" * 10_000_000),
    ],
)
def test_bytes_that_are_no_event_are_refused_in_words(what: str, body: bytes) -> None:
    with pytest.raises(MalformedMessage, match=what):
        read_event(body)


def test_a_whole_character_in_two_escapes_is_text() -> None:
    body = _body(GOOD).replace(b'"7"', b'"\\ud83c\\udf4c"')

    assert read_event(body).data == {"place": "🍌"}


def test_attributes_and_types_of_a_newer_point_are_let_through() -> None:
    body = _body({**GOOD, "type": "pickup.robot.waved", "traceparent": "00-1"})

    assert read_event(body).type == "pickup.robot.waved"


def test_an_offset_other_than_utc_is_the_same_instant() -> None:
    there = read_event(_body({**GOOD, "time": "2026-07-15T02:30:00+08:00"}))

    assert there.time == read_event(_body(GOOD)).time


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_else(noise: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_event(noise)


@given(st.integers(0, 10_000), st.binary(max_size=3))
def test_damaged_bytes_are_read_or_refused(position: int, damage: bytes) -> None:
    body = bytearray(_body(GOOD))
    at = position % len(body)
    body[at : at + len(damage)] = damage

    with contextlib.suppress(MalformedMessage):
        assert read_event(bytes(body)).body == bytes(body)


def _body(document: dict[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def test_an_event_nested_to_any_depth_is_refused_and_never_a_recursion_error() -> None:
    for depth in (65, *range(900, 1010), 2000):
        body = b'{"data":' + b"[" * depth + b'"\\u0041"' + b"]" * depth + b"}"
        with pytest.raises(MalformedMessage, match="nested too deeply"):
            read_event(body)
