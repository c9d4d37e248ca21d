"""Whether a file is a workbook that can be read safely: looked at before anything is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import NoReturn

from edge.errors import MalformedMessage

LARGEST_WHOLE = 1024 * 1024 * 1024
"""Bytes of all parts unpacked; 200 000 rows of 20 cells take a third of it."""
LARGEST_TEXTS = 256 * 1024 * 1024
"""Bytes of the table of texts, which is held in memory."""
SMALL_PART = 16 * 1024 * 1024
TIGHTEST = 200
"""Times its packed size; a hundred thousand rows that say the same unpack to fifteen times."""
MOST_PARTS = 10_000
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = 0x1
_MARKUP = (".xml", ".rels")
_PROLOGUE = 4096
_TEXTS = "xl/sharedStrings.xml"


def check_archive(path: Path) -> None:
    """MalformedMessage for what is no workbook, is locked, or would fill the memory."""
    with path.open("rb") as file:
        start = file.read(len(_OLE))
        if not start:
            _refuse(path, "is empty", "Choose another file.")
        if start == _OLE:
            _refuse(
                path,
                "is locked with a password, or is an old .xls workbook",
                "Save it as .xlsx without a password.",
            )
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(path, archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        remedy = "Save it again as .xlsx; for a text with commas use --format csv."
        _refuse(path, f"is no .xlsx workbook ({error})", remedy)


def _check_parts(path: Path, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        _refuse(path, "is no .xlsx workbook", "Save it again as .xlsx, or as CSV.")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        _refuse(path, "is locked with a password", "Save it without a password.")
    whole = sum(part.file_size for part in parts)
    texts = sum(part.file_size for part in parts if part.filename == _TEXTS)
    if whole > LARGEST_WHOLE or texts > LARGEST_TEXTS or len(parts) > MOST_PARTS:
        _refuse(
            path,
            f"unpacks to {whole // 2**20} MiB in {len(parts)} parts",
            "Save only its rows into a new workbook, or split it.",
        )
    for part in parts:
        if part.file_size > max(SMALL_PART, TIGHTEST * part.compress_size):
            _refuse(
                path,
                f"would fill the memory: {part.filename[:80]} unpacks to"
                f" {part.file_size // max(1, part.compress_size)} times its size",
                "Save only its rows into a new workbook.",
            )
        if part.filename.endswith(_MARKUP) and b"<!DOCTYPE" in archive.open(part).read(_PROLOGUE):
            _refuse(path, f"defines its own markup ({part.filename[:80]})", "Save it again.")


def _refuse(path: Path, fault: str, remedy: str) -> NoReturn:
    raise MalformedMessage(f"{path.name} {fault}; nothing was imported.", remedy)
