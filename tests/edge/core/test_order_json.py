"""Orders as the cloud serves them, read and written."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.events import GENESIS, MAX_EVENT_BYTES, Event, EventType, Origin, encode
from edge.core.moment import instant_from_ms
from edge.core.order import CloudState, OrderRef, PaymentState, Size, Zone
from edge.core.order_json import MAX_LINES, MAX_QUANTITY, order_to_json, parse_order
from tests.edge.core.order_document import GOOD, LINE, OPTIONAL, changed
from tests.edge.core.samples import EVENING, line, moment, order, parcel


def test_an_order_is_read_with_all_its_fields() -> None:
    read = parse_order(GOOD)

    assert read.ref == OrderRef("neighbourly", "GB-20260714-0042")
    assert read.external_id == "OFN R557-118-0042"
    assert read.revision == 3
    assert read.ordered_at == datetime(2026, 7, 12, 1, 15, tzinfo=UTC)
    assert read.pickup_date == date(2026, 7, 14)
    assert read.window.opens == datetime(2026, 7, 14, 8, tzinfo=UTC)
    assert read.cloud_state is CloudState.OPEN
    assert read.customer.name == "王小明"
    assert read.customer.reach_low
    assert read.payment.state is PaymentState.DUE
    assert read.note == "請放低一點\n謝謝"
    assert read.lines[0].name == "有機高麗菜　約 1.2 kg"
    assert read.lines[0].best_before == date(2026, 7, 20)
    assert read.lines[1].zone is Zone.FROZEN
    assert [entry.parcel_id for entry in read.parcels] == ["GB-0042-A", "GB-0042-B"]
    assert read.parcels[0].size is Size.M


def test_a_re_issue_counts_in_whole_seconds_as_passes_do() -> None:
    assert parse_order(GOOD).pass_not_before == datetime(2026, 7, 13, 10, tzinfo=UTC)


def test_what_is_written_is_read_back_as_the_same_order() -> None:
    read = parse_order(GOOD)

    again = parse_order(json.loads(json.dumps(order_to_json(read))))

    assert again == read


def test_unknown_fields_are_left_aside() -> None:
    newer = changed(("loyalty", 7), ("customer.shoe_size", 43), ("lines.0.colour", "green"))

    assert parse_order(newer) == parse_order(GOOD)


@pytest.mark.parametrize("name", sorted(OPTIONAL))
@pytest.mark.parametrize("absent", [True, False])
def test_an_optional_field_may_be_absent_or_null(name: str, *, absent: bool) -> None:
    raw = changed((name, None))
    if absent:
        del raw[name]

    assert parse_order(raw).ref.order_id == "GB-20260714-0042"


def test_the_closure_of_the_largest_order_is_still_one_event() -> None:
    lines = [
        {"line_id": f"{number:x>24}", "handed": MAX_QUANTITY, "short": MAX_QUANTITY}
        | {"damaged": MAX_QUANTITY, "refused": MAX_QUANTITY}
        for number in range(MAX_LINES)
    ]
    closure = Event(
        EventType.ORDER_COLLECTED,
        "G" * 24,
        {
            "issuer": "i" * 64,
            "order_id": "G" * 24,
            "revision": 2**53 - 1,
            "parcel_id": "p" * 32,
            "place": "counter",
            "trust": "D",
            "method": "sub_pass",
            "reason": "r" * 32,
            "hand_over": 2**53,
            "lines": [dict(entry) for entry in lines],
            "confirmed_by": "customer",
            "pass": "P" * 262,
            "released_at": "2026-07-14T18:30:00.000Z",
        },
    )

    body = encode(
        closure,
        origin=Origin("p" * 12, "0" * 16, simulated=True),
        sequence=1,
        prevhash=GENESIS,
        moment=moment(),
        event_id="017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    )

    assert len(body) <= MAX_EVENT_BYTES


def test_without_parcels_each_temperature_zone_gets_one() -> None:
    zones = ["AMBIENT"] * 5 + ["FROZEN"] * 2 + ["CHILLED"] * 11
    lines = [
        {**LINE, "line_id": str(number), "temperature_zone": zone}
        for number, zone in enumerate(zones)
    ]

    read = parse_order(changed(("lines", lines), ("parcels", None)))

    assert [(entry.parcel_id, entry.size, len(entry.line_ids)) for entry in read.parcels] == [
        ("GB-20260714-0042-A", Size.M, 5),
        ("GB-20260714-0042-C", Size.L, 11),
        ("GB-20260714-0042-F", Size.S, 2),
    ]
    assert parse_order(order_to_json(read)) == read


@given(
    st.lists(st.sampled_from(Zone), min_size=1, max_size=8),
    st.integers(0, MAX_QUANTITY),
    st.integers(946_684_800_000, 4_102_444_800_000),
)
def test_any_order_survives_writing_and_reading(
    zones: list[Zone], quantity: int, ordered_ms: int
) -> None:
    whole = order(
        *(parcel(f"bag-{number}", zone=zone) for number, zone in enumerate(zones)),
        pass_not_before=EVENING,
    )
    shown = replace(
        whole,
        ordered_at=instant_from_ms(ordered_ms),
        lines=tuple(replace(entry, ordered=quantity) for entry in whole.lines),
    )

    assert parse_order(json.loads(json.dumps(order_to_json(shown)))) == shown


def test_an_order_cannot_be_built_with_a_line_in_two_bags() -> None:
    twice = (parcel("bag-1", "1"), parcel("bag-2", "1"))

    with pytest.raises(ValueError, match="exactly one parcel"):
        replace(order(), lines=(line("1"),), parcels=twice)
