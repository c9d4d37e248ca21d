"""Rows that sum up others are no orders; customers whose names are such words are."""

from __future__ import annotations

import pytest

from sync.cloud.importing.draft import Reading
from sync.cloud.importing.mapping import ImportMapping
from sync.cloud.importing.rows import csv_rows
from sync.cloud.importing.table_orders import read_table

HEADER = "customer,order_id,point_id,phone_last3,product,quantity"
LEE = "Lee,S1,yonghe-7,111,Milk,1"


def read(*rows: str) -> Reading:
    return read_table(csv_rows("\n".join([HEADER, *rows])), "day.csv", ImportMapping())


def goods(reading: Reading) -> dict[str, list[str]]:
    return {order.customer: [line.product for line in order.lines] for order in reading.drafts}


@pytest.mark.parametrize("name", ["Sum", "合計", "Total"])
def test_a_customer_whose_name_means_a_sum_gets_all_goods_of_the_order(name: str) -> None:
    reading = read(LEE, f"{name},S2,yonghe-7,222,Beef,1", ",,,,Eggs,1", f"{name},,,,Tofu,1")
    assert goods(reading) == {"Lee": ["Milk"], name: ["Beef", "Eggs", "Tofu"]}
    assert (reading.notes, reading.refused) == ((), ())


def test_a_row_of_such_a_customer_without_goods_is_refused_and_no_sum() -> None:
    reading = read(LEE, "Sum,S2,yonghe-7,222,,1", ",,,,Eggs,1")
    assert goods(reading) == {"Lee": ["Milk"]}
    assert [row.line for row in reading.refused] == [3]


def test_nothing_below_a_sum_joins_the_order_above_it_unnamed() -> None:
    reading = read(LEE, "合計,,,,,1", ",,,,Beef,1", "Chan,S3,yonghe-7,333,Tofu,1", ",,,,Eggs,2")
    assert goods(reading) == {"Chan": ["Tofu", "Eggs"]}
    (row,) = reading.refused
    assert row.line == 4
    assert row.reason.startswith("order_id is missing below a sum")
    assert row.reason.endswith("order S1 stays out")


def test_an_order_that_is_named_again_below_a_subtotal_goes_on() -> None:
    reading = read(LEE, "小計,,,,,1", ",S1,,,Beef,1")
    assert goods(reading) == {"Lee": ["Milk", "Beef"]}
