"""What spreadsheets and keyboards do to a structured cell, undone: pure, text to text.

Rule: names and products stay letter for letter; what cannot be undone for sure stays as it is,
so that its column's own rule refuses it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

AS_WRITTEN = ("customer", "product", "note")
"""Columns that no repair touches."""
MASKED = ("phone", "phone_last3")
"""Columns that no report shows whole."""
DIGITS_SHOWN = 3
"""The end of a telephone number: as much of it as is kept."""
_ROC_BEFORE = 1911
"""The year before the first of the Republic of China's calendar, in which Taiwan counts."""
_AS_FORMULA = re.compile(r'="(.*)"')
_WEEKDAY = re.compile(r"\s*\((?:星期|週|周)?[一二三四五六日]\)$")
_AROUND_SIGNS = re.compile(r"\s*([年月日])\s*")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")
_YEAR_FIRST = re.compile(
    r"(民國|民国)?\s*([0-9]{2,4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})日?"
)
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_MOBILE_WITHOUT_ZERO = re.compile(r"9[0-9]{8}")
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


class DateOrder(StrEnum):
    """Which part of a date comes first where the year comes last."""

    YMD = "YMD"
    DMY = "DMY"
    MDY = "MDY"


def repair(column: str, text: str, date_order: DateOrder = DateOrder.YMD) -> str:
    """The cell as its column wants it, where that is certain."""
    if column in AS_WRITTEN:
        return text
    quoted = _AS_FORMULA.fullmatch(text)
    plain = unicodedata.normalize("NFKC", quoted[1] if quoted else text).strip()
    if column == "pickup_date":
        return _date(plain, date_order)
    mend = _MENDERS.get(column)
    return mend(plain) if mend else plain


def masked(column: str, text: str) -> str:
    """The cell as a report may show it: of a telephone number the first digit and the last three.

    All other signs stay, so that a repair can be checked and what is no number is seen.
    """
    digits = [at for at, sign in enumerate(text) if sign.isdigit()]
    if column not in MASKED or len(digits) <= DIGITS_SHOWN:
        return text
    hidden = digits[1:-DIGITS_SHOWN]
    return "".join("*" if at in hidden else sign for at, sign in enumerate(text))


def _date(text: str, date_order: DateOrder) -> str:
    bare = _AROUND_SIGNS.sub(r"\1", _MIDNIGHT.sub("", _WEEKDAY.sub("", text)))
    if re.fullmatch(r"20[0-9]{6}", bare):
        return _iso(bare[:4], bare[4:6], bare[6:]) or text
    if re.fullmatch(r"1[0-9]{6}", bare):
        return _iso(_western(bare[:3]), bare[3:5], bare[5:]) or text
    if first := _YEAR_FIRST.fullmatch(bare):
        era, year, month, day = first.groups()
        return _iso(_year(era, year), month, day) or text
    if last := _YEAR_LAST.fullmatch(bare):
        one, two, year = last.groups()
        parts = {DateOrder.DMY: (two, one), DateOrder.MDY: (one, two)}.get(date_order)
        return (parts and _iso(year, *parts)) or text
    return text


def _year(era: str | None, year: str) -> str:
    """Two digits without an era could be any century's: no year."""
    if era or len(year) == 3:
        return _western(year)
    return year if len(year) == 4 else ""


def _western(roc_year: str) -> str:
    return str(int(roc_year) + _ROC_BEFORE)


def _iso(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _phone(text: str) -> str:
    if "e" in text.casefold():
        return text
    digits = re.sub(r"[\s().-]", "", text.removesuffix(".0").partition("#")[0])
    return f"0{digits}" if _MOBILE_WITHOUT_ZERO.fullmatch(digits) else digits


def _phone_tail(text: str) -> str:
    tail = text.removesuffix(".0")
    return tail.zfill(3) if re.fullmatch(r"[0-9]{1,2}", tail) else tail


def _whole(text: str) -> str:
    return re.sub(r"\.0+$", "", _without_thousands(text))


def _amount(text: str) -> str:
    return _without_thousands(re.sub(r"^(NT\$|\$|TWD)\s*|\s*元$", "", text))


def _without_thousands(text: str) -> str:
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def _clock(text: str) -> str:
    return text[:-3] if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}:00", text) else text


_MENDERS: Mapping[str, Callable[[str], str]] = {
    "phone": _phone,
    "phone_last3": _phone_tail,
    "quantity": _whole,
    "unit_price": _amount,
    "opens": _clock,
    "closes": _clock,
}
