"""Workbooks as people make them: each oddity is read as it is meant, or named."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from edge.errors import MalformedMessage
from sync.cloud.importing.archive import LARGEST_WHOLE, SMALL_PART
from sync.cloud.importing.draft import Reading
from sync.cloud.importing.mapping import ImportMapping
from sync.cloud.importing.rows import RawRow
from sync.cloud.importing.sheet_facts import spans
from sync.cloud.importing.table_orders import read_table
from sync.cloud.importing.workbook import open_sheet
from tests.sync.importing.workbooks import HEADER, save, save_many, with_parts

G1 = ("G1", "bamboo-3", "王小明", "0912345678", "2026-11-23", "池上米", 2)
G2 = ("G2", "bamboo-3", "陳怡君", "0912345042", "2026-11-23", "鮮乳", 1)
G1_TEXTS = tuple(map(str, G1))
SHEET = "xl/worksheets/sheet1.xml"


def read(file: Path, mapping: ImportMapping | None = None, sheet: str | None = None) -> Reading:
    with open_sheet(file, sheet) as found:
        reading = read_table(found.rows, file.name, mapping or ImportMapping())
    return replace(reading, notes=(*found.notes, *reading.notes), sheet=found.title)


def reasons(reading: Reading) -> dict[int, str]:
    return {row.line: row.reason for row in reading.refused}


def test_numbers_dates_and_texts_are_read_as_they_are_shown(tmp_path: Path) -> None:
    row = (557, "bamboo-3", "王小明", 912345678, datetime(2026, 11, 23), "池上米", 2.0)  # noqa: DTZ001 - a cell knows no zone

    reading = read(save(tmp_path / "day.xlsx", [HEADER, row]))

    (order,) = reading.drafts
    assert (order.order_id, order.pickup_date) == ("557", "2026-11-23")
    assert (order.phone_last3, order.lines[0].quantity) == ("678", 2)
    assert [(cell.line, cell.column, cell.before, cell.after) for cell in reading.repaired] == [
        (2, "phone", "9*****678", "0******678")
    ]


def test_cells_merged_over_an_orders_rows_count_for_each_and_are_listed(tmp_path: Path) -> None:
    def merge(sheet: Worksheet) -> None:
        for column in "ABCDE":
            sheet.merge_cells(f"{column}2:{column}3")

    rows = [HEADER, G1, (None,) * 5 + ("鮮乳", 1), G2]
    reading = read(save(tmp_path / "day.xlsx", rows, merge))

    assert {order.order_id: len(order.lines) for order in reading.drafts} == {"G1": 2, "G2": 1}
    assert {(cell.line, cell.column) for cell in reading.repaired} == {
        (3, name) for name in HEADER[:5]
    }
    assert "0912345678" not in str(reading.repaired)


def test_a_name_merged_over_two_orders_of_one_customer_counts_for_both(tmp_path: Path) -> None:
    rows = [HEADER, G1, ("G2", "bamboo-3", None, None, "2026-11-23", "鮮乳", 1)]
    file = save(tmp_path / "day.xlsx", rows, lambda sheet: sheet.merge_cells("C2:D3"))
    assert [order.customer for order in read(file).drafts] == ["王小明", "王小明"]


def test_a_merged_quantity_is_named_because_it_would_count_twice(tmp_path: Path) -> None:
    rows = [HEADER, G1, ("G1", None, None, None, None, "鮮乳", None), G2]
    file = save(tmp_path / "day.xlsx", rows, lambda sheet: sheet.merge_cells("G2:G3"))

    reading = read(file)

    assert "quantity is merged with the cell above" in reasons(reading)[3]
    assert [order.order_id for order in reading.drafts] == ["G2"]


def test_a_header_of_two_rows_below_a_title_is_found(tmp_path: Path) -> None:
    rows = [
        ("週三團購",),
        ("order_id", "point_id", "customer", None, None, "goods", None),
        (None, None, "name", "phone", "pickup_date", "product", "quantity"),
        G1,
    ]
    mapping = ImportMapping(given=True, columns={"name": "customer"})

    reading = read(save(tmp_path / "day.xlsx", rows), mapping)

    assert [order.customer for order in reading.drafts] == ["王小明"]
    assert "rows 2 and 3 together are the header" in reading.notes
    assert "what stands above row 2 was left aside" in reading.notes


def test_a_header_that_comes_again_on_every_page_is_left_aside(tmp_path: Path) -> None:
    reading = read(save(tmp_path / "day.xlsx", [HEADER, G1, HEADER, G2]))
    assert len(reading.drafts) == 2
    assert reading.notes == ("row 3 repeats the header and was left aside",)


def test_a_sum_below_the_orders_is_no_line_of_the_last_of_them(tmp_path: Path) -> None:
    rows = [
        HEADER,
        G1,
        (None,) * 4 + ("合計", None, 3),
        G2,
        ("小計", None, None, None, None, None, 1),
    ]
    reading = read(save(tmp_path / "day.xlsx", rows))
    assert {order.order_id: len(order.lines) for order in reading.drafts} == {"G1": 1, "G2": 1}
    assert reading.notes == tuple(f"row {row} is a sum and was left aside" for row in (3, 5))


def test_a_sum_that_stands_where_products_do_is_named_and_handed_to_nobody(tmp_path: Path) -> None:
    rows = [HEADER, G1, (None,) * 5 + ("總計：", 2), G2]
    reading = read(save(tmp_path / "day.xlsx", rows))
    assert "product looks like a sum" in reasons(reading)[3]
    assert [order.order_id for order in reading.drafts] == ["G2"]


def test_a_broken_row_with_a_name_of_its_own_keeps_nobody_else_out(tmp_path: Path) -> None:
    rows = [HEADER, G1, ("第 2 頁", None, None, None, None, None, "=SUM(G2:G2)")]
    reading = read(save(tmp_path / "day.xlsx", rows))
    assert [order.order_id for order in reading.drafts] == ["G1"]
    assert "order 第 2 頁 stays out" in reasons(reading)[3]


def test_a_broken_row_of_an_order_keeps_it_out_in_whatever_width_it_is_written(
    tmp_path: Path,
) -> None:
    rows = [HEADER, G1, G2, ("Ｇ２", *G2[1:6], "#N/A")]
    reading = read(save(tmp_path / "day.xlsx", rows))
    assert [order.order_id for order in reading.drafts] == ["G1"]
    assert "order G2 stays out" in reasons(reading)[4]


def test_every_bad_cell_of_a_row_is_named_at_once(tmp_path: Path) -> None:
    row = ("G2", "永和", "陳怡君", "0912345042", "11/24", "鮮乳", -1)
    reason = reasons(read(save(tmp_path / "day.xlsx", [HEADER, G1, row])))[3]
    for column in ("point_id must", "pickup_date must", "quantity must"):
        assert column in reason


def test_hidden_rows_are_read_and_said_and_empty_ones_mean_nothing(tmp_path: Path) -> None:
    def hide(sheet: Worksheet) -> None:
        for row in (2, 5, 6):
            sheet.row_dimensions[row].hidden = True

    reading = read(save(tmp_path / "day.xlsx", [HEADER, G1, (), (), G2], hide))

    assert [(order.order_id, order.line) for order in reading.drafts] == [("G1", 2), ("G2", 5)]
    assert reading.notes == ("hidden rows were read like any other: 2, 5–6",)


def test_a_formula_that_was_never_computed_keeps_its_order_out(tmp_path: Path) -> None:
    rows = [HEADER, G1, (*G2[:6], "=1+1")]

    reading = read(save(tmp_path / "day.xlsx", rows))

    assert "quantity is a formula without a value" in reasons(reading)[3]
    assert [order.order_id for order in reading.drafts] == ["G1"]


def test_a_formula_counts_by_its_saved_value_and_one_that_nobody_reads_harms_nobody(
    tmp_path: Path,
) -> None:
    plain = save(tmp_path / "plain.xlsx", [(*HEADER, "sum"), (*G1[:6], 2, "=G2*2")])
    xml = _part(plain).replace(b"<v>2</v>", b"<f>1+1</f><v>7</v>")
    file = with_parts(tmp_path / "day.xlsx", plain, {SHEET: xml})

    reading = read(file, ImportMapping(given=True))

    assert [order.lines[0].quantity for order in reading.drafts] == [7]
    assert reading.notes == ("columns left aside: 'sum'",)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("#N/A", "quantity holds the error #N/A"),
        (1234567890123456, "quantity has more than 15 digits"),
        (-3, "quantity must be a whole number"),
        (1.5, "quantity must be a whole number"),
        (True, "quantity must be a whole number"),
        (None, "quantity is missing"),
    ],
)
def test_a_cell_that_is_no_quantity_is_named_with_its_row(
    tmp_path: Path, value: object, words: str
) -> None:
    reading = read(save(tmp_path / "day.xlsx", [HEADER, (*G1[:6], value), G2]))
    assert words in reasons(reading)[2]
    assert [order.order_id for order in reading.drafts] == ["G2"]


def test_an_order_that_comes_twice_with_other_lines_stays_out(tmp_path: Path) -> None:
    reading = read(save(tmp_path / "day.xlsx", [HEADER, G1, G2, (*G1[:5], "雞蛋", 1)]))
    assert "order G1 comes twice; its rows began on line 2" in reasons(reading)[4]
    assert [order.order_id for order in reading.drafts] == ["G2"]


def test_the_only_filled_sheet_is_read_and_of_several_one_has_to_be_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first, second, hidden = book.active, book.create_sheet("週三"), book.create_sheet("舊")
    assert isinstance(first, Worksheet)
    for sheet in (second, hidden):
        sheet.append(HEADER)
        sheet.append(G1)
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "one.xlsx")
    first.append(["note to self"])
    book.save(tmp_path / "two.xlsx")

    assert len(read(tmp_path / "one.xlsx").drafts) == 1
    assert len(read(tmp_path / "two.xlsx", sheet="週三").drafts) == 1
    with pytest.raises(MalformedMessage, match=r"several sheets.*'週三'.*--sheet"):
        read(tmp_path / "two.xlsx")
    with pytest.raises(MalformedMessage, match=r"no sheet '週四'"):
        read(tmp_path / "two.xlsx", sheet="週四")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"order_id,customer\n", "no .xlsx workbook"),
        (b"PK\x03\x04" + b"\0" * 100, "no .xlsx workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "locked with a password"),
    ],
)
def test_a_file_that_is_no_workbook_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "day.xlsx"
    file.write_bytes(content)
    with pytest.raises(MalformedMessage, match=words):
        read(file)


def test_an_empty_workbook_and_one_without_rows_are_named(tmp_path: Path) -> None:
    with pytest.raises(MalformedMessage, match="holds nothing in any visible sheet"):
        read(save(tmp_path / "empty.xlsx", []))
    with pytest.raises(MalformedMessage, match="holds no rows below its header"):
        read(save(tmp_path / "header.xlsx", [HEADER]))


def test_a_workbook_that_would_unpack_to_gigabytes_is_never_unpacked(tmp_path: Path) -> None:
    plain = save(tmp_path / "plain.xlsx", [HEADER, G1])
    bomb = with_parts(tmp_path / "bomb.xlsx", plain, {"xl/media/a.bin": b""})
    data = bytearray(bomb.read_bytes())
    # The size that the directory names is what is believed before anything is read.
    entry = data.rindex(b"xl/media/a.bin") - 46
    data[entry + 24 : entry + 28] = (LARGEST_WHOLE + 1).to_bytes(4, "little")
    bomb.write_bytes(data)
    with pytest.raises(MalformedMessage, match=r"unpacks to 1024 MiB"):
        read(bomb)


def test_one_cell_that_would_fill_the_memory_is_never_unpacked(tmp_path: Path) -> None:
    plain = save(tmp_path / "plain.xlsx", [HEADER, G1])
    vast = _part(plain).replace("池上米".encode(), b"x" * SMALL_PART)
    with pytest.raises(MalformedMessage, match=r"fill the memory: xl/worksheets/sheet1\.xml"):
        read(with_parts(tmp_path / "bomb.xlsx", plain, {SHEET: vast}))


def test_a_workbook_with_markup_of_its_own_is_refused(tmp_path: Path) -> None:
    plain = save(tmp_path / "plain.xlsx", [HEADER, G1])
    doctype = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
    with pytest.raises(MalformedMessage, match="markup"):
        read(with_parts(tmp_path / "day.xlsx", plain, {SHEET: doctype + _part(plain)}))


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml"])
def test_a_damaged_part_is_named_and_raises_nothing_else(tmp_path: Path, part: str) -> None:
    plain = save(tmp_path / "plain.xlsx", [HEADER, G1])
    broken = with_parts(tmp_path / "day.xlsx", plain, {part: b"<worksheet><sheetData><row r='1'>"})
    with pytest.raises(MalformedMessage, match=r"day\.xlsx"):
        read(broken)


def test_more_rows_than_are_read_refuse_the_file_before_anything_goes_in() -> None:
    rows = (RawRow(number, HEADER if number == 1 else G1_TEXTS) for number in count(1))
    with pytest.raises(MalformedMessage, match="more than 500 rows; nothing was imported"):
        read_table(rows, "day.xlsx", ImportMapping(), most_rows=500)


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_read_whole(tmp_path: Path) -> None:
    rows = ((f"G{number}", *G1[1:]) for number in range(100_000))
    reading = read(save_many(tmp_path / "year.xlsx", [HEADER, *rows]))
    assert (len(reading.drafts), reading.refused) == (100_000, ())


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.lists(
            st.none()
            | st.booleans()
            | st.integers(-(10**18), 10**18)
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.datetimes()
            | st.times()
            | st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=12),
            max_size=9,
        ),
        max_size=8,
    )
)
def test_every_row_of_any_content_becomes_part_of_an_order_or_is_refused_by_number(
    tmp_path: Path, content: list[list[object]]
) -> None:
    reading = read(save(tmp_path / "day.xlsx", [HEADER, G1, *content]))

    filled = {
        number
        for number, row in enumerate(content, start=3)
        if any(cell is not None and str(cell).strip() for cell in row)
    }
    taken = sum(len(order.lines) for order in reading.drafts)
    assert set(reasons(reading)) <= filled | {2}
    assert taken + len(reading.refused) <= len(filled) + 1
    if not filled:
        assert taken == 1


@given(st.sets(st.integers(1, 60)))
def test_numbers_in_short_still_name_each_of_them(numbers: set[int]) -> None:
    named: set[int] = set()
    for span in spans(numbers).split(", ") if numbers else ():
        first, _, last = span.partition("–")
        named |= set(range(int(first), int(last or first) + 1))
    assert named == numbers


def _part(file: Path) -> bytes:
    with ZipFile(file) as archive:
        return archive.read(SHEET)
