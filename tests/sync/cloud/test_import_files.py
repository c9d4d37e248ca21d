"""Files of other systems through the command: dry runs, repairs, cancellations, exit codes."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sync.cloud.__main__ import main
from sync.cloud.import_command import put_reading
from sync.cloud.import_report import NOTHING, PARTLY, WHOLE
from sync.cloud.importing.draft import Reading, RefusedRow
from sync.cloud.intake import PutOutcome
from sync.cloud.keyring import ISSUER
from tests.sync.cloud.conftest import draft
from tests.sync.cloud.shop import Shop, rows
from tests.sync.importing.test_foreign import OFN, WOO
from tests.sync.importing.workbooks import HEADER, save

MAPPING = """\
[constants]
currency = "TWD"
[points]
"Wattle Lane Food Hub" = "bamboo-3"
"Yonghe Lane 7" = "bamboo-3"
"永和七巷自取" = "bamboo-3"
"永和七巷" = "bamboo-3"
[columns]
"訂單編號" = "order_id"
"取貨點" = "point_id"
"姓名" = "customer"
"手機" = "phone"
"取貨日期" = "pickup_date"
"品名" = "product"
"數量" = "quantity"
"""
SHOP_MAPPING = MAPPING.replace('[constants]\ncurrency = "TWD"\n', "")
GOOD = "G1,bamboo-3,王小明,318,2026-11-23,paid,池上米,1,199"
BAD = "G2,bamboo-3,陳怡君,042,2026-11-23,paid,鮮乳,-1,93"


def test_the_exit_code_says_whether_all_a_part_or_nothing_went_in(shop: Shop) -> None:
    assert shop.bring(rows(GOOD))["exit"] == WHOLE
    assert shop.bring(rows(GOOD, BAD))["exit"] == PARTLY
    assert shop.bring(rows(BAD))["exit"] == NOTHING


def test_a_dry_run_says_what_would_happen_and_writes_nothing(shop: Shop) -> None:
    shop.bring(rows(GOOD, "G3,bamboo-3,陳怡君,042,2026-11-23,paid,鮮乳,1,93"))
    before = shop.orders()
    changed = GOOD.replace(",1,199", ",２,199")
    new = "G4,bamboo-3,Emma,555,115/11/23,paid,雞蛋,1,98"
    file = rows(changed, "G3,bamboo-3,陳怡君,042,2026-11-23,paid,鮮乳,1,93", new, BAD)

    dry = shop.bring(file, "csv", "--dry-run")
    unchanged = shop.orders()
    real = shop.bring(file)

    assert unchanged == before
    assert (dry["dry_run"], real["dry_run"]) == (True, False)
    assert dry["orders"] == [
        {"line": 2, "order_id": "G1", "outcome": "changed"},
        {"line": 4, "order_id": "G4", "outcome": "imported"},
    ]
    counts = ("imported", "changed", "cancelled", "unchanged", "refused", "repaired", "exit")
    assert {name: dry[name] for name in counts} == {name: real[name] for name in counts}
    assert [(cell["line"], cell["column"]) for cell in real["repaired"]] == [
        (2, "quantity"),
        (4, "pickup_date"),
    ]


def test_a_dry_run_makes_no_key_for_a_new_issuer(shop: Shop) -> None:
    keys = shop.data / "cloud" / "keys"
    before = sorted(keys.iterdir())
    shop.bring(rows(GOOD), "csv", "--dry-run", "--issuer", "hub.example")
    assert sorted(keys.iterdir()) == before


def test_a_person_reads_every_repair_and_refusal_with_its_place(shop: Shop) -> None:
    text = rows(GOOD.replace(",1,199", ",１,199"), BAD)
    code, out, _ = shop.try_to_bring(text, "csv", "--dry-run")

    first, *more = out.splitlines()
    assert code == PARTLY
    assert first == (
        "file: 1 imported, 0 changed, 0 unchanged, 1 refused, 1 cells repaired"
        " (dry run: nothing was written)"
    )
    assert "file, line 2: order G1: imported" in more
    assert "file, line 2: quantity '１' was read as '1'" in more
    assert any(line.startswith("file, line 3: quantity must be") for line in more)


@pytest.mark.parametrize(
    ("codec", "said"), [("big5", "read as big5"), ("utf-16", "read as utf-16")]
)
def test_a_sheet_saved_in_taiwan_goes_in_as_it_is(shop: Shop, codec: str, said: str) -> None:
    shop.mapping = MAPPING
    sheet = (
        "訂單編號,取貨點,姓名,手機,取貨日期,品名,數量\r\n"
        "K-1,永和七巷,王小明,912345678,115/11/24,韭菜豬肉水餃,２\r\n,,,,,高麗菜,1\r\n"
    )

    report = shop.bring(sheet.encode(codec))

    (order,) = shop.orders().values()
    assert (report["imported"], report["exit"], report["notes"][0]) == (1, WHOLE, said)
    assert "phone from '手機'" in report["notes"][1]
    assert (order["customer"]["name"], order["customer"]["phone_last3"]) == ("王小明", "678")
    assert order["pickup_date"] == "2026-11-24"
    assert {cell["column"] for cell in report["repaired"]} == {"phone", "pickup_date", "quantity"}
    assert "912345678" not in json.dumps(report)


def test_a_workbook_goes_in_and_its_unknown_point_is_named(shop: Shop, tmp_path: Path) -> None:
    g1 = ("G1", "bamboo-3", "王小明", 912345678, "2026-11-23", "池上米", 2)
    g2 = ("G2", "maple-1", "陳怡君", 912345042, "2026-11-23", "鮮乳", 1)
    file = save(tmp_path / "day.xlsx", [HEADER, g1, g2])

    report = shop.bring(file.read_bytes(), "xlsx")

    assert (report["imported"], report["exit"]) == (1, PARTLY)
    assert (report["refused"][0]["line"], report["sheet"]) == (3, "Sheet")
    assert "maple-1" in report["refused"][0]["reason"]


def test_a_hubs_orders_go_in_and_a_cancelled_one_is_taken_back(shop: Shop) -> None:
    shop.mapping = MAPPING
    open_before = [{**order, "state": "complete"} for order in OFN[:3]]
    open_before[2]["payment_state"] = "paid"

    first = shop.bring(json.dumps(open_before), "ofn", "--date", "2026-11-24")
    second = shop.bring(json.dumps(OFN), "ofn", "--date", "2026-11-24")
    third = shop.bring(json.dumps(OFN), "ofn", "--date", "2026-11-24")

    assert (first["imported"], first["exit"]) == (3, WHOLE)
    assert (second["cancelled"], second["unchanged"], second["exit"]) == (1, 2, PARTLY)
    assert (third["cancelled"], third["unchanged"]) == (0, 3)
    orders = shop.orders()
    assert orders["R557118044"]["state"] == "cancelled"
    assert orders["R557118043"]["payment"] == {
        "state": "due",
        "due_minor": 1950,
        "currency": "TWD",
    }
    assert orders["R557118042"]["ordered_at"] == "2026-11-21T09:14:05.000Z"


def test_an_order_that_its_shop_resumes_is_open_again(shop: Shop) -> None:
    shop.mapping = SHOP_MAPPING
    for status in ("processing", "cancelled", "processing"):
        shop.bring(
            json.dumps([{**WOO[0], "status": status}]), "woocommerce", "--date", "2026-11-24"
        )
    order = shop.orders()["1042"]
    assert (order["state"], order["revision"]) == ("open", 3)


def test_a_cancelled_order_that_never_was_here_needs_nobody_and_is_named(shop: Shop) -> None:
    report = shop.bring(json.dumps([WOO[4]]), "woocommerce")
    assert (report["unchanged"], report["exit"], shop.orders()) == (1, WHOLE, {})
    assert report["not_open"] == [{"line": 1, "order_id": WOO[4]["number"]}]

    _, out, _ = shop.try_to_bring(json.dumps([WOO[4]]), "woocommerce")
    assert f"order {WOO[4]['number']} is cancelled; it is not open here" in out


class CountingBench:
    """Takes every wish, and sums up what it is told to count as unreadable."""

    def __init__(self) -> None:
        self.unreadable: list[int] = []

    def perform(self, action: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        assert action == "put_orders"
        self.unreadable.append(payload["unreadable"])
        counts = {outcome.value: 0 for outcome in PutOutcome}
        return {**counts, "orders": [], "not_open": [], "refused": []}


@pytest.mark.parametrize(("orders", "told"), [(0, [2]), (1, [2]), (251, [2, 0])])
def test_what_the_reader_refused_is_counted_once_whatever_else_goes_in(
    orders: int, told: list[int]
) -> None:
    drafts = tuple(draft(f"G{number}") for number in range(orders))
    reading = Reading(drafts, (RefusedRow(2, "no"), RefusedRow(3, "no")))
    bench = CountingBench()

    put_reading(
        Namespace(file=Path("day.csv"), format="csv", issuer=ISSUER, dry_run=False, json=True),
        bench,
        reading,
    )

    assert bench.unreadable == told


def test_a_doubtful_cell_goes_in_and_is_named(shop: Shop) -> None:
    report = shop.bring(rows(GOOD.replace("王小明", "王?明")))
    code, out, _ = shop.try_to_bring(rows(GOOD.replace("王小明", "王?明")), "csv")

    assert (report["imported"], [cell["line"] for cell in report["doubtful"]]) == (1, [2])
    assert (code, "1 cells to check" in out) == (WHOLE, True)
    assert "file, line 2: customer '王?明' may have lost a character" in out


def test_an_order_that_is_known_for_another_customer_is_refused_and_names_nobody(
    shop: Shop,
) -> None:
    shop.bring(rows(GOOD))
    before = shop.orders()
    other = "G1,bamboo-3,Emma Clark,555,2026-11-23,paid,雞蛋,3,98"

    answer = shop.bring(rows(other))

    assert shop.orders() == before
    assert (answer["exit"], answer["changed"]) == (NOTHING, 0)
    (row,) = answer["refused"]
    assert "Order G1 is known for another customer" in row["reason"]
    assert "--issuer" in row["reason"]
    assert "王小明" not in row["reason"]
    assert shop.bring(rows(other), "csv", "--issuer", "hub.example")["imported"] == 1


def test_made_up_customers_may_be_others_the_next_time(shop: Shop) -> None:
    day = ("--date", "2026-11-23")
    assert shop.bring("milk,eggs\nrice\n", "baskets", *day)["imported"] == 2
    assert shop.bring("milk,eggs\nrice\n", "baskets", *day, "--seed", "9")["changed"] == 2


@pytest.mark.parametrize(("before", "after"), [("王小明", "王曉明"), (",318,", ",319,")])
def test_a_corrected_name_or_telephone_number_is_a_change(
    shop: Shop, before: str, after: str
) -> None:
    shop.bring(rows(GOOD))
    assert shop.bring(rows(GOOD.replace(before, after)))["changed"] == 1


@pytest.mark.parametrize("price", ["1_0", "1e3", "-0", "1e-999999999", "+1", "1.2.3", "NaN", "١"])
def test_a_price_is_digits_with_at_most_one_point(shop: Shop, price: str) -> None:
    answer = shop.bring(rows(GOOD.replace(",199", f",{price}")))
    assert answer["exit"] == NOTHING
    assert "unit_price must be an amount" in answer["refused"][0]["reason"]


def test_two_shops_may_count_alike(shop: Shop) -> None:
    shop.mapping = SHOP_MAPPING
    first = shop.bring(json.dumps([WOO[0]]), "woocommerce", "--issuer", "one.example")
    other = {**WOO[0], "customer_note": "another shop's"}
    second = shop.bring(json.dumps([other]), "woocommerce", "--issuer", "two.example")
    assert (first["imported"], second["imported"], second["changed"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("form", "option", "value"),
    [
        ("json", "--mapping", "mapping.toml"),
        ("xlsx", "--encoding", "big5"),
        ("csv", "--sheet", "週三"),
        ("baskets", "--dry-run", None),
    ],
)
def test_an_option_that_would_say_nothing_is_refused(
    shop: Shop,
    capsys: pytest.CaptureFixture[str],
    form: str,
    option: str,
    value: str | None,
) -> None:
    words = ["import", "file", "--format", form, "--data", str(shop.data), option]
    assert main([*words, value] if value else words) == 2
    assert f"{option} says nothing about --format {form}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\r\n \n", "is empty"),
        (b"PK\x03\x04" + b"\0" * 30, "--format xlsx"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 30, "old .xls"),
        ("\ufeff<html><table>".encode(), "web page"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "json", "ofn"])
def test_a_file_whose_name_lies_is_named_with_what_it_is(
    shop: Shop, form: str, content: bytes, words: str
) -> None:
    code, out, err = shop.try_to_bring(content, form)
    assert (code, out) == (NOTHING, "")
    assert words in err
    assert "nothing was imported" in err


def test_a_broken_mapping_is_wrong_use_and_reads_nothing(shop: Shop) -> None:
    shop.mapping = "[colums]\n"
    code, out, err = shop.try_to_bring(rows(GOOD), "csv")
    assert (code, out) == (2, "")
    assert "colums is not known" in err
