"""Row by row out of a damaged file into a new one: kept is what can be read and proves itself."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from edge.store import orders
from edge.store.rechain import LostEvents, rechain
from edge.store.transaction import Txn
from edge.store.transfer import transfer
from edge.store.views import order_from_body

_BEARING = frozenset({"event", "orders", "parcel", "placement", "hand_over"})
"""Tables without whose every row nobody knows for sure what was handed over."""
_NOT_KEPT = frozenset({"applied", "look_up", "finder"})
"""What follows from other rows; without its mark, all that the agent's file knows is taken over."""


@dataclass(slots=True)
class Kept:
    """What was kept of each table, and what was not."""

    kept: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)
    events: list[LostEvents] = field(default_factory=list)

    @property
    def doubt(self) -> bool:
        """Whether something that says what was handed over may be missing."""
        return bool(_BEARING & ({t for t, n in self.lost.items() if n} | set(self.incomplete)))

    def move(self, table: str, gone: int) -> None:
        """So many rows that were kept are lost after all."""
        self.kept[table] -= gone
        self.lost[table] += gone


def rebuild(txn: Txn, ruins: sqlite3.Connection) -> Kept:
    """Copy what can be read and proves itself into the new, empty tables of `txn`."""
    kept = Kept()
    txn.execute("PRAGMA defer_foreign_keys = ON")
    for (table,) in txn.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ):
        if table not in _NOT_KEPT:
            _copy(txn, ruins, table, kept)
    _close_the_chain(txn, kept)
    _drop_orphans(txn, kept)
    _drop_halves(txn, kept)
    _drop_orphans(txn, kept)
    for key, body in txn.rows("SELECT order_key, body FROM orders"):
        orders.let_be_found(txn, key, order_from_body(body))
    return kept


def _copy(txn: Txn, ruins: sqlite3.Connection, table: str, kept: Kept) -> None:
    moved = transfer(txn, ruins, table)
    kept.kept[table], kept.lost[table] = moved.written, moved.refused
    if not moved.complete:
        kept.incomplete.append(table)


def _close_the_chain(txn: Txn, kept: Kept) -> None:
    misplaced, events = rechain(txn, holes=bool(kept.lost["event"] or "event" in kept.incomplete))
    kept.kept["event"] -= misplaced
    kept.events = events
    kept.lost["event"] = sum(last - first + 1 for _, first, last in events)


def _drop_orphans(txn: Txn, kept: Kept) -> None:
    """Rows that refer to what is lost prove nothing; foreign keys hold again after this."""
    links = [
        (table, child, parent, key)
        for table in kept.kept
        for _, _, parent, child, key, *_ in txn.rows(f"PRAGMA foreign_key_list({table})")
    ]
    while sum(_drop(txn, kept, *link) for link in links):
        pass


def _drop(txn: Txn, kept: Kept, table: str, child: str, parent: str, key: str) -> int:
    gone = txn.execute(
        f"DELETE FROM {table} WHERE {child} NOT IN (SELECT {key} FROM {parent})"
    ).rowcount
    kept.move(table, gone)
    return gone


def _drop_halves(txn: Txn, kept: Kept) -> None:
    """An order without all of its parcels can neither be shown nor taken over again."""
    for key, body in txn.rows("SELECT order_key, body FROM orders"):
        wanted = {parcel.parcel_id for parcel in order_from_body(body).parcels}
        rows = txn.rows("SELECT parcel_id FROM parcel WHERE order_key = ?", (key,))
        if not wanted <= {parcel_id for (parcel_id,) in rows}:
            txn.execute("DELETE FROM orders WHERE order_key = ?", (key,))
            kept.move("orders", 1)
