"""What spreadsheets do to cells is undone where that is certain, and nowhere else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.cloud.importing.mapping import COLUMNS
from sync.cloud.importing.repair import AS_WRITTEN, DateOrder, masked, repair

DAYS = st.dates(date(2012, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("column", "text", "meant"),
    [
        ("quantity", "１２", "12"),
        ("quantity", "2.0", "2"),
        ("quantity", "1,200", "1200"),
        ("order_id", "Ｒ５５７－１", "R557-1"),
        ("unit_price", "NT$1,280", "1280"),
        ("unit_price", "４５元", "45"),
        ("phone", "912345678", "0912345678"),
        ("phone", "912345678.0", "0912345678"),
        ("phone", "０９１２-３４５-６７８", "0912345678"),
        ("phone", '="0912345678"', "0912345678"),
        ("phone", "(02) 2345-6789#12", "0223456789"),
        ("phone_last3", "42", "042"),
        ("phone_last3", "7.0", "007"),
        ("opens", "16:30:00", "16:30"),
        ("closes", "２１：００", "21:00"),
        ("zone", "ＦＲＯＺＥＮ", "FROZEN"),
        ("pickup_date", "115/11/23", "2026-11-23"),
        ("pickup_date", "115.1.3", "2026-01-03"),
        ("pickup_date", "民國115年11月23日", "2026-11-23"),
        ("pickup_date", "民國 99 年 1 月 2 日", "2010-01-02"),
        ("pickup_date", "1151123", "2026-11-23"),
        ("pickup_date", "１１５／１１／２３", "2026-11-23"),
        ("pickup_date", "2026年11月23日", "2026-11-23"),
        ("pickup_date", "20261123", "2026-11-23"),
        ("pickup_date", "2026/11/23(一)", "2026-11-23"),
        ("pickup_date", "2026/11/23 00:00:00", "2026-11-23"),
    ],
)
def test_a_cell_is_read_as_it_was_meant(column: str, text: str, meant: str) -> None:
    assert repair(column, text) == meant


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("pickup_date", "23/11/2026"),
        ("pickup_date", "11/12/13"),
        ("pickup_date", "99/1/2"),
        ("pickup_date", "115/13/01"),
        ("pickup_date", "2026/11/23 18:30"),
        ("pickup_date", "46349"),
        ("quantity", "-3"),
        ("quantity", "1.5"),
        ("quantity", "1,2"),
        ("phone", "9.12346E+08"),
        ("phone_last3", "3187"),
        ("customer", "王小明　先生"),
        ("product", "池上米２ｋｇ"),
        ("note", "＝謝謝"),
    ],
)
def test_what_is_not_certain_stays_as_it_is(column: str, text: str) -> None:
    assert repair(column, text) == text


@pytest.mark.parametrize(
    ("order", "meant"), [(DateOrder.DMY, "2026-03-04"), (DateOrder.MDY, "2026-04-03")]
)
def test_a_year_that_comes_last_needs_to_be_told_what_comes_first(
    order: DateOrder, meant: str
) -> None:
    assert repair("pickup_date", "04/03/2026", order) == meant


@given(DAYS, st.sampled_from(["{}/{}/{}", "{}.{}.{}", "民國{}年{}月{}日", "{}-{:02}-{:02}"]))
def test_every_day_of_the_republics_calendar_comes_back(day: date, form: str) -> None:
    assert repair("pickup_date", form.format(day.year - 1911, day.month, day.day)) == str(day)


@given(DAYS)
def test_every_day_without_signs_between_comes_back(day: date) -> None:
    assert repair("pickup_date", f"{day.year - 1911}{day:%m%d}") == str(day)


@given(st.sampled_from(sorted(COLUMNS)), st.text(max_size=30))
def test_a_repaired_cell_needs_no_further_repair(column: str, text: str) -> None:
    once = repair(column, text.strip())
    assert repair(column, once) == once


@given(st.sampled_from(AS_WRITTEN), st.text(max_size=30))
def test_names_and_products_stay_letter_for_letter(column: str, text: str) -> None:
    assert repair(column, text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0912345678", "0******678"),
        ("912345678", "9*****678"),
        ("０９１２-３４５-６７８", "０***-***-６７８"),
        ('="0912345678"', '="0******678"'),
        ("#N/A", "#N/A"),
        ("678", "678"),
    ],
)
def test_a_report_shows_a_telephone_numbers_first_digit_its_last_three_and_its_length(
    text: str, shown: str
) -> None:
    assert masked("phone", text) == shown
    assert masked("quantity", text) == text
