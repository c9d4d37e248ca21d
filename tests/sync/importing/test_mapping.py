"""A mapping file translates other people's tables; a broken one is named key by key."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import ConfigError, MalformedMessage
from sync.cloud.importing.draft import Reading
from sync.cloud.importing.mapping import COLUMNS, ImportMapping, read_mapping
from sync.cloud.importing.rows import csv_rows
from sync.cloud.importing.table_orders import read_table

EXAMPLE = Path(__file__).resolve().parents[3] / "firmware_config" / "demo" / "mapping.toml"
SHEET = """\
訂單編號,取貨點,姓名,手機,取貨日期,付款狀態,品名,數量,單價,溫層,內部備忘
K-1,永和七巷,王小明,912345678,115/11/24,貨到付款,韭菜豬肉水餃,２,199,冷凍,x
,,,,,,高麗菜,1,65,常溫,
"""


def mapping_of(tmp_path: Path, text: str) -> ImportMapping:
    file = tmp_path / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    return read_mapping(file)


def read(text: str, mapping: ImportMapping) -> Reading:
    return read_table(csv_rows(text), "day.csv", mapping)


def test_the_example_reads_a_sheet_with_chinese_headers() -> None:
    reading = read(SHEET, read_mapping(EXAMPLE))

    (order,) = reading.drafts
    assert (order.order_id, order.point_id, order.customer) == ("K-1", "yonghe-7", "王小明")
    assert (order.phone_last3, order.pickup_date, order.paid) == ("678", "2026-11-24", False)
    assert [(line.quantity, line.zone) for line in order.lines] == [(2, "FROZEN"), (1, "AMBIENT")]
    assert order.currency == "TWD"
    assert [(cell.line, cell.column, cell.after) for cell in reading.repaired] == [
        (2, "phone", "0******678"),
        (2, "pickup_date", "2026-11-24"),
        (2, "quantity", "2"),
    ]
    read_as, aside = reading.notes
    assert read_as.startswith("columns read: order_id from '訂單編號', point_id from '取貨點', ")
    assert "quantity from '數量'" in read_as
    assert aside == "columns left aside: '內部備忘'"


def test_the_example_speaks_of_every_table_that_there_is() -> None:
    mapping = read_mapping(EXAMPLE)
    said = {name: getattr(mapping, name) for name in mapping.__slots__}
    assert all(said.values()), said
    assert set(mapping.columns.values()) <= set(COLUMNS)


def test_a_header_that_says_too_little_is_shown_beside_what_it_lacks() -> None:
    with pytest.raises(MalformedMessage) as refused:
        read("訂單編號,貴賓,品名,數量\nK-1,王小明,水餃,2\n", read_mapping(EXAMPLE))

    assert "lacks columns: 'point_id', 'customer'" in str(refused.value)
    assert "it has '訂單編號', '貴賓', '品名', '數量'" in str(refused.value)


def test_a_constant_stands_where_the_table_says_nothing(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[constants]\npoint_id = "bamboo-3"\ncurrency = "AUD"\n')
    (order,) = read("order_id,customer,product,quantity\nG1,Emma,Milk,1\n", mapping).drafts
    assert (order.point_id, order.currency) == ("bamboo-3", "AUD")


def test_an_article_has_its_zone_where_the_row_names_none(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[zones]\n"ICE-1" = "FROZEN"\n"鮮花" = "CHILLED"\n')
    rows = "order_id,point_id,customer,product,sku,zone,quantity\n"
    rows += "G1,bamboo-3,Emma,蘇打冰,ICE-1,,1\nG1,,,鮮花,,,1\nG1,,,蘇打冰,ICE-1,AMBIENT,1\n"
    (order,) = read(rows, mapping).drafts
    assert [line.zone for line in order.lines] == ["FROZEN", "CHILLED", "AMBIENT"]


def test_a_date_that_ends_with_its_year_is_read_as_the_mapping_says(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, 'date_order = "DMY"\n')
    rows = (
        "order_id,point_id,customer,pickup_date,product,quantity\nG1,bamboo-3,Emma,3/4/2026,Milk,1"
    )
    assert read(rows, mapping).drafts[0].pickup_date == "2026-04-03"


def test_two_columns_that_mean_the_same_are_named(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[columns]\n"no" = "order_id"\n"id" = "order_id"\n')
    with pytest.raises(MalformedMessage, match=r"repeats columns: 'order_id'"):
        read("no,id,point_id,customer,product,quantity\n", mapping)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('colums = "x"', ["colums", "is not known", "columns"]),
        ("columns = 5", ["columns", "must be a table"]),
        ('[columns]\n"編號" = "order"', ['columns."編號"', "no column of ours", "'order'"]),
        ('[columns]\n"編號" = ["order_id"]', ['columns."編號"', "a text or a number"]),
        ('[constants]\ncurrency = "NT"', ["constants.currency", "3 capitals"]),
        ('[constants]\ncolour = "red"', ["constants.colour", "no column of ours"]),
        ('[points]\n"永和" = "Yonghe 7"', ['points."永和"', "1 to 12", "'Yonghe 7'"]),
        ('[values]\nzone = "x"', ["values.zone", "must be a table"]),
        ('[values.zone]\n"冰" = "ICE"', ['values.zone."冰"', "AMBIENT, CHILLED or FROZEN"]),
        ('[values.state]\n"ready" = "done"', ['values.state."ready"', "open or cancelled"]),
        ('[zones]\n"A" = "COLD"', ['zones."A"', "FROZEN"]),
        ('[pickup_dates]\n17 = "soon"', ['pickup_dates."17"', "a date"]),
        ('[meta]\ndate = "_date"', ["meta.date", "no column of ours"]),
        ('date_order = "YDM"', ["date_order", "DMY"]),
        ('[columns]\n"幣別" = "currency"\n[constants]\ncurrency = "TWD"', ["clashes", "幣別"]),
        ("[columns", ["is not TOML"]),
    ],
)
def test_a_broken_key_is_named_with_its_file_and_rule(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    with pytest.raises(ConfigError) as broken:
        mapping_of(tmp_path, text)
    for word in ("mapping.toml", *words):
        assert word in str(broken.value)


def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        read_mapping(tmp_path / "nowhere.toml")


def test_toml_may_write_a_date_without_quotes(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, "[pickup_dates]\n17 = 2026-11-24\n")
    assert mapping.pickup_dates == {"17": "2026-11-24"}
