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


class Scanner:
    """A point at which each scan opens a door."""

    def __init__(self, folder: Path, scans: int) -> None:
        count = scans + WARM_UP
        self.evening = an_evening(folder, many_doors(count), count)
        self.evening.doors.on_unlock = self._stamp
        self._waiting = iter(passes(count))
        self._unlocked_at = 0.0

    def warm_up(self) -> None:
        for _ in range(WARM_UP):
            self.scan()

    def scan(self) -> float:
        """Seconds until the door was told to open."""
        text = next(self._waiting)
        begun = time.perf_counter()
        self.evening.counter.scan(text)
        return self._unlocked_at - begun

    def close(self) -> None:
        """Every one of them must have opened a door."""
        assert next(self._waiting, None) is None
        unlocked = [place for place, _ in self.evening.doors.unlocked]
        assert len(unlocked) == len(set(unlocked))
        self.evening.close()

    def _stamp(self) -> None:
        self._unlocked_at = time.perf_counter()


def scan_against_bare(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of scans and of the bare work, in turn."""
    scanner = Scanner(folder, rounds)
    scanner.warm_up()
    bare = BareCommit(folder / "bare.db", scanner.evening.events()[-1].body)
    ours, least = interleaved(scanner.scan, bare.timed, rounds=rounds)
    bare.close()
    scanner.close()
    return {"ours": ours, "bare": least}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(scan_against_bare(Path(sys.argv[1]), int(sys.argv[2]))))
