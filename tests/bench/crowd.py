"""S3: scans of a point with a day's orders on file, and of one with a year's."""

from __future__ import annotations

from pathlib import Path

from tests.bench.look_up import cache
from tests.bench.measure import interleaved
from tests.bench.scan import Scanner

FEW, MANY = 300, 100_000


def seconds_among(folder: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Scans among few cached orders and among many, in turn."""
    few, many = (_a_point(folder / str(cached), rounds, cached) for cached in (FEW, MANY))
    taken = interleaved(few.scan, many.scan, rounds=rounds)
    few.close()
    many.close()
    return taken[0], taken[1]


def _a_point(folder: Path, rounds: int, cached: int) -> Scanner:
    scanner = Scanner(folder, rounds)
    cache(scanner.evening, cached)
    scanner.warm_up()
    return scanner
