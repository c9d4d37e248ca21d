"""A program for tests that record its system calls: `workload.py FOLDER COMMAND [COMMAND]`.

`prepare` comes first, with the command that follows. SHIPPED syncs as the product does, NORMAL and
OFF sync less; SHRED writes the file anew between two hand-overs; HUNDRED hands over more. It says,
line by line, what a customer has already seen: `released` or `collected` with the position of the
hand-over.
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

LONG_EVENING = [f"A{number}" for number in range(1, 101)]
ORDERS = LONG_EVENING[:40]
SHIPPED, SHRED, HUNDRED = "SHIPPED", "SHRED", "HUNDRED"
DOORS = [
    Place(str(number), PlaceKind.DOOR, Size.S, Zone.AMBIENT, number, 1)
    for number, _ in enumerate(LONG_EVENING, start=1)
]
PAGES_TO_CHECKPOINT = 150
"""Far sooner than in service, so that a short recording holds several checkpoints."""


def orders_of(what: str) -> Sequence[str]:
    """Which orders a command hands over."""
    return {SHRED: ORDERS[:2], HUNDRED: LONG_EVENING}.get(what, ORDERS)


def plant(writer: Writer, synchronous: str) -> None:
    """Change the writing connection behind the store's back."""
    connection = raw(writer._database)
    connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_TO_CHECKPOINT}")
    if synchronous != SHIPPED:
        connection.execute(f"PRAGMA synchronous = {synchronous}")


def prepare(evening: Evening, order_ids: Sequence[str]) -> None:
    for order_id in order_ids:
        evening.order(an_order(order_id))
    assert evening.desk.goods_are_here().placed == len(order_ids)


def hand_over(evening: Evening, order_ids: Sequence[str]) -> None:
    for order_id in order_ids:
        evening.counter.scan(a_pass(order_id))
        _, position = evening.doors.unlocked[-1]
        say(f"released {position}")
        evening.report(ReportKind.OPENED)
        say(f"collected {position}")


def say(line: str) -> None:
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def main(folder: str, what: str, then: str = SHIPPED) -> None:
    evening = Evening(Path(folder), DOORS)
    if what == "prepare":
        prepare(evening, LONG_EVENING if then == HUNDRED else ORDERS)
    elif what == SHRED:
        first, *rest = orders_of(what)
        hand_over(evening, [first])
        assert evening.writer.shred()
        hand_over(evening, rest)
    else:
        plant(evening.writer, SHIPPED if what == HUNDRED else what)
        hand_over(evening, orders_of(what))
    evening.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
