"""What goes in as it stands although something seems to be lost is listed, cell by cell."""

from __future__ import annotations

import json

import pytest

from sync.cloud.importing.doubts import doubts
from sync.cloud.importing.json_orders import read_json
from sync.cloud.importing.mapping import ImportMapping
from sync.cloud.importing.rows import csv_rows
from sync.cloud.importing.table_orders import read_table
from tests.sync.importing.test_foreign import WOO, woo


@pytest.mark.parametrize(
    ("column", "text", "shown", "words"),
    [
        ("customer", "陳?明", "陳?明", "lost a character where a ? stands"),
        ("customer", "陳？明", "陳？明", "lost a character where a ? stands"),
        ("customer", "陳\ufffd明", "陳\ufffd明", "where a \ufffd stands"),
        ("product", "韭菜?肉水餃", "韭菜?肉水餃", "where a ? stands"),
        ("note", "放\ufffd低一點", "放\ufffd低一點", "where a \ufffd stands"),
        ("phone", "091234567", "0*****567", "too few digits for a mobile number of Taiwan"),
        ("phone", "09123456789", "0*******789", "too many digits"),
        ("phone", "+88691234567", "+8*******567", "too few digits"),
    ],
)
def test_a_cell_from_which_something_seems_lost_is_doubtful(
    column: str, text: str, shown: str, words: str
) -> None:
    (cell,) = doubts(7, {column: text})

    assert (cell.line, cell.column, cell.text) == (7, column, shown)
    assert words in cell.reason


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("customer", "陳大明"),
        ("product", "Lucky? Cookies"),
        ("product", "想吃嗎?"),
        ("note", "可以晚點到嗎?謝謝"),
        ("phone", "0912345678"),
        ("phone", "+886912345678"),
        ("phone", "033123456"),
        ("phone", "13812345678"),
        ("order_id", "09123"),
    ],
)
def test_what_people_really_write_is_not_doubtful(column: str, text: str) -> None:
    assert list(doubts(7, {column: text})) == []


def test_every_kind_of_file_lists_its_doubtful_cells() -> None:
    table = "order_id,point_id,customer,product,quantity\nG1,bamboo-3,陳?明,米,1\n"
    ours = [
        {
            "order_id": "G1",
            "point_id": "bamboo-3",
            "customer": "林美華",
            "lines": [{"product": "米\ufffd", "quantity": 1}],
        }
    ]
    shop = {**WOO[0], "billing": {**WOO[0]["billing"], "phone": "091234567"}}

    readings = (
        read_table(csv_rows(table), "day.csv", ImportMapping()),
        read_json(json.dumps(ours).encode(), "day.json"),
        woo([shop]),
    )

    assert [[cell.column for cell in reading.doubtful] for reading in readings] == [
        ["customer"],
        ["product"],
        ["phone"],
    ]
    assert all(len(reading.drafts) == 1 for reading in readings)
