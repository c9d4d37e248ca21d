"""Is the write-ahead log whole? SQLite silently drops everything from a damaged frame on.

A power cut may tear the last commit, which nobody was told of; more than that is damage.
Rule: the -shm is never opened here, for closing it would let go of SQLite's locks.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import NamedTuple

from edge.errors import LogDamaged
from edge.store.connection import damaged
from edge.store.log_sums import FRAME_BYTES, summed, sums_behind

_HEADER_BYTES = 32
_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}


class _Log(NamedTuple):
    """What the header says: byte order of the sums, page size, salts, and the header's own sum."""

    order: str
    page_size: int
    salts: bytes
    sums: tuple[int, int]


def check_log(path: Path) -> None:
    """Raise LogDamaged where commits lie behind a damage: ask before SQLite opens the file.

    What a power cut left of a torn commit is wiped out, so that no later check meets it. A log
    that is gone as a whole is no sign: the last connection to a file may clear it away.
    """
    path_of_log = path.with_name(f"{path.name}-wal")
    content = path_of_log.read_bytes() if path_of_log.exists() else b""
    log = _header(content)
    if log is None:
        if content.strip(b"\0"):
            finding = "the header of its write-ahead log does not say what was written"
            raise damaged(path, finding, LogDamaged)
        return
    end, step = _end_of_valid(log, content), FRAME_BYTES + log.page_size
    rest = range(end, len(content) - FRAME_BYTES + 1, step)
    torn = [at for at in rest if content[at + 8 : at + 16] == log.salts]
    if any(_is_commit(content, at) for at in torn[:-1]):
        # Only one commit may be torn; what follows it was written after its sync.
        raise damaged(path, "its write-ahead log is broken in the middle", LogDamaged)
    if torn:
        _wipe(path_of_log, end, len(content))


def _header(content: bytes) -> _Log | None:
    """None where these bytes do not carry SQLite's mark and their own sum."""
    if len(content) < _HEADER_BYTES:
        return None
    words = struct.unpack_from(">8I", content)
    order = _MAGIC.get(words[0])
    if order is None:
        return None
    sums = summed(order, content[:24], (0, 0))
    return _Log(order, words[2], content[16:24], sums) if sums == words[6:8] else None


def _end_of_valid(log: _Log, content: bytes) -> int:
    """Where the frames end that SQLite takes as valid."""
    end, step = _HEADER_BYTES, FRAME_BYTES + log.page_size
    while end + step <= len(content) and content[end + 8 : end + 16] == log.salts:
        end += step
    frames = content[_HEADER_BYTES:end]
    starts = range(_HEADER_BYTES, end, step)
    behind = sums_behind(log.order, frames, log.page_size, log.sums)
    for at, sums in zip(starts, behind, strict=True):
        if sums != struct.unpack_from(">2I", content, at + 16):
            return at
    return end


def _is_commit(content: bytes, at: int) -> bool:
    return content[at + 4 : at + 8] != bytes(4)


def _wipe(log: Path, start: int, end: int) -> None:
    with log.open("r+b", buffering=0) as file:
        file.seek(start)
        file.write(bytes(end - start))
        os.fsync(file.fileno())
