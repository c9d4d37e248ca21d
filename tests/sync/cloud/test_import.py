"""Files become orders; every bad row is named, and the good ones go in."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from edge.core.order import Zone
from sync.cloud.__main__ import main
from sync.cloud.import_report import PARTLY
from sync.cloud.importing.goods import zone_of
from tests.sync.cloud.shop import HEADER, Shop, rows


def test_an_order_of_two_rows_gets_prices_zones_and_a_bag_for_each_zone(shop: Shop) -> None:
    report = shop.bring(
        rows("G1,bamboo-3,王小明,318,2026-11-23,due,鮮乳 936ml,2,93.50", "G1,,,,,,韭菜水餃,1,199")
    )

    (order,) = shop.orders().values()
    assert (report["imported"], report["refused"]) == (1, [])
    assert order["payment"] == {"state": "due", "due_minor": 38600, "currency": "TWD"}
    assert [(bag["parcel_id"], bag["temperature_zone"]) for bag in order["parcels"]] == [
        ("G1-C", "CHILLED"),
        ("G1-F", "FROZEN"),
    ]


def test_a_second_import_changes_nothing_and_a_changed_row_makes_a_new_revision(
    shop: Shop,
) -> None:
    row = "G1,bamboo-3,王小明,318,2026-11-23,paid,池上米,1,199"
    shop.bring(rows(row))
    first = shop.orders()["G1"]

    again = shop.bring(rows(row))
    changed = shop.bring(rows(row.replace(",1,199", ",2,199")))
    second = shop.orders()["G1"]

    assert (again["unchanged"], changed["changed"]) == (1, 1)
    assert (first["revision"], second["revision"]) == (1, 2)
    assert first["pickup_code"] == second["pickup_code"]
    assert second["lines"][0]["ordered"] == 2


def test_a_byte_order_mark_and_windows_line_ends_are_fine(shop: Shop) -> None:
    text = rows("G1,bamboo-3,王小明,318,,paid,池上米,1,199").replace("\n", "\r\n")
    assert shop.bring(codecs.BOM_UTF8 + text.encode())["imported"] == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("G2,bamboo-3,王小明,318,,paid,米,-3,199", ["quantity", "-3", "G2"]),
        ("G2,bamboo-3,王小明,318,,paid,米,0,199", ["quantity"]),
        ("G2,bamboo-3,王小明,318,,paid,米,1.5,199", ["quantity"]),
        ("G2,bamboo-3,王小明,318,,paid,米,1,-5", ["unit_price"]),
        ("G2,bamboo-3,王小明,318,,paid,米,1,NaN", ["unit_price"]),
        ("G2,bamboo-3,王小明,318,,paid,米,1,1e9", ["unit_price"]),
        ("G2,bamboo-3,王小明,3187,,paid,米,1,199", ["phone_last3"]),
        ("G2,bamboo-3,王小明,318,23.11.2026,paid,米,1,199", ["pickup_date"]),
        ("G2,bamboo-3,王小明,318,,maybe,米,1,199", ["payment", "paid or due"]),
        ("G2,bamboo-3,,318,,paid,米,1,199", ["customer is missing"]),
        ("G2,bamboo-3,王小明,318,,paid,,1,199", ["product is missing"]),
        ("G2,bamboo-3,王小明,318,,paid,米,1", ["8 cells", "9"]),
        ('G2,bamboo-3,"王小明,318,,paid,米,1,199', ["a quote opened here is never closed"]),
        ("G2,Bamboo!,王小明,318,,paid,米,1,199", ["point_id"]),
        ("G2,maple-1,王小明,318,,paid,米,1,199", ["maple-1", "point add"]),
        ("order number 2,bamboo-3,王小明,318,,paid,米,1,199", ["order_id", "external_id"]),
        (f"{'G' * 25},bamboo-3,王小明,318,,paid,米,1,199", ["order_id", "24"]),
        ("G2,bamboo-3,王\0明,318,,paid,米,1,199", ["NUL"]),
        ("G2,bamboo-3,王\u202e明,318,,paid,米,1,199", ["customer", "printable"]),
    ],
)
def test_a_bad_row_is_named_by_line_and_reason_and_the_good_ones_go_in(
    shop: Shop, row: str, words: list[str]
) -> None:
    report = shop.bring(rows("G1,bamboo-3,王小明,318,,paid,米,1,199", row))

    ((refused),) = report["refused"]
    assert (report["imported"], report["exit"], refused["line"]) == (1, PARTLY, 3)
    for word in words:
        assert word in refused["reason"]


def test_a_line_of_ten_megabytes_is_named(shop: Shop) -> None:
    endless = f"G2,bamboo-3,{'w' * 10_000_000},318,,paid,米,1,199"

    report = shop.bring(rows("G1,bamboo-3,王小明,318,,paid,米,1,199", endless))

    assert report["imported"] == 1
    assert "longer than" in report["refused"][0]["reason"]


def test_a_line_that_belongs_to_nobody_keeps_out_the_order_around_it(shop: Shop) -> None:
    report = shop.bring(
        rows(
            "G1,bamboo-3,王小明,318,,paid,米,1,199",
            "???,1",
            "G2,bamboo-3,陳怡君,042,,paid,米,1,199",
        )
    )

    assert "order G1 stays out" in report["refused"][0]["reason"]
    assert list(shop.orders()) == ["G2"]


def test_one_bad_row_keeps_its_whole_order_out(shop: Shop) -> None:
    report = shop.bring(
        rows(
            "G1,bamboo-3,王小明,318,,paid,米,1,199",
            "G1,,,,,,鮮乳,-1,93",
            "G1,,,,,,雞蛋,zero,98",
            "G2,bamboo-3,陳怡君,042,,paid,米,1,199",
        )
    )

    assert [row["line"] for row in report["refused"]] == [3, 4]
    assert list(shop.orders()) == ["G2"]


def test_rows_of_one_order_that_disagree_are_named(shop: Shop) -> None:
    report = shop.bring(
        rows("G1,bamboo-3,王小明,318,,paid,米,1,199", "G1,bamboo-3,陳怡君,318,,paid,鮮乳,1,93")
    )
    assert "customer differs" in report["refused"][0]["reason"]
    assert report["exit"] == 1


def test_a_row_without_an_order_id_continues_the_order_above(shop: Shop) -> None:
    report = shop.bring(
        rows(
            "G1,bamboo-3,王小明,318,,paid,米,1,199",
            ",,,,,,鮮乳,2,93",
            ",bamboo-3,王小明,,,,雞蛋,3,98",
            "G2,bamboo-3,陳怡君,042,,paid,米,4,199",
            ",,,,,,,,",
            ",,,,,,豆腐,5,48",
        )
    )

    ordered = {
        order_id: [line["ordered"] for line in order["lines"]]
        for order_id, order in shop.orders().items()
    }
    assert report["refused"] == []
    assert ordered == {"G1": [1, 2, 3], "G2": [4, 5]}


def test_a_row_without_an_order_id_and_with_no_order_above_is_refused(shop: Shop) -> None:
    report = shop.bring(
        rows(",bamboo-3,王小明,318,,paid,米,1,199", "G2,bamboo-3,陳怡君,042,,paid,米,1,199")
    )

    (refused,) = report["refused"]
    assert refused["line"] == 2
    assert "order_id is missing" in refused["reason"]
    assert list(shop.orders()) == ["G2"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,,,,,鮮乳,-1,93", "quantity"),
        (",,陳怡君,,,,鮮乳,1,93", "customer differs"),
        (",,,,,,鮮乳,1", "8 cells"),
        (',,,,,,"鮮乳,1,93', "never closed"),
    ],
)
def test_a_bad_row_without_an_order_id_keeps_the_order_above_out(
    shop: Shop, row: str, reason: str
) -> None:
    report = shop.bring(
        rows("G1,bamboo-3,王小明,318,,paid,米,1,199", row, "G2,bamboo-3,陳怡君,042,,paid,米,1,199")
    )

    (refused,) = report["refused"]
    assert refused["line"] == 3
    assert reason in refused["reason"]
    assert "order G1 stays out" in refused["reason"]
    assert list(shop.orders()) == ["G2"]


def test_a_row_below_an_order_that_stays_out_never_joins_the_order_before_it(shop: Shop) -> None:
    shop.bring(
        rows(
            "G1,bamboo-3,王小明,318,,paid,米,1,199",
            "order number 2,bamboo-3,陳怡君,042,,paid,米,1,199",
            ",,,,,,鮮乳,2,93",
        )
    )

    assert [line["ordered"] for line in shop.orders()["G1"]["lines"]] == [1]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("G1,bamboo-3,王小明,318,,paid,米,5,199", "order G1 comes twice; its rows began on line 2"),
        ("G1,,,,,,鮮乳,1", "8 cells"),
    ],
)
def test_an_order_that_comes_again_further_down_stays_out_whole(
    shop: Shop, row: str, reason: str
) -> None:
    report = shop.bring(
        rows(
            "G1,bamboo-3,王小明,318,,paid,米,1,199",
            "G2,bamboo-3,陳怡君,042,,paid,米,1,199",
            row,
            ",,,,,,雞蛋,1,98",
        )
    )

    assert [refused["line"] for refused in report["refused"]] == [4, 5]
    assert reason in report["refused"][0]["reason"]
    assert all("order G1 stays out" in refused["reason"] for refused in report["refused"])
    assert list(shop.orders()) == ["G2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEADER.encode() + b"\n\xff\xff\xff", ["line 2", "UTF-8", "--encoding"]),
        (rows("G1,米").encode() + "G1,米".encode("gb18030"), ["line 3", "UTF-8", "--encoding"]),
        ("", ["empty"]),
        ("order_id,customer\nG1,王小明\n", ["point_id", "product", "quantity"]),
        (HEADER + ",colour\n", ["has unknown columns: 'colour'"]),
        (HEADER + ",customer\n", ["customer", "repeats"]),
    ],
)
def test_a_file_that_cannot_be_read_at_all_imports_nothing(
    shop: Shop, content: str | bytes, words: list[str]
) -> None:
    code, out, err = shop.try_to_bring(content, "csv")

    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    for word in [*words, "nothing was imported"]:
        assert word in err


@pytest.mark.parametrize("zone", ["frozen", "Frozen", "FROZEN"])
def test_a_zone_is_taken_in_any_case(shop: Shop, zone: str) -> None:
    shop.bring(f"{HEADER},zone\nG1,bamboo-3,王小明,318,,paid,米,1,199,{zone}\n")

    assert shop.orders()["G1"]["lines"][0]["temperature_zone"] == "FROZEN"


def test_an_hour_of_one_digit_is_that_hour_of_the_morning(shop: Shop) -> None:
    row = "G1,bamboo-3,王小明,318,2026-11-23,paid,米,1,199"
    header = f"{HEADER},opens,closes"

    first = shop.bring(f"{header}\n{row},9:00,21:00\n")
    again = shop.bring(f"{header}\n{row},09:00,21:00\n")

    assert (first["imported"], again["unchanged"]) == (1, 1)
    assert "T09:00" in shop.orders()["G1"]["window"]["opens"]


def test_the_help_names_what_zone_size_and_language_may_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["import", "--help"])

    told = capsys.readouterr().out
    for words in ("AMBIENT, CHILLED or FROZEN", "S, M or L", "zh-Hant, zh-Hans or en"):
        assert words in told


def test_json_orders_go_in_and_bad_ones_are_named_by_their_line(shop: Shop) -> None:
    line = {"product": "池上米", "quantity": 2, "unit_price": 199.5}
    good = {"order_id": "G1", "point_id": "bamboo-3", "customer": "Emma", "lines": [line]}
    bad = [
        {**good, "order_id": "G2", "lines": [{**line, "quantity": True}]},
        {**good, "order_id": "G3", "colour": "red"},
        {**good, "order_id": "G4", "lines": []},
        good,
        "order",
    ]
    text = "[\n" + ",\n".join(json.dumps(order) for order in [good, *bad]) + "\n]"

    report = shop.bring(text, "json")

    reasons = {row["line"]: row["reason"] for row in report["refused"]}
    assert report["imported"] == 1
    assert shop.orders()["G1"]["lines"][0]["unit_price_minor"] == 19950
    assert list(reasons) == [3, 4, 5, 6, 7]
    assert "lines[0].quantity" in reasons[3]
    assert "colour" in reasons[4]
    assert "twice" in reasons[6]


def test_a_refused_json_order_is_named_by_its_number_and_id(shop: Shop) -> None:
    line = {"product": "池上米", "quantity": 2}
    good = {"order_id": "J-1", "point_id": "bamboo-3", "customer": "Emma", "lines": [line]}
    orders_on_one_line = [
        good,
        {**good, "order_id": "J-2", "lines": [{"product": "池上米"}]},
        {**good, "order_id": "J-3", "point_id": "maple-1"},
        {**good, "order_id": "J 4"},
        "order",
        good,
    ]

    report = shop.bring(json.dumps(orders_on_one_line), "json")

    reasons = sorted(row["reason"] for row in report["refused"])
    assert reasons[0].startswith("order 2 (J-2): lines[0].quantity is missing")
    assert reasons[1].startswith("order 3 (J-3): ")
    assert "maple-1" in reasons[1]
    assert reasons[2].startswith("order 4: order_id must have")
    assert reasons[3] == "order 5: an order must be an object"
    assert reasons[4].startswith("order 6 (J-1): order J-1 comes twice")
    assert report["imported"] == 1


def test_an_order_of_our_json_that_says_two_things_stays_out(shop: Shop) -> None:
    line = {"product": "池上米", "quantity": 1}
    order = {"order_id": "J-1", "point_id": "bamboo-3", "customer": "Emma", "lines": [line]}

    report = shop.bring(json.dumps([order, {**order, "customer": "Anna"}]), "json")

    assert report["imported"] == 0
    assert report["refused"][0]["reason"].endswith("on line 1: both stay out")


@pytest.mark.parametrize(
    "text", ["{}", "[{]", "[1,", "[" * 100_000, '[{"order_id": "G1"}] trailing', "[1 2]"]
)
def test_broken_json_imports_nothing_and_names_the_line(shop: Shop, text: str) -> None:
    code, _, err = shop.try_to_bring(text, "json")

    assert code == 1
    assert "line 1" in err
    assert "nothing was imported" in err


def test_baskets_spread_over_points_that_are_added_and_the_seed_repeats_them(
    shop: Shop, data: Path
) -> None:
    baskets = "whole milk,rolls/buns\nsoda\n\nyogurt,coffee,coffee\n" * 10
    day = ("--points", "3", "--seed", "7", "--date", "2026-11-23")

    first = shop.bring(baskets, "baskets", *day)
    again = shop.bring(baskets, "baskets", *day)

    found = shop.orders()
    assert (first["imported"], again["unchanged"]) == (30, 30)
    assert [row["line"] for row in first["refused"]] == list(range(3, 41, 4))
    assert {order["point_id"] for order in found.values()} == {
        "bamboo-3",
        "point-01",
        "point-02",
    }
    assert [line["ordered"] for line in found["B261123-00004"]["lines"]] == [1, 2]


@pytest.mark.slow
@pytest.mark.needs_shared
def test_the_real_baskets_go_in_whole(shop: Shop, groceries: Path) -> None:
    content = groceries.read_bytes()

    report = shop.bring(content, "baskets", "--points", "25", "--date", "2026-11-23")

    found = shop.orders().values()
    products = sum(len(line.split(",")) for line in content.decode().splitlines())
    assert (report["imported"], report["refused"]) == (5000, [])
    assert len({order["point_id"] for order in found}) == 25
    assert sum(line["ordered"] for order in found for line in order["lines"]) == products


@pytest.mark.parametrize(
    ("product", "zone"),
    [
        ("whole milk", Zone.CHILLED),
        ("UHT-milk", Zone.AMBIENT),
        ("frozen chicken", Zone.FROZEN),
        ("canned fish", Zone.AMBIENT),
        ("韭菜豬肉水餃", Zone.FROZEN),
        ("放牧雞蛋 10入", Zone.CHILLED),
        ("池上米 2kg", Zone.AMBIENT),
    ],
)
def test_a_products_name_tells_its_zone(product: str, zone: Zone) -> None:
    assert zone_of(product) is zone


def test_a_file_that_is_not_there_and_a_date_that_is_none_are_named(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = ["import", str(data / "none"), "--format", "csv", "--data", str(data)]
    assert main(missing) == 2
    assert "cannot be read" in capsys.readouterr().err
    (data / "file").write_text(HEADER + "\n", encoding="utf-8")
    wrong = ["import", str(data / "file"), "--format", "csv", "--date", "soon", "--data", str(data)]
    assert main(wrong) == 2
    assert "soon" in capsys.readouterr().err
