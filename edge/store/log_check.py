"""Is the write-ahead log whole? SQLite silently drops everything from a damaged frame on.

A power cut may tear the last commit, which nobody was told of; more than that is damage.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from edge.store.connection import damaged

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}
_FRAMES_IN_INDEX = 16
"""Where the -shm keeps the number of frames that SQLite found valid."""


def check_log(path: Path) -> None:
    """Raise FileDamaged where the log's header is gone: ask before SQLite opens it.

    A log that is gone as a whole is no sign: the last connection to a file may clear it away.
    """
    log = path.with_name(f"{path.name}-wal")
    if not log.exists():
        return
    with log.open("rb") as file:
        header = file.read(_HEADER.size)
        if not _is_header(header) and (header + file.read()).strip(b"\0"):
            raise damaged(path, "the header of its write-ahead log does not say what was written")


def check_frames(path: Path) -> None:
    """Raise FileDamaged where commits lie behind the frames that SQLite took as valid.

    Ask after the first read and before the first write of the only connection. What a power cut
    left of a torn commit is wiped out, so that no later check meets it.
    """
    log = path.with_name(f"{path.name}-wal").read_bytes()
    shared = path.with_name(f"{path.name}-shm").read_bytes()
    if len(log) <= _HEADER.size:
        return
    page_size, salts = _HEADER.unpack_from(log)[2], log[16:24]
    (valid,) = struct.unpack_from("=I", shared, _FRAMES_IN_INDEX)
    step, commits = _FRAME.size + page_size, 0
    end = _HEADER.size + valid * step
    torn = [at for at in range(end, len(log) - 23, step) if log[at + 8 : at + 16] == salts]
    for at in torn:
        # One commit may be torn; what follows it was written after its sync.
        if commits:
            raise damaged(path, "its write-ahead log is broken in the middle")
        commits += _FRAME.unpack_from(log, at)[1] != 0
    if torn:
        _wipe(path.with_name(f"{path.name}-wal"), end, len(log))


def _wipe(log: Path, start: int, end: int) -> None:
    with log.open("r+b", buffering=0) as file:
        file.seek(start)
        file.write(bytes(end - start))
        os.fsync(file.fileno())


def _is_header(header: bytes) -> bool:
    """Whether these bytes carry SQLite's mark and their own checksum."""
    if len(header) < _HEADER.size:
        return False
    words = _HEADER.unpack(header)
    order = _MAGIC.get(words[0])
    if order is None:
        return False
    first = second = 0
    numbers = struct.unpack(f"{order}6I", header[:24])
    for left, right in zip(numbers[::2], numbers[1::2], strict=True):
        first = (first + left + second) & 0xFFFFFFFF
        second = (second + right + first) & 0xFFFFFFFF
    return (first, second) == words[6:8]
