"""S6: how many syncs to the disk lie between a scan and its unlock.

`python -m tests.bench.syncs FOLDER ROUNDS` scans with a mark before and after, to be traced.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from tests.bench.ready import an_evening, many_doors, passes
from tests.bench.slow_disk import output

SCANNED, UNLOCKED = "/mark/scanned", "/mark/unlocked"
"""Asked for by access(2): they are nowhere but in the trace."""


def scan_with_marks(folder: Path, rounds: int) -> None:
    """Hand over one order after the other."""
    evening = an_evening(folder, many_doors(rounds), rounds)

    def mark() -> None:
        os.access(UNLOCKED, os.F_OK)

    evening.doors.on_unlock = mark
    for text in passes(rounds):
        os.access(SCANNED, os.F_OK)
        evening.counter.scan(text)
    evening.close()


def count_syncs(folder: Path, rounds: int = 20) -> list[int]:
    """Syncs between each scan and its unlock."""
    trace = folder / "trace"
    watched = "trace=fsync,fdatasync,sync_file_range,syncfs,sync,access,faccessat,faccessat2"
    folder.mkdir(parents=True)
    child = [sys.executable, "-m", "tests.bench.syncs", str(folder), str(rounds)]
    output(["strace", "-f", "-qq", "-o", str(trace), "-e", watched, *child])
    text = trace.read_text(encoding="utf-8", errors="replace")
    spans = re.findall(rf"{SCANNED}(.*?){UNLOCKED}", text, re.DOTALL)
    assert len(spans) == rounds, "every scan must have opened a door"
    return [len(re.findall(r" (?:f?data)?(?:f?sync\w*)\(", span)) for span in spans]


if __name__ == "__main__":
    scan_with_marks(Path(sys.argv[1]), int(sys.argv[2]))
