"""Orders of Open Food Network and WooCommerce, in the fields that their APIs serve."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.core.order import CloudState
from edge.errors import MalformedMessage
from sync.cloud.importing.draft import Reading
from sync.cloud.importing.mapping import ImportMapping
from sync.cloud.importing.ofn import read_ofn
from sync.cloud.importing.woocommerce import read_woocommerce

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "imports"
OFN: list[dict[str, Any]] = json.loads((GOLDEN / "ofn-orders.json").read_bytes())
WOO: list[dict[str, Any]] = json.loads((GOLDEN / "woocommerce-orders.json").read_bytes())
HUB = ImportMapping(
    given=True,
    constants={"currency": "AUD"},
    points={"Wattle Lane Food Hub": "wattle-12"},
    zones={"MILK-2L": "CHILLED"},
    pickup_dates={"17": "2026-11-24"},
)
SHOP = ImportMapping(
    given=True,
    points={"Yonghe Lane 7": "yonghe-7", "local_pickup:3": "yonghe-7"},
    meta={"pickup_date": "_pickup_date"},
)


def ofn(document: object, mapping: ImportMapping = HUB) -> Reading:
    return read_ofn(json.dumps(document).encode(), "hub.json", mapping)


def woo(document: object, mapping: ImportMapping = SHOP) -> Reading:
    return read_woocommerce(json.dumps(document).encode(), "shop.json", mapping)


def test_an_order_of_a_food_hub_comes_whole() -> None:
    first, due, cancelled = ofn(OFN).drafts

    assert (first.order_id, first.external_id, first.point_id) == (
        "R557118042",
        "88121",
        "wattle-12",
    )
    assert (first.customer, first.phone_last3, first.pickup_date) == (
        "Emma Clark",
        "318",
        "2026-11-24",
    )
    assert (first.ordered_at, first.state, first.paid) == ("2026-11-21T09:14:05Z", "open", True)
    assert first.note == "Please pack the milk with an ice brick"
    assert [
        (line.product, line.quantity, line.unit_price_minor, line.sku, line.zone)
        for line in first.lines
    ] == [
        ("Tomatoes Roma 1kg", 2, 650, "TOM-1KG", None),
        ("Full cream milk 2L", 1, 720, "MILK-2L", "CHILLED"),
    ]
    assert (due.paid, due.due_minor, due.currency) == (False, 1950, "AUD")
    assert due.lines[0].sku == "variant-63"
    assert (cancelled.order_id, cancelled.state) == ("R557118044", "cancelled")


def test_what_a_hub_delivers_or_has_sent_is_refused_by_its_number() -> None:
    delivered, sent = ofn(OFN).refused
    assert delivered.reason.startswith("order 4 (R557118045): it is delivered to an address")
    assert sent.reason.startswith("order 5 (R557118046): its shipment is 'shipped'")


def test_the_hubs_list_of_orders_says_what_to_fetch_instead() -> None:
    summaries = [{key: order[key] for key in order if key != "line_items"} for order in OFN[:2]]
    page = {"orders": summaries, "pagination": {"results": 2, "pages": 1}}

    reading = ofn(page)

    assert reading.drafts == ()
    assert all("GET /api/v0/orders/" in row.reason for row in reading.refused)


def test_one_order_alone_is_read_as_well() -> None:
    assert [draft.order_id for draft in ofn(OFN[0]).drafts] == ["R557118042"]
    assert [draft.order_id for draft in woo(WOO[0]).drafts] == ["1042"]


def test_a_hubs_amounts_without_a_currency_are_not_guessed() -> None:
    with pytest.raises(MalformedMessage, match=r"name no currency.*\[constants\]"):
        ofn(OFN, ImportMapping())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "cart"}, "its state is 'cart'"),
        ({"state": None}, "its state is 'None'"),
        ({"payment_state": "void"}, "its payment is 'void'"),
        ({"shipment_state": "partial"}, "its shipment is 'partial'"),
        ({"line_items": []}, "names no goods"),
        ({"line_items": [{**OFN[0]["line_items"][0], "quantity": -1}]}, "quantity"),
        ({"line_items": [{**OFN[0]["line_items"][0], "price": "free"}]}, "price of a line"),
        ({"total": "much", "payment_state": "balance_due"}, "total is no amount"),
        ({"total": "1e30", "payment_state": "balance_due"}, "total is no amount: '1e30'"),
        ({"line_items": [{**OFN[0]["line_items"][0], "price": 1e40}]}, "price of a line is no"),
        ({"number": None}, "number is missing"),
        ({"number": "R 1"}, "fits no pass"),
        ({"distributor_name": "Other Hub"}, "point_id must have"),
    ],
)
def test_a_hubs_order_that_cannot_be_handed_over_is_named(
    changes: dict[str, Any], words: str
) -> None:
    reading = ofn([{**OFN[0], **changes}, OFN[1]])
    assert [draft.order_id for draft in reading.drafts] == ["R557118043"]
    assert words in reading.refused[0].reason


@pytest.mark.parametrize("name", [None, ""])
def test_a_hub_without_a_name_is_known_by_its_number(name: str | None) -> None:
    order = {**OFN[0], "distributor_name": name, "distributor": {"id": 5}}
    mapping = replace(HUB, points={"5": "wattle-12"})

    assert [draft.point_id for draft in ofn([order], mapping).drafts] == ["wattle-12"]
    assert [draft.point_id for draft in ofn([order]).drafts] == ["5"]


def test_an_order_that_names_no_hub_at_all_lacks_its_point() -> None:
    order = {**OFN[0], "distributor_name": None, "distributor": None}

    assert "point_id is missing" in ofn([order]).refused[0].reason


def test_an_order_of_a_shop_comes_whole_with_the_place_of_its_pickup() -> None:
    block, classic, cancelled = woo(WOO).drafts

    assert (block.order_id, block.point_id, block.customer) == ("1042", "yonghe-7", "王小明")
    assert (block.phone_last3, block.pickup_date, block.currency) == ("318", "2026-11-24", "TWD")
    assert (block.note, block.paid, block.ordered_at) == (
        "放低一點 & 謝謝",
        True,
        "2026-11-22T10:04:31Z",
    )
    # With its tax: what the customer pays for one.
    assert [(line.sku, line.unit_price_minor) for line in block.lines] == [
        ("RICE-2", 19900),
        ("DUMP-50", 19900),
    ]
    assert (classic.point_id, classic.customer) == ("yonghe-7", "Emma Clark")
    assert (classic.paid, classic.due_minor) == (False, 27900)
    assert (cancelled.order_id, cancelled.state) == ("1046", "cancelled")


def test_what_a_shop_sends_or_has_not_been_paid_for_is_refused_by_its_number() -> None:
    reasons = [row.reason for row in woo(WOO).refused]
    assert reasons[0].startswith("order 3 (1044): its state is 'on-hold'")
    assert reasons[1].startswith("order 4 (1045): it is sent by 'Flat rate'")
    assert reasons[2].startswith("order 6 (1047): part of it was refunded")
    assert "import this one by --format csv or json, under its number" in reasons[2]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"total": "1e30", "date_paid": None, "date_paid_gmt": None}, "total is no amount"),
        ({"line_items": [{**WOO[0]["line_items"][0], "total": "1e40"}]}, "total of a line is no"),
        ({"line_items": [{**WOO[0]["line_items"][0], "quantity": "9" * 5000}]}, "quantity must"),
    ],
)
def test_an_absurd_amount_keeps_only_its_own_order_out(changes: dict[str, Any], words: str) -> None:
    reading = woo([{**WOO[0], **changes}, WOO[1]])
    assert [draft.order_id for draft in reading.drafts] == ["1043"]
    assert reading.refused[0].reason.startswith("order 1 (1042): ")
    assert words in reading.refused[0].reason


def test_a_state_of_a_plugin_counts_as_the_mapping_says() -> None:
    order = {**WOO[0], "status": "ready-for-pickup"}
    mapped = ImportMapping(
        given=True, points=SHOP.points, values={"state": {"ready-for-pickup": "open"}}
    )
    assert woo([order]).drafts == ()
    assert woo([order], mapped).drafts[0].state == CloudState.OPEN


def test_a_number_that_fits_no_pass_gives_way_to_the_id() -> None:
    (order,) = woo([{**WOO[0], "number": "訂單 #1042"}]).drafts
    assert (order.order_id, order.external_id) == ("1042", "訂單 #1042")


def test_the_same_order_twice_is_named_and_goes_in_once() -> None:
    reading = woo([WOO[0], WOO[0]])
    assert [draft.note for draft in reading.drafts] == ["放低一點 & 謝謝"]
    assert "order 2 (1042): comes twice" in reading.refused[0].reason


@pytest.mark.parametrize("changed", [{"customer_note": "again"}, {"status": "cancelled"}])
def test_an_order_that_says_two_things_stays_out(changed: dict[str, str]) -> None:
    reading = woo([WOO[0], {**WOO[0], **changed}, WOO[0]])
    assert reading.drafts == ()
    first, second = (row.reason for row in reading.refused)
    assert first.endswith("says something else than order 1: both stay out")
    assert "order 3 (1042): comes twice" in second


@pytest.mark.parametrize("read", [ofn, woo])
@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"error": "You are not authorized"}, "not authorized"),
        ({"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot"}, "you cannot"),
        (5, "holds no orders"),
        ("orders", "holds no orders"),
    ],
)
def test_a_saved_error_answer_is_named_as_one(read: Any, document: object, words: str) -> None:  # noqa: ANN401 - either of the two above
    with pytest.raises(MalformedMessage, match=words):
        read(document)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b"[NaN]"])
def test_a_file_that_is_no_json_is_named(data: bytes) -> None:
    with pytest.raises(MalformedMessage, match=r"hub\.json"):
        read_ofn(data, "hub.json", HUB)


NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
EMPTY: list[object] = [None, [], {}, [{}], [None]]
RUBBISH: st.SearchStrategy[object] = NUMBERS | st.booleans() | st.text() | st.sampled_from(EMPTY)
SPOILED = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@SPOILED
@given(st.sampled_from(sorted(OFN[0])), RUBBISH)
def test_a_spoiled_order_of_a_hub_is_read_or_refused_by_its_number(name: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    reading = ofn([{**OFN[0], name: value}])
    assert len(reading.drafts) + len(reading.refused) == 1


@SPOILED
@given(st.sampled_from(sorted(WOO[0])), st.sampled_from(sorted(WOO[0]["line_items"][0])), RUBBISH)
def test_a_spoiled_order_of_a_shop_is_read_or_refused_by_its_number(
    name: str,
    of_a_line: str,
    value: Any,  # noqa: ANN401 - any JSON
) -> None:
    line = {**WOO[0]["line_items"][0], of_a_line: value}
    reading = woo([{**WOO[0], name: value}, {**WOO[0], "number": "2", "line_items": [line]}])
    assert len(reading.drafts) + len(reading.refused) == 2
