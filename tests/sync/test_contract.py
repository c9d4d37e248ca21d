import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import MalformedMessage
from sync.contract import (
    MAX_MESSAGE_BYTES,
    Ack,
    EpochAck,
    EpochSpan,
    Hello,
    Hint,
    Presence,
    Rejection,
    Status,
    decode_ack,
    decode_batch,
    decode_hello,
    decode_hint,
    decode_page,
    decode_presence,
    decode_status,
    encode_ack,
    encode_acks,
    encode_batch,
    encode_hello,
    encode_hint,
    encode_presence,
    encode_status,
)

SIX_PM = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
MONDAY = "00000000000000a1"
TUESDAY = "00000000000000b2"


def test_hello_comes_back_as_it_was_said() -> None:
    hello = Hello((EpochSpan(MONDAY, 18, 17), EpochSpan(TUESDAY, 1, 40)), "boot-1", "c4a11e")
    assert decode_hello(encode_hello(hello)) == hello


def test_ack_comes_back_as_it_was_said() -> None:
    ack = Ack(
        (
            EpochAck(MONDAY, 17),
            EpochAck(TUESDAY, 3, also=(5, 6), rejected=(Rejection(6, "foreign_point"),)),
        ),
        SIX_PM,
    )
    assert decode_ack(encode_ack(ack)) == ack


@pytest.mark.parametrize(
    "hint", [Hint(), Hint("000123"), Hint(want_challenge=True), Hint(second_device=True)]
)
def test_hint_comes_back_as_it_was_said(hint: Hint) -> None:
    assert decode_hint(encode_hint(hint)) == hint


def test_a_will_does_not_claim_to_know_when_it_was_read_out() -> None:
    will = json.loads(encode_presence(Presence(False, "boot-1", 7, None, "0.1.0")))
    assert will == {
        "state": "offline",
        "boot": "boot-1",
        "counter": 7,
        "since": None,
        "version": "0.1.0",
    }


@pytest.mark.parametrize(("online", "since"), [(True, SIX_PM), (False, None)])
def test_birth_and_will_come_back_as_they_were_said(online: bool, since: datetime | None) -> None:
    said = Presence(online, "boot-1", 7, since, "0.1.0")
    assert decode_presence(encode_presence(said)) == said


@pytest.mark.parametrize("oldest", [None, SIX_PM])
def test_status_comes_back_as_it_was_said(oldest: datetime | None) -> None:
    said = Status(3, oldest, 1, "floor")
    assert decode_status(encode_status(said)) == said


def test_fields_of_a_newer_cloud_are_ignored() -> None:
    said = json.loads(encode_ack(Ack((EpochAck(MONDAY, 17),), SIX_PM)))
    said["weather"] = "rain"
    said["epochs"][0]["colour"] = "red"
    assert decode_ack(json.dumps(said).encode()) == Ack((EpochAck(MONDAY, 17),), SIX_PM)


def ack_with(**change: object) -> bytes:
    epoch: dict[str, object] = {"epoch": MONDAY, "through": 17}
    epoch.update(change)
    return json.dumps({"epochs": [epoch], "server_time": "2026-11-20T18:00:00Z"}).encode()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (ack_with(through="17"), "epochs[0].through must be a whole number"),
        (ack_with(through=True), "epochs[0].through must be a whole number"),
        (ack_with(through=-1), "epochs[0].through must be a whole number from 0"),
        (ack_with(through=10**30), "epochs[0].through"),
        (ack_with(epoch="../../etc"), "epochs[0].epoch must look like"),
        (ack_with(also=[19, 0]), "epochs[0].also must hold whole numbers"),
        (ack_with(also=[True]), "epochs[0].also must hold whole numbers"),
        (ack_with(also={}), "epochs[0].also must be a list"),
        (ack_with(rejected=[{"sequence": 4}]), "epochs[0].rejected[0].code"),
        (b'{"epochs": [7], "server_time": "2026-11-20T18:00:00Z"}', "epochs[0] must be"),
        (b'{"epochs": {}, "server_time": "2026-11-20T18:00:00Z"}', "epochs must be a list"),
        (b'{"epochs": []}', "server_time"),
        (b'{"epochs": [], "server_time": "2026-11-20T18:00:00"}', "server_time"),
        (b"[]", "must be a JSON object"),
        (b"<html>502</html>", "is not JSON"),
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[" * 60_000, "is nested too deeply"),
        (b"9" * 50_000, "cannot be read"),
        (b" " * 70_000, "is longer than 65536 bytes"),
    ],
)
def test_a_broken_ack_is_refused_by_name(data: bytes, named: str) -> None:
    with pytest.raises(MalformedMessage) as refusal:
        decode_ack(data)
    assert "down/ack" in str(refusal.value)
    assert named in str(refusal.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
near_misses = st.fixed_dictionaries(
    {},
    optional={
        "epochs": st.lists(
            st.fixed_dictionaries(
                {"epoch": st.just(MONDAY) | json_values},
                optional={
                    "through": st.integers() | json_values,
                    "first_unacked": st.integers() | json_values,
                    "last": st.integers() | json_values,
                    "also": json_values,
                    "rejected": json_values,
                },
            )
        )
        | json_values,
        "server_time": st.text() | st.just("2026-11-20T18:00:00Z"),
        "boot": json_values,
        "cursor": json_values,
        "want_challenge": json_values,
    },
).map(lambda value: json.dumps(value).encode())


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()) | near_misses)
def test_nothing_but_a_malformed_message_escapes_from_hostile_bytes(data: bytes) -> None:
    for decode in (
        decode_hello,
        decode_ack,
        decode_hint,
        decode_batch,
        decode_presence,
        decode_status,
    ):
        try:
            decode(data)
        except MalformedMessage:
            continue


