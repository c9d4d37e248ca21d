"""Event bytes: made once, small enough, chained."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.events import (
    GENESIS,
    MAX_EVENT_BYTES,
    Event,
    EventType,
    Origin,
    encode,
    event_hash,
    read_event,
    uuid7,
)
from edge.core.moment import ClockQuality
from tests.edge.core.samples import EVENING, HERE, moment

ORIGIN = Origin(HERE, "0123456789abcdef", simulated=False)
EVENT_ID = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
RELEASED = Event(EventType.ORDER_RELEASED, "GB-1", {"place": "7", "note": "冷凍"})


def test_an_event_is_compact_cloudevents_json() -> None:
    body = _encode(RELEASED, sequence=12)

    assert json.loads(body) == {
        "specversion": "1.0",
        "id": EVENT_ID,
        "source": "/points/daan-07/0123456789abcdef",
        "type": "pickup.order.released",
        "time": "2026-07-14T18:30:00.000Z",
        "subject": "GB-1",
        "sequence": "00000000000000000012",
        "clockquality": "synced",
        "bootid": "5b4fc1f0-4bb1-4b6a-9d5e-6c6c9a2f7b11",
        "bootns": "987000000",
        "prevhash": "00" * 32,
        "data": {"place": "7", "note": "冷凍"},
    }
    assert b" " not in body
    assert "冷凍".encode() in body


def test_a_simulated_point_says_so_in_every_event() -> None:
    simulated = Origin(HERE, "0123456789abcdef", simulated=True)

    body = _encode(RELEASED, origin=simulated)

    assert json.loads(body)["simulated"] is True
    assert read_event(body).simulated


def test_an_event_about_no_order_has_no_subject() -> None:
    body = _encode(Event(EventType.POINT_STARTED, None, {}))

    assert "subject" not in json.loads(body)
    assert read_event(body).subject is None


def test_what_is_written_is_read_back() -> None:
    envelope = read_event(_encode(RELEASED, sequence=2**40))

    assert (envelope.point_id, envelope.epoch) == (HERE, "0123456789abcdef")
    assert envelope.sequence == 2**40
    assert envelope.event_id == EVENT_ID
    assert envelope.type == EventType.ORDER_RELEASED
    assert envelope.subject == "GB-1"
    assert envelope.time == EVENING
    assert envelope.clock_quality is ClockQuality.SYNCED
    assert envelope.boot_ns == 987_000_000
    assert envelope.prevhash == GENESIS
    assert not envelope.simulated
    assert envelope.data == {"place": "7", "note": "冷凍"}


@given(
    st.dictionaries(
        st.text(max_size=20),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=40),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(st.text(max_size=8), inner, max_size=4)
            ),
            max_leaves=12,
        ),
        max_size=6,
    )
)
def test_any_data_comes_back_as_it_went(data: dict[str, object]) -> None:
    body = _encode(Event(EventType.LEADER_OVERRIDE, "GB-1", data))

    envelope = read_event(body)

    assert envelope.data == data
    assert envelope.body == body


def test_the_hash_is_sha_256_of_the_very_bytes() -> None:
    first = _encode(RELEASED)

    second = _encode(RELEASED, sequence=2, prevhash=event_hash(first))

    assert event_hash(first) == hashlib.sha256(first).digest()
    assert read_event(second).prevhash == event_hash(first)


def test_an_event_of_16_kib_is_the_largest() -> None:
    room = MAX_EVENT_BYTES - len(_encode(Event(EventType.CLAIM_RAISED, "GB-1", {"text": ""})))

    largest = _encode(Event(EventType.CLAIM_RAISED, "GB-1", {"text": "x" * room}))

    assert len(largest) == MAX_EVENT_BYTES
    assert read_event(largest).data["text"] == "x" * room
    with pytest.raises(ValueError, match="at most 16384 bytes, not 16385"):
        _encode(Event(EventType.CLAIM_RAISED, "GB-1", {"text": "x" * (room + 1)}))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_does_not_have_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        _encode(Event(EventType.TEMPERATURE_OUT_OF_RANGE, None, {"celsius": number}))


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        _encode(Event(EventType.CLAIM_RAISED, "GB-1", {"text": "\ud800"}))


def test_a_chain_is_linked_by_whole_hashes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        _encode(RELEASED, prevhash=b"short")


@pytest.mark.parametrize(
    ("point_id", "epoch"),
    [("", "0123456789abcdef"), ("Daan", "0123456789abcdef"), (HERE, "0123"), (HERE, "G" * 16)],
)
def test_an_origin_that_no_topic_can_carry_is_refused(point_id: str, epoch: str) -> None:
    with pytest.raises(ValueError, match="no event can come from"):
        Origin(point_id, epoch, simulated=False)


def test_a_uuid_of_version_7_agrees_with_the_example_of_rfc_9562() -> None:
    # Appendix A.6; its 74 random bits, with 6 more in front that do not count.
    random = (0x3F << 74 | 0xCC3 << 62 | 0x18C4DC0C0C07398F).to_bytes(10, "big")

    assert uuid7(0x017F22E279B0, random) == EVENT_ID


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_every_uuid_is_one_that_the_cloud_reads(unix_ms: int, random: bytes) -> None:
    event_id = uuid7(unix_ms, random)

    assert read_event(_encode(RELEASED, event_id=event_id)).event_id == event_id


def test_uuids_of_later_milliseconds_sort_later() -> None:
    assert uuid7(1_784_053_800_000, b"\xff" * 10) < uuid7(1_784_053_800_001, bytes(10))


@given(st.timedeltas(min_value=timedelta(days=-20_000), max_value=timedelta(days=20_000)))
def test_the_time_is_kept_to_the_millisecond(shift: timedelta) -> None:
    wall = EVENING + shift

    envelope = read_event(
        encode(
            RELEASED,
            origin=ORIGIN,
            sequence=1,
            prevhash=GENESIS,
            moment=moment(wall),
            event_id=EVENT_ID,
        )
    )

    assert timedelta(0) <= wall - envelope.time < timedelta(milliseconds=1)


def _encode(
    event: Event,
    *,
    origin: Origin = ORIGIN,
    sequence: int = 1,
    prevhash: bytes = GENESIS,
    event_id: str = EVENT_ID,
) -> bytes:
    return encode(
        event,
        origin=origin,
        sequence=sequence,
        prevhash=prevhash,
        moment=moment(),
        event_id=event_id,
    )
