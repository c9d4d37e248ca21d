"""Orders as the cloud serves them: read strictly, one bad order named, the rest unharmed."""

from __future__ import annotations

import copy
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
from edge.errors import MalformedMessage
from tests.edge.core.samples import EVENING, line, moment, order, parcel

LINE: dict[str, object] = {
    "line_id": "1",
    "sku": "VEG-031",
    "name": "有機高麗菜　約 1.2 kg",
    "ordered": 2,
    "expected": 1,
    "unit": "piece",
    "unit_price_minor": 8900,
    "currency": "TWD",
    "temperature_zone": "CHILLED",
    "lot": "L0714",
    "best_before": "2026-07-20",
    "shortage_policy": "refund",
}
GOOD: dict[str, object] = {
    "issuer": "neighbourly",
    "id": "GB-20260714-0042",
    "external_id": "OFN R557-118-0042",
    "revision": 3,
    "point_id": "daan-07",
    "ordered_at": "2026-07-12T09:15:00+08:00",
    "pickup_date": "2026-07-14",
    "hold_until": "2026-07-17T13:00:00Z",
    "window": {"opens": "2026-07-14T16:00:00+08:00", "closes": "2026-07-14T21:00:00+08:00"},
    "state": "open",
    "pass_not_before": "2026-07-13T10:00:00.750Z",
    "customer": {
        "ref": "c-881",
        "name": "王小明",
        "phone_last3": "427",
        "language": "zh-Hant",
        "reach_low": True,
    },
    "payment": {"state": "due", "due_minor": 8900, "currency": "TWD"},
    "pickup_code_hash": "5a" * 32,
    "note": "請放低一點\n謝謝",
    "lines": [LINE, {**LINE, "line_id": "2", "temperature_zone": "FROZEN"}],
    "parcels": [
        {
            "parcel_id": "GB-0042-A",
            "label": "A",
            "line_ids": ["1"],
            "size": "M",
            "temperature_zone": "CHILLED",
        },
        {
            "parcel_id": "GB-0042-B",
            "label": "B",
            "line_ids": ["2"],
            "size": "S",
            "temperature_zone": "FROZEN",
        },
    ],
}
OPTIONAL = {"external_id", "pass_not_before", "pickup_code_hash", "note", "parcels"}


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
    newer = _changed(("loyalty", 7), ("customer.shoe_size", 43), ("lines.0.colour", "green"))

    assert parse_order(newer) == parse_order(GOOD)


@pytest.mark.parametrize("name", sorted(OPTIONAL))
@pytest.mark.parametrize("absent", [True, False])
def test_an_optional_field_may_be_absent_or_null(name: str, *, absent: bool) -> None:
    raw = _changed((name, None))
    if absent:
        del raw[name]

    assert parse_order(raw).ref.order_id == "GB-20260714-0042"


@pytest.mark.parametrize(
    "path",
    [
        *sorted(GOOD.keys() - OPTIONAL),
        "window.opens",
        "window.closes",
        "customer.ref",
        "customer.name",
        "customer.phone_last3",
        "payment.state",
        "payment.due_minor",
        "payment.currency",
        *(
            f"lines.1.{name}"
            for name in sorted(LINE.keys() - {"lot", "best_before", "shortage_policy"})
        ),
        "parcels.0.parcel_id",
        "parcels.0.label",
        "parcels.0.line_ids",
        "parcels.0.size",
        "parcels.0.temperature_zone",
    ],
)
@pytest.mark.parametrize("value", [None, [], {}, 1.5, True, "\ud800"])
def test_a_required_field_of_another_kind_is_named(path: str, value: object) -> None:
    with pytest.raises(MalformedMessage) as failure:
        parse_order(_changed((path, value)))

    assert f" {_spoken(path)}" in failure.value.what
    assert path == "id" or "'GB-20260714-0042'" in failure.value.what
    assert "next pull" in failure.value.remedy


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", "G" * 25),
        ("id", "GB 1"),
        ("issuer", "two words"),
        ("issuer", "i" * 65),
        ("external_id", "x" * 101),
        ("external_id", 7),
        ("revision", -1),
        ("revision", 2**53),
        ("revision", "3"),
        ("revision", 3.0),
        ("point_id", "Daan"),
        ("point_id", "p" * 13),
        ("ordered_at", "2026-07-12"),
        ("ordered_at", 1784053800),
        ("ordered_at", "2026-07-12T09:15:00"),
        ("pickup_date", "2026-02-30"),
        ("pickup_date", "20260714"),
        ("pickup_date", "2026-W29-2"),
        ("state", "OPEN"),
        ("state", "lost"),
        ("pass_not_before", "yesterday"),
        ("window", "16-21"),
        ("window.closes", "2026-07-14T08:00:00Z"),
        ("customer.phone_last3", "12"),
        ("customer.phone_last3", "４２７"),
        ("customer.language", "zh_Hant"),
        ("customer.reach_low", "yes"),
        ("customer.reach_low", 1),
        ("customer.name", "n" * 101),
        ("customer.name", "王\0明"),
        ("payment.due_minor", -1),
        ("payment.due_minor", True),
        ("payment.due_minor", 10**30),
        ("payment.currency", "twd"),
        ("note", "x" * 501),
        ("note", "\x1b[2J"),
        ("pickup_code_hash", "x" * 129),
        ("lines", "two"),
        ("lines.1", 7),
        ("lines.1.line_id", "1"),
        ("lines.1.line_id", "x" * 25),
        ("lines.1.ordered", -1),
        ("lines.1.ordered", MAX_QUANTITY + 1),
        ("lines.1.ordered", float("nan")),
        ("lines.1.expected", 1e300),
        ("lines.1.expected", 10**400),
        ("lines.1.temperature_zone", "chilled"),
        ("lines.1.best_before", "soon"),
        ("lines.1.lot", 14),
        ("parcels", []),
        ("parcels", {}),
        ("parcels.1", None),
        ("parcels.1.parcel_id", "GB-0042-A"),
        ("parcels.1.size", "XL"),
        ("parcels.1.line_ids", "2"),
        ("parcels.1.line_ids", [2]),
    ],
)
def test_a_field_that_breaks_its_rule_is_named(path: str, value: object) -> None:
    with pytest.raises(MalformedMessage) as failure:
        parse_order(_changed((path, value)))

    assert f" {_spoken(path)} " in failure.value.what


