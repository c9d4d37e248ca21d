"""A program for tests that record its system calls: `workload.py FOLDER COMMAND`.

`prepare` comes first. FULL, NORMAL and OFF are how it syncs; SHRED syncs fully, and writes the file
anew between two hand-overs. It hands an evening's orders over and says, line by line, what a
customer has already seen: `released` or `collected` with the position of the hand-over.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from edge.core.order import Size, Zone
from edge.core.places import Place, PlaceKind
from edge.devices.cabinet import ReportKind
from edge.store.connection import raw
from edge.store.database import Writer
from tests.edge.flows.evening import Evening, a_pass, an_order

ORDERS = [f"A{number}" for number in range(1, 41)]
SHRED, SOME = "SHRED", ORDERS[:2]
DOORS = [
    Place(str(number), PlaceKind.DOOR, Size.S, Zone.AMBIENT, number, 1)
    for number, _ in enumerate(ORDERS, start=1)
]
PAGES_TO_CHECKPOINT = 150
"""Far sooner than in service, so that a short recording holds several checkpoints."""


def plant(writer: Writer, synchronous: str) -> None:
    """Change the writing connection behind the store's back."""
    connection = raw(writer._database)
    connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_TO_CHECKPOINT}")
    connection.execute(f"PRAGMA synchronous = {synchronous}")


def prepare(evening: Evening) -> None:
    for order_id in ORDERS:
        evening.order(an_order(order_id))
    assert evening.desk.goods_are_here().placed == len(ORDERS)


def hand_over(evening: Evening, order_ids: Sequence[str]) -> None:
    for order_id in order_ids:
        evening.counter.scan(a_pass(order_id))
        _, position = evening.doors.unlocked[-1]
        say(f"released {position}")
        evening.report(ReportKind.OPENED)
        say(f"collected {position}")


def say(line: str) -> None:
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def main() -> None:
    folder, what = Path(sys.argv[1]), sys.argv[2]
    evening = Evening(folder, DOORS)
    if what == "prepare":
        prepare(evening)
    elif what == SHRED:
        hand_over(evening, SOME[:1])
        assert evening.writer.shred()
        hand_over(evening, SOME[1:])
    else:
        plant(evening.writer, what)
        hand_over(evening, ORDERS)
    evening.close()


if __name__ == "__main__":
    main()
