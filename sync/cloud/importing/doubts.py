"""Cells that go in as they stand, though something seems to be lost from them: pure, no repair."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sync.cloud.importing.draft import DoubtfulCell
from sync.cloud.importing.repair import masked

LOST = "\ufffd"
"""What a program writes for a character that it could not read."""
_ASKED = re.compile(r"\?(?=[\u3400-\u9fff\uf900-\ufaff])")
"""A question ends a sentence; within a name of goods nobody asks."""
_MOBILE = re.compile(r"(?:\+?886|0)9([0-9]*)")
_MOBILE_REST = 8
_LOST_SIGN = "may have lost a character where a {} stands"


def doubts(line: int, cells: Mapping[str, str]) -> Iterator[DoubtfulCell]:
    """Those of one row that somebody should look at."""
    for column, text in cells.items():
        why = _doubt(column, text)
        if why is not None:
            yield DoubtfulCell(line, column, masked(column, text), why)


def _doubt(column: str, text: str) -> str | None:
    if LOST in text:
        return _LOST_SIGN.format(LOST)
    if column == "customer" and set("?？") & set(text):
        return _LOST_SIGN.format("?")
    if column == "product" and _ASKED.search(text):
        return _LOST_SIGN.format("?")
    return _odd_mobile(text) if column == "phone" else None


def _odd_mobile(text: str) -> str | None:
    """Taiwan's mobile numbers are 09 and eight more digits."""
    found = _MOBILE.fullmatch(text)
    if found is None or len(found[1]) == _MOBILE_REST:
        return None
    much = "few" if len(found[1]) < _MOBILE_REST else "many"
    return f"has too {much} digits for a mobile number of Taiwan: 09 and {_MOBILE_REST} more"