@pytest.mark.parametrize("line_ids", [["1"], ["2", "2"], ["3"], ["2", "1"]])
def test_a_line_lies_in_exactly_one_parcel(line_ids: list[str]) -> None:
    with pytest.raises(MalformedMessage, match="every line of the order exactly once"):
        parse_order(_changed(("parcels.1.line_ids", line_ids)))


@pytest.mark.parametrize("raw", [None, 7, "order", [], [GOOD], True])
def test_what_is_no_object_is_no_order(raw: object) -> None:
    with pytest.raises(MalformedMessage, match="must be a JSON object"):
        parse_order(raw)


def test_an_id_that_is_a_book_is_not_printed_whole() -> None:
    with pytest.raises(MalformedMessage) as failure:
        parse_order(_changed(("id", "x" * 1_000_000)))

    assert len(failure.value.what) < 200


@pytest.mark.parametrize("count", [MAX_LINES + 1, 10_000])
def test_more_lines_than_one_closure_holds_are_refused(count: int) -> None:
    lines = [{**LINE, "line_id": str(number)} for number in range(count)]

    with pytest.raises(MalformedMessage, match="lines must be a list of 1 to 120 entries"):
        parse_order(_changed(("lines", lines), ("parcels", None)))


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

    read = parse_order(_changed(("lines", lines), ("parcels", None)))

    assert [(entry.parcel_id, entry.size, len(entry.line_ids)) for entry in read.parcels] == [
        ("GB-20260714-0042-A", Size.M, 5),
        ("GB-20260714-0042-C", Size.L, 11),
        ("GB-20260714-0042-F", Size.S, 2),
    ]
    assert parse_order(order_to_json(read)) == read


@given(
    st.lists(st.sampled_from(Zone), min_size=1, max_size=8),
    st.integers(0, MAX_QUANTITY),
    st.integers(0, 4_102_444_800_000),
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


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(sorted(GOOD)) | st.text(max_size=9), inner, max_size=5
            )
        ),
        max_leaves=20,
    )
)
def test_no_json_raises_anything_else(raw: object) -> None:
    with pytest.raises(MalformedMessage):
        parse_order(raw)


def test_an_order_cannot_be_built_with_a_line_in_two_bags() -> None:
    twice = (parcel("bag-1", "1"), parcel("bag-2", "1"))

    with pytest.raises(ValueError, match="exactly one parcel"):
        replace(order(), lines=(line("1"),), parcels=twice)


def _changed(*changes: tuple[str, object]) -> dict[str, object]:
    raw = copy.deepcopy(GOOD)
    for path, value in changes:
        *way, last = path.split(".")
        target: object = raw
        for step in way:
            target = target[int(step)] if isinstance(target, list) else _in(target)[step]
        if isinstance(target, list):
            target[int(last)] = value
        else:
            _in(target)[last] = value
    return raw


def _in(target: object) -> dict[str, object]:
    assert isinstance(target, dict)
    return target


def _spoken(path: str) -> str:
    parts = path.split(".")
    spoken = "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)
    return spoken.removeprefix(".")
