"""A file's lines, with whatever cannot be a line of text named."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from edge.errors import ConfigError, MalformedMessage

LONGEST_LINE = 20_000
LARGEST_FILE = 256 * 1024 * 1024
_OTHER_KINDS = {
    b"PK\x03\x04": ("is a workbook or another archive", "Use --format xlsx for a workbook."),
    bytes.fromhex("d0cf11e0a1b11ae1"): (
        "is an old .xls workbook, or one with a password",
        "Save it as .xlsx without a password, and use --format xlsx.",
    ),
    b"%PDF": ("is a PDF", "Export the orders as a table."),
    b"<": ("is a web page or XML", "Open it in a spreadsheet, and save it as .xlsx."),
}
"""By their first bytes, what people rename into a text."""
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_bytes(path: Path) -> bytes:
    """The whole file, without a byte order mark."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ConfigError(f"{path} is larger than 256 MiB.", "Split it and import the parts.")
        return path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}.", "Name a file that is there."
        ) from error


def read_text_file(path: Path) -> bytes:
    """As `read_bytes`; MalformedMessage for what is no text, whatever its name says."""
    data = read_bytes(path)
    start = data[:4096].lstrip()
    if not data.strip():
        raise MalformedMessage(
            f"{path.name} is empty; nothing was imported.", "Choose another file."
        )
    for mark, (kind, remedy) in _OTHER_KINDS.items():
        if start.startswith(mark):
            raise MalformedMessage(f"{path.name} {kind}; nothing was imported.", remedy)
    return data


def lines_of(data: bytes, name: str) -> Iterator[tuple[int, str]]:
    """Each line with its number from 1; MalformedMessage where the file is not UTF-8."""
    if data.startswith(_WIDE_MARKS):
        raise _not_utf8(name, 1)
    for number, raw in enumerate(data.split(b"\n"), start=1):
        try:
            yield number, raw.removesuffix(b"\r").decode()
        except UnicodeDecodeError:
            raise _not_utf8(name, number) from None


def fault_of(line: str) -> str | None:
    """Why a line cannot be a row; None when it can."""
    if len(line) > LONGEST_LINE:
        return f"the line is longer than {LONGEST_LINE} characters"
    if "\0" in line:
        return "the line has a NUL character"
    return None


def _not_utf8(name: str, line: int) -> MalformedMessage:
    return MalformedMessage(
        f"{name} is not UTF-8 (line {line}); nothing was imported.",
        "Save it as 'CSV UTF-8', or convert it: iconv -f BIG5 -t UTF-8 FILE (GB18030, UTF-16 …).",
    )
