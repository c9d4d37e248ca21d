"""Checksums of rows: SQLite finds a damaged page, only these find a flipped bit."""

from __future__ import annotations

from zlib import crc32

from edge.errors import StoreCorrupt


def checksum(*values: int | str | None) -> int:
    """CRC-32 of the values, each written out in full and closed by a unit separator."""
    return crc32("\x1f".join(map(str, values)).encode())


def checksum_with_body(body: bytes, *values: int | str | None) -> int:
    """The same over a row that also has a body of bytes."""
    return crc32(body, checksum(*values))


def expect(stored: int, computed: int, table: str, key: object) -> None:
    """Raise StoreCorrupt, naming the row, unless both agree."""
    if stored != computed:
        raise corrupt_row(table, key)


def corrupt_row(table: str, key: object) -> StoreCorrupt:
    """The error of one row that does not say what was written."""
    return StoreCorrupt(
        f"Row {key} of {table} does not say what was written.",
        "Nothing was opened. The leader can hand this order over by hand; let support copy the"
        " database before the card is used further.",
    )
