"""Sheets as other programs write their XML: nothing that was never computed is taken as empty."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from edge.errors import MalformedMessage
from tests.sync.importing.test_workbook import G1, G2, SHEET, read, reasons
from tests.sync.importing.workbooks import HEADER, save, with_parts

WITH_PAYMENT = (*HEADER, "payment")


def saved(tmp_path: Path, old: str, new: str) -> Path:
    """Two orders, the second one due, and a piece of its sheet written in another way."""
    rows = [WITH_PAYMENT, (*G1, "paid"), (*G2, "due")]
    plain = save(tmp_path / "plain.xlsx", rows)
    with ZipFile(plain) as archive:
        xml = archive.read(SHEET).decode()
    assert xml.count(old) == 1
    return with_parts(tmp_path / "day.xlsx", plain, {SHEET: xml.replace(old, new).encode()})


def cell_of_payment(tmp_path: Path) -> str:
    """How the second order's payment stands in the sheet."""
    with ZipFile(saved(tmp_path, "<sheetData>", "<sheetData>")) as archive:
        xml = archive.read(SHEET).decode()
    start = xml.index('<c r="H3"')
    return xml[start : xml.index("</c>", start) + len("</c>")]


@pytest.mark.parametrize(
    "formula",
    [
        '<c r="H3"><f>A1</f></c>',
        '<c r="H3">\n  <f>A1</f>\n  <v></v>\n</c>',
        "<c r='H3'><f>A1</f><v/></c>",
        "<c><f>A1</f><v/></c>",
        '<c r="H3"><f>A1</f><!-- later --><v/></c>',
        '<c r="H3" t="str"><f>A1</f></c>',
        '<c r="H3"><v></v><f t="shared" si="0"/></c>',
        '<c r="H3"><f><![CDATA[A1<2]]></f></c>',
    ],
)
def test_a_payment_that_was_never_computed_is_refused_however_it_is_written(
    tmp_path: Path, formula: str
) -> None:
    reading = read(saved(tmp_path, cell_of_payment(tmp_path), formula))
    assert [order.order_id for order in reading.drafts] == ["G1"]
    assert "payment is a formula without a value" in reasons(reading)[3]


@pytest.mark.parametrize(
    "formula",
    [
        '<c r="H3" t="str"><f>A1</f><v>due</v></c>',
        '<c t="str"> <f>A1</f> <v>due</v> </c>',
        '<c r="H3" t="inlineStr"><f>A1</f><is><t>due</t></is></c>',
    ],
)
def test_a_payment_that_was_computed_counts(tmp_path: Path, formula: str) -> None:
    reading = read(saved(tmp_path, cell_of_payment(tmp_path), formula))
    assert [order.paid for order in reading.drafts] == [True, False]


def test_a_formula_whose_text_is_empty_is_an_empty_cell(tmp_path: Path) -> None:
    empty = '<c r="H3" t="str"><f>IF(A1="","due","")</f><v></v></c>'
    reading = read(saved(tmp_path, cell_of_payment(tmp_path), empty))
    assert [order.order_id for order in reading.drafts] == ["G1", "G2"]


def test_a_payment_never_computed_and_merged_over_two_orders_keeps_both_out(tmp_path: Path) -> None:
    rows = [WITH_PAYMENT, (*G1, "=A1"), (*G2, None)]
    reading = read(save(tmp_path / "day.xlsx", rows, lambda sheet: sheet.merge_cells("H2:H3")))
    assert reading.drafts == ()
    assert set(reasons(reading)) == {2, 3}


@pytest.mark.parametrize("row", ["1999999999", "1048577", "9" * 5000, "1e9", "0", "-3", "2"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_row_number_that_no_sheet_has_is_refused_at_once(
    tmp_path: Path, row: str, quote: str
) -> None:
    file = saved(tmp_path, '<row r="3"', f"<row r={quote}{row}{quote}")
    with pytest.raises(MalformedMessage, match=r"day\.xlsx is damaged \(.*row"):
        read(file)


def test_a_row_far_below_the_others_is_read(tmp_path: Path) -> None:
    reading = read(saved(tmp_path, '<row r="3"', '<row r="60000"'))
    assert [order.line for order in reading.drafts] == [2, 60000]


def test_markup_of_its_own_far_inside_a_sheet_is_refused(tmp_path: Path) -> None:
    plain = saved(tmp_path, "<sheetData>", "<sheetData>")
    with ZipFile(plain) as archive:
        xml = archive.read(SHEET)
    late = b" " * 5000 + b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + xml.partition(b"?>")[2]
    with pytest.raises(MalformedMessage, match="markup"):
        read(with_parts(tmp_path / "late.xlsx", plain, {SHEET: late}))
