"""Workbooks as people and programs make them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

HEADER = ("order_id", "point_id", "customer", "phone", "pickup_date", "product", "quantity")


def save(
    file: Path, rows: Iterable[Sequence[object]], touch: Callable[[Worksheet], object] | None = None
) -> Path:
    """A workbook of one sheet; `touch` does to it what a person does."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(list(row))
    if touch is not None:
        touch(sheet)
    book.save(file)
    return file


def save_many(file: Path, rows: Iterable[Sequence[object]]) -> Path:
    """A workbook of very many rows, written as it comes."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(list(row))
    book.save(file)
    return file


def with_parts(file: Path, source: Path, parts: Mapping[str, bytes]) -> Path:
    """The same workbook with some of its parts put in the place of others, or added."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return file
