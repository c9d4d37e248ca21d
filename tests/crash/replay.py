"""What a power cut may leave of a recorded workload: whatever was not synced may be there or not.

Cut points lie between two calls; a write that was under way may also be torn in the middle.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random

CALLS = ("pwrite64", "write", "ftruncate", "fsync", "fdatasync", "rename", "unlink", "unlinkat")
SECTOR = 512
_LINE = re.compile(
    r'(?P<thread>\d+) +(?P<call>\w+)\((?P<fd>\d+)<(?P<path>[^>]*)>(?:, "(?P<data>[^"]*)")?'
    r"(?:, (?P<numbers>[\d, ]+))?\) += (?P<result>-?\d+)"
)


class Survival(StrEnum):
    """Which of the writes that no sync covers came through."""

    NONE = "none"
    ALL = "all"
    SOME = "some"
    LAST_TORN = "last torn"


@dataclass(slots=True)
class Image:
    """A file's bytes; zeros at its end are only counted, because a fresh log is full of them."""

    content: bytearray
    size: int

    @classmethod
    def of(cls, path: Path) -> Image:
        whole = path.read_bytes()
        return cls(bytearray(whole.rstrip(b"\0")), len(whole))

    def copy(self) -> Image:
        return Image(self.content[:], self.size)

    def write_to(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(self.content)
        os.truncate(path, self.size)


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes into a file at an offset."""

    path: Path
    offset: int
    data: bytes

    def apply(self, image: Image) -> None:
        end = self.offset + len(self.data)
        image.content.extend(bytes(max(self.offset - len(image.content), 0)))
        image.content[self.offset : end] = self.data
        image.size = max(image.size, end)

    def torn(self) -> Write:
        """Its first half, in whole sectors."""
        return Write(self.path, self.offset, self.data[: len(self.data) // 2 // SECTOR * SECTOR])


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file gets this length."""

    path: Path
    size: int

    def apply(self, image: Image) -> None:
        del image.content[self.size :]
        image.size = self.size


@dataclass(frozen=True, slots=True)
class Room:
    """So many zeros behind a file's end."""

    path: Path
    count: int

    def apply(self, image: Image) -> None:
        image.size += self.count


@dataclass(frozen=True, slots=True)
class Sync:
    """All that was written to this file before is on disk now."""

    path: Path


@dataclass(frozen=True, slots=True)
class Said:
    """A line that the program printed: what it promised from here on."""

    line: str


Change = Write | Truncate | Room
Step = Change | Sync | Said
Images = Mapping[Path, Image]


@dataclass(frozen=True, slots=True)
class CrashState:
    """The files after a power cut, and everything that had been said by then."""

    name: str
    files: Images
    said: frozenset[str]


def read_recording(log: Path, files: Sequence[Path]) -> list[Step]:
    """The steps of a strace log (`-f -y -xx`) that concern these files or standard output."""
    steps: list[Step] = []
    for line in log.read_text(encoding="ascii").splitlines():
        found = _LINE.match(line)
        path = None if found is None else Path(_plain(found["path"]).decode())
        if found is not None and (path in files or found["fd"] == "1"):
            assert path is not None
            steps.append(_step(found, path))
        else:
            # A call on our files that this model does not know would make every state wrong.
            assert not any(_is_named(file, line) for file in files), line
    return steps


def _step(found: re.Match[str], path: Path) -> Step:
    call, numbers = found["call"], [int(n) for n in (found["numbers"] or "").split(",") if n]
    assert int(found["result"]) >= 0, f"{call} failed while it was recorded"
    if found["fd"] == "1":
        return Said(_plain(found["data"]).decode().strip())
    if call == "pwrite64":
        return Write(path, numbers[1], _plain(found["data"]))
    if call == "ftruncate":
        return Truncate(path, numbers[0])
    if call == "write":
        data = _plain(found["data"])
        assert not data.strip(b"\0"), "only room is ever appended"
        return Room(path, len(data))
    assert call in {"fsync", "fdatasync"} or not found["data"], f"{call} is not understood"
    return Sync(path)


def _plain(escaped: str) -> bytes:
    return (
        bytes.fromhex(escaped.replace("\\x", "")) if escaped.startswith("\\x") else escaped.encode()
    )


def _is_named(path: Path, line: str) -> bool:
    escaped = "".join(f"\\x{byte:02x}" for byte in str(path).encode())
    return f"{escaped}>" in line or f'{escaped}"' in line


def crash_states(
    before: Images,
    steps: Sequence[Step],
    random: Random,
    *,
    every: int,
    draws: int = 1,
) -> Iterator[CrashState]:
    """The states after a cut behind every so many steps, and behind each line that was said.

    `draws` is how often it is drawn anew which of the writes came through; none comes twice.
    """
    durable = {path: image.copy() for path, image in before.items()}
    pending: list[Change] = []
    said: set[str] = set()
    for number, step in enumerate(steps, start=1):
        if isinstance(step, Said):
            said.add(step.line)
        elif isinstance(step, Sync):
            pending = _settle(durable, pending, step.path)
        else:
            pending.append(step)
        if isinstance(step, Said) or number % every == 0:
            for survival, surviving in _fates(pending, random, draws):
                name = f"cut behind step {number}, {survival}"
                yield CrashState(name, _with(durable, surviving), frozenset(said))


def _fates(
    pending: Sequence[Change], random: Random, draws: int
) -> Iterator[tuple[Survival, Sequence[Change]]]:
    seen = set()
    for survival in [*Survival, *[Survival.SOME] * (draws - 1)]:
        surviving = _chosen(pending, survival, random)
        if surviving not in seen:
            seen.add(surviving)
            yield survival, surviving


def _settle(durable: Images, pending: list[Change], path: Path) -> list[Change]:
    for change in pending:
        if change.path == path:
            change.apply(durable[path])
    return [change for change in pending if change.path != path]


def _with(durable: Images, surviving: Sequence[Change]) -> Images:
    files = {path: image.copy() for path, image in durable.items()}
    for change in surviving:
        change.apply(files[change.path])
    return files


def _chosen(pending: Sequence[Change], survival: Survival, random: Random) -> tuple[Change, ...]:
    if survival is Survival.NONE or not pending:
        return ()
    if survival is Survival.SOME:
        return tuple(change for change in pending if random.random() < 0.5)
    if survival is Survival.LAST_TORN and isinstance(pending[-1], Write):
        return (*pending[:-1], pending[-1].torn())
    return tuple(pending)
