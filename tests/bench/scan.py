"""S1: from the scanned text to the unlock command, in process.

`python -m tests.bench.scan FOLDER ROUNDS` answers as JSON, so that it can run on a slow disk.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tests.bench.bare import BareCommit
from tests.bench.measure import interleaved
from tests.bench.ready import an_evening, many_doors, passes

WARM_UP = 10


def scan_against_bare(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of scans and of the bare work, in turn."""
    count = rounds + WARM_UP
    evening = an_evening(folder, many_doors(count), count)
    waiting = iter(passes(count))
    unlocked_at = 0.0

    def stamp() -> None:
        nonlocal unlocked_at
        unlocked_at = time.perf_counter()

    def scan() -> float:
        text = next(waiting)
        begun = time.perf_counter()
        evening.counter.scan(text)
        return unlocked_at - begun

    evening.doors.on_unlock = stamp
    for _ in range(WARM_UP):
        scan()
    bare = BareCommit(folder / "bare.db", evening.events()[-1].body)
    ours, least = interleaved(scan, bare.timed, rounds=rounds)
    assert len(evening.doors.unlocked) == count, "every scan must have opened a door"
    bare.close()
    evening.close()
    return {"ours": ours, "bare": least}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(scan_against_bare(Path(sys.argv[1]), int(sys.argv[2]))))