bodies = st.builds(
    lambda text, spaces: json.dumps({"a": [text]}, ensure_ascii=spaces).encode(),
    st.text(),
    st.booleans(),
)


@given(st.lists(bodies, min_size=1, max_size=20))
def test_events_come_out_of_a_batch_byte_for_byte(events: list[bytes]) -> None:
    assert decode_batch(encode_batch(events)) == events


def test_a_batch_written_by_others_with_spaces_keeps_the_bytes_of_its_events() -> None:
    assert decode_batch('\n[ {"a" : "é"} ,\t{"b":[1, 2]}\n]\n'.encode()) == [
        '{"a" : "é"}'.encode(),
        b'{"b":[1, 2]}',
    ]


def test_a_message_with_one_event_is_that_event() -> None:
    assert decode_batch(b'{"id": "1"}') == [b'{"id": "1"}']


@pytest.mark.parametrize(
    "broken", [b"[", b"[1", b"[1,", b"[1,]", b"[1 2]", b"[1]]", b"[,1]", b"[]", b"[ ]"]
)
def test_a_broken_batch_is_refused_whole(broken: bytes) -> None:
    with pytest.raises(MalformedMessage, match="array is broken"):
        decode_batch(broken)


@pytest.mark.parametrize("decode", [decode_hello, decode_ack, decode_hint, decode_page])
def test_nesting_to_any_depth_is_refused_and_never_a_recursion_error(
    decode: Callable[[bytes], object],
) -> None:
    for depth in (65, *range(900, 1010), 2000):
        with pytest.raises(MalformedMessage, match="nested too deeply"):
            decode(nested(depth))


def test_a_deeply_nested_member_of_a_batch_is_handed_on_or_refused_with_the_batch() -> None:
    for depth in (60, *range(900, 1010), 2000):
        member = nested(depth)
        with suppress(MalformedMessage):
            assert decode_batch(encode_batch([member])) == [member]


def nested(depth: int) -> bytes:
    return b'{"epochs":' + b"[" * depth + b'"\\u0041"' + b"]" * depth + b"}"


def test_an_ack_too_large_for_one_message_comes_in_several_that_say_the_same() -> None:
    kept_aside = tuple(Rejection(10**15 + n, "unknown_type") for n in range(2_500))
    long = EpochAck(MONDAY, 3, tuple(no.sequence for no in kept_aside), kept_aside)
    many = tuple(EpochAck(f"{number:016x}", number) for number in range(1_500))

    payloads = list(encode_acks(Ack((long, *many), SIX_PM)))

    assert max(map(len, payloads)) <= MAX_MESSAGE_BYTES
    heard = [epoch for payload in payloads for epoch in decode_ack(payload).epochs]
    monday = [epoch for epoch in heard if len(epoch.also) > 0]
    assert {epoch.through for epoch in monday} == {3}
    assert [at for epoch in monday for at in epoch.also] == list(long.also)
    assert [no for epoch in monday for no in epoch.rejected] == list(kept_aside)
    assert [epoch for epoch in heard if not epoch.also] == list(many)


def test_an_ack_that_fits_is_one_message() -> None:
    ack = Ack((EpochAck(MONDAY, 17, (19,)),), SIX_PM)
    assert list(encode_acks(ack)) == [encode_ack(ack)]
