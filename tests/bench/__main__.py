"""`python -m tests.bench [--json FILE]`: measure, print the table, write it for programs.

Every ratio is taken in one run, ours and the bare work in turn; lines without a limit are figures.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import crowd, drain, look_up, online, slow_disk, start, syncs, wear
from tests.bench.measure import Figure, against, percentile, ratio, spread, write

SCANS, SLOW_SCANS = 300, 80
LOOK_UPS, CROWD_SCANS = 40, 200
WEB_SCANS, SLOW_WEB_SCANS = 100, 20
SLOW = "8 ms slower disk"

Section = Callable[[Path], Iterator[Figure]]


def scans(folder: Path) -> Iterator[Figure]:
    """S1."""
    for slow, rounds, limit in ((False, SCANS, 1.5), (True, SLOW_SCANS, 1.1)):
        taken = slow_disk.run("tests.bench.scan", folder / f"scan-{slow}", rounds, slow=slow)
        ours, bare = taken["ours"], taken["bare"]
        what = f"scan to unlock / bare commit and verify{_on(slow)}"
        yield Figure("S1", what, ratio(ours, bare), "×", limit, against(ours, bare))


def web_scans(folder: Path) -> Iterator[Figure]:
    """S2."""
    for slow, rounds, limit in ((False, WEB_SCANS, 4.0), (True, SLOW_WEB_SCANS, 1.3)):
        taken = slow_disk.run("tests.bench.web", folder / f"web-{slow}", rounds, slow=slow)
        alone, bare = taken["alone"], taken["bare"]
        what = f"POST /scan / bare commit and verify{_on(slow)}"
        yield Figure("S2", what, ratio(alone, bare), "×", limit, against(alone, bare))
        for name, words in (
            ("streams", "all event streams open"),
            ("abandoned", "20 abandoned streams"),
        ):
            there = taken[name]
            what = f"POST /scan, {words} / alone{_on(slow)}"
            yield Figure("S2", what, ratio(there, alone), "×", 1.5, spread(there))


def closures(folder: Path) -> Iterator[Figure]:
    """S5, and S7, S8 as figures, on one running point."""
    with online.a_stack(folder / "point") as stack:
        line, begun = online.measure(stack), start.measure(stack)
    hop = ratio(line.acks, line.hops)
    yield Figure("S5", "event seen to ack / bare hop", hop, "×", 3.0, against(line.acks, line.hops))
    kept = ratio(line.acks, line.kept_hops)
    what = "the same / bare hop that commits one row"
    yield Figure("S5", what, kept, "×", note=against(line.acks, line.kept_hops))
    waking = percentile(line.wake_ups, 0.99) * 1e3
    yield Figure("S5", "commit to event seen, p99", waking, "ms", 100.0, spread(line.wake_ups))
    whole = statistics.median(line.whole) * 1e3
    yield Figure("S5", "commit to ack, whole", whole, "ms", note=spread(line.whole))
    yield Figure("S5", "agent while nothing happens", line.idle_share, "% of core", 1.0)
    started = ratio(begun.serving, begun.bare)
    yield Figure(
        "S7",
        "kiosk's start to serving / python -c pass",
        started,
        "×",
        note=against(begun.serving, begun.bare),
    )
    yield Figure("S7", "kiosk resident", begun.kiosk_mib, "MiB")
    yield Figure("S7", "agent resident", begun.sync_mib, "MiB")
    yield Figure("S8", "idle page with its assets", begun.page_bytes / 1000, "kB")


def drains(folder: Path) -> Iterator[Figure]:
    """S4: 0.8 times the bare loop's rate one by one, and four times that in batches."""
    with online.a_stack(folder / "drain") as stack:
        taken = drain.measure(stack)
    for words, seconds, limit in (
        ("one event a message", taken.one_by_one, 1.25),
        ("in batches", taken.in_batches, 1.25 / 4),
    ):
        note = f"{1 / seconds:.0f} against {1 / taken.bare:.0f} events/s, of {drain.BACKLOG}"
        what = f"an event of a backlog, {words} / bare loop"
        yield Figure("S4", what, seconds / taken.bare, "×", limit, note)


def disk(folder: Path) -> Iterator[Figure]:
    """S6."""
    counted = syncs.count_syncs(folder / "syncs")
    note = f"of {len(counted)} scans; the fewest: {min(counted)}"
    yield Figure("S6", "syncs between scan and unlock, at most", max(counted), "syncs", 1, note)
    try:
        ours, least = wear.bytes_of_a_pickup(folder / "wear")
    except wear.NoDisk as reason:
        _say(f"S6   bytes to the device left out, no disk of our own could be made: {reason}")
        return
    note = f"{ours / 1000:.1f} kB against {least / 1000:.1f} kB, by the device's own count"
    yield Figure("S6", "bytes of a pickup's life / least possible", ours / least, "×", 1.2, note)


def look_ups(folder: Path) -> Iterator[Figure]:
    """S3."""
    few, many = crowd.seconds_among(folder / "crowd", CROWD_SCANS)
    what = f"scan among {crowd.MANY} cached orders / among {crowd.FEW}"
    yield Figure("S3", what, ratio(many, few), "×", 1.2, against(many, few))
    taken = look_up.seconds_by_question(folder / "look-up", LOOK_UPS)
    slowest = max(taken, key=lambda text: percentile(taken[text], 0.95))
    value = percentile(taken[slowest], 0.95) * 1e3
    note = f"{slowest!r}, {spread(taken[slowest])}; {len(taken)} kinds of question"
    what = f"look-up among {look_up.CACHED} orders, the slowest, p95"
    yield Figure("S3", what, value, "ms", 50.0, note)


SECTIONS: tuple[Section, ...] = (scans, web_scans, disk, closures, drains, look_ups)


def main() -> None:
    """Everything, one section after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the table goes")
    parser.add_argument("--only", choices=[section.__name__ for section in SECTIONS])
    options = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for section in SECTIONS:
            if options.only in {None, section.__name__}:
                for figure in section(Path(folder)):
                    _say(figure.line())
                    figures.append(figure)
    file = options.json or Path(tempfile.mkdtemp(prefix="bench-")) / "bench.json"
    write(figures, file)
    missed = sum(figure.met is False for figure in figures)
    _say(f"{len(figures)} figures, {missed} goals missed; for programs: {file}")


def _on(slow: bool) -> str:
    return f", {SLOW}" if slow else ""


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
