"""An order that breaks a rule is refused by its id and the field; nothing else escapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.order_json import MAX_LINES, MAX_QUANTITY, parse_order
from edge.errors import MalformedMessage
from tests.edge.core.order_document import GOOD, LINE, OPTIONAL, changed


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
        parse_order(changed((path, value)))

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
        parse_order(changed((path, value)))

    assert f" {_spoken(path)} " in failure.value.what


@pytest.mark.parametrize("line_ids", [["1"], ["2", "2"], ["3"], ["2", "1"]])
def test_a_line_lies_in_exactly_one_parcel(line_ids: list[str]) -> None:
    with pytest.raises(MalformedMessage, match="every line of the order exactly once"):
        parse_order(changed(("parcels.1.line_ids", line_ids)))


@pytest.mark.parametrize("raw", [None, 7, "order", [], [GOOD], True])
def test_what_is_no_object_is_no_order(raw: object) -> None:
    with pytest.raises(MalformedMessage, match="must be a JSON object"):
        parse_order(raw)


def test_an_id_that_is_a_book_is_not_printed_whole() -> None:
    with pytest.raises(MalformedMessage) as failure:
        parse_order(changed(("id", "x" * 1_000_000)))

    assert len(failure.value.what) < 200


@pytest.mark.parametrize("count", [MAX_LINES + 1, 10_000])
def test_more_lines_than_one_closure_holds_are_refused(count: int) -> None:
    lines = [{**LINE, "line_id": str(number)} for number in range(count)]

    with pytest.raises(MalformedMessage, match="lines must be a list of 1 to 120 entries"):
        parse_order(changed(("lines", lines), ("parcels", None)))


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


def _spoken(path: str) -> str:
    parts = path.split(".")
    spoken = "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)
    return spoken.removeprefix(".")


def test_nobody_who_is_named_is_marked_as_forgotten() -> None:
    with pytest.raises(MalformedMessage, match="ref must not begin with 'forgotten:'"):
        parse_order(changed(("customer.ref", "forgotten:x")))
