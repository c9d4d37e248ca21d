"""A point in the middle of its evening, and what a bad card does to its file."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.core.events import EventType
from edge.core.order import Order, Zone
from edge.devices.cabinet import ReportKind
from edge.flows.own_up import own_up
from edge.store import inbox
from edge.store.database import Writer
from edge.store.outbox import Settled
from tests.edge.flows.evening import Evening, a_pass, an_order

TAKEN = ("CABBAGE-1", "CABBAGE-2")
WAITING = ("DUMPLING-3", "NOODLES-4")
Bytes = bytearray


@dataclass(frozen=True, slots=True)
class Card:
    """One data directory."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "edge" / "edge.db"

    @property
    def log(self) -> Path:
        return self.folder / "edge" / "edge.db-wal"

    def start(self) -> Evening:
        """The next start of the kiosk on whatever the card still has, ten minutes later."""
        evening = Evening(self.folder)
        evening.clock.pass_by(600)
        own_up(evening.point)
        return evening

    def flush(self) -> None:
        """Everything moves from the log into the file, as a long evening would do."""
        connection = sqlite3.connect(self.file)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def prepare(folder: Path) -> None:
    """Two orders are taken, two wait behind their doors; the agent knows all four."""
    evening = Evening(folder)
    orders = [an_order(TAKEN[0]), an_order(TAKEN[1], Zone.FROZEN), *map(an_order, WAITING)]
    agent = Writer.open(folder / "sync" / "sync.db", kind="sync")
    agent.call(lambda txn: inbox.put_orders(txn, orders, "7"))
    agent.close()
    for order in orders:
        evening.order_here(order)
    for order_id in TAKEN:
        evening.counter.scan(a_pass(order_id))
        evening.report(ReportKind.OPENED)
        evening.report(ReportKind.CLOSED)
    evening.close()


def _zeros(content: Bytes, dice: random.Random, size: int) -> None:
    at = dice.randrange(len(content)) // size * size
    content[at : at + size] = bytes(len(content[at : at + size]))


def _rubbish(content: Bytes, dice: random.Random) -> None:
    at = dice.randrange(len(content))
    count = min(dice.randint(1, 4096), len(content) - at)
    content[at : at + count] = dice.randbytes(count)


def _flip(content: Bytes, dice: random.Random) -> None:
    for _ in range(dice.randint(1, 3)):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)


def _cut(content: Bytes, dice: random.Random) -> None:
    del content[dice.randrange(len(content)) :]


def _stale(content: Bytes, dice: random.Random) -> None:
    """A card that wrote one page over another."""
    first, second = (dice.randrange(len(content) // 1024) * 1024 for _ in range(2))
    content[first : first + 1024] = content[second : second + 1024]


DAMAGES: Mapping[str, Callable[[Bytes, random.Random], None]] = {
    "page zeroed": lambda content, dice: _zeros(content, dice, 1024),
    "erase block zeroed": lambda content, dice: _zeros(content, dice, 4096),
    "rubbish": _rubbish,
    "bits flipped": _flip,
    "cut off": _cut,
    "page in the wrong place": _stale,
    "header gone": lambda content, _dice: content.__setitem__(slice(0, 100), bytes(100)),
}


def damage(card: Card, seed: int) -> str:
    """Do one thing to one file of the card, always the same for a seed; what it was."""
    dice = random.Random(seed)
    name = dice.choice(sorted(DAMAGES))
    content = bytearray(card.file.read_bytes())
    DAMAGES[name](content, dice)
    card.file.write_bytes(content)
    return name


def zero(path: Path, start: int, count: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(bytes(count))


def page_of(card: Card, needle: bytes) -> int:
    """The offset of the page in which these bytes stand first."""
    return card.file.read_bytes().index(needle) // 1024 * 1024


def root_of(file: Path, table: str) -> int:
    """The offset of a table's, or an index's, first page."""
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
    page = int(connection.execute(sql, (table,)).fetchone()[0])
    connection.close()
    return (page - 1) * 1024


def lose_last_hand_over(card: Card) -> None:
    """The newest row of hand-overs is gone, as a page written by an old copy of itself loses it."""
    connection = sqlite3.connect(card.file)
    connection.execute(
        "DELETE FROM hand_over WHERE position = (SELECT max(position) FROM hand_over)"
    )
    connection.commit()
    connection.close()
    zero(card.file, root_of(card.file, "hand_over_once"), 1024)
    zero(card.file, root_of(card.file, "placement"), 1024)


def pulled(card: Card, order: Order) -> None:
    """The agent fetched one more order."""
    agent = Writer.open(card.folder / "sync" / "sync.db", kind="sync")
    agent.call(lambda txn: inbox.put_orders(txn, [order], "8"))
    agent.close()


def crash(card: Card) -> Card:
    """What the card holds when the power goes now, on another card."""
    crashed = Card(card.folder.with_name(f"{card.folder.name}-crashed"))
    shutil.copytree(card.folder, crashed.folder)
    return crashed


def tear_commit(card: Card, before: bytes) -> None:
    """Of what was logged since, the first page did not get onto the card, the rest of it did."""
    content = bytearray(card.log.read_bytes())
    first = next(
        at for at, (old, new) in enumerate(zip(before, content, strict=True)) if old != new
    )
    step = 24 + 1024
    content[first - (first - 32) % step + 24] ^= 0xFF
    card.log.write_bytes(content)


def cloud_has(card: Card, epoch: str, through: int) -> None:
    """The agent was told that the cloud has these events."""
    agent = Writer.open(card.folder / "sync" / "sync.db", kind="sync")
    agent.call(lambda txn: inbox.merge_settled(txn, epoch, Settled(through)))
    agent.close()


def salvages(evening: Evening) -> list[dict[str, object]]:
    return [dict(e.data) for e in evening.events() if e.type == EventType.POINT_SALVAGED]


def cross(card: Card, table: str, crossed: str) -> None:
    """While the kiosk works, a table's index by parcel begins to lead to other parcels' rows."""
    connection = sqlite3.connect(card.file)
    connection.execute(f"CREATE INDEX crossed {crossed}")
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master"
        " WHERE name = 'crossed') WHERE type = 'index' AND tbl_name = ? AND sql LIKE '%parcel_key%'"
        " AND name <> 'crossed'",
        (table,),
    )
    connection.execute("DELETE FROM sqlite_master WHERE name = 'crossed'")
    (version,) = connection.execute("PRAGMA schema_version").fetchone()
    connection.commit()
    connection.execute(f"PRAGMA schema_version = {version + 1}")
    connection.commit()
    connection.close()
