"""Row by row out of a damaged file into a new one: kept is what can be read and proves itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from edge.core.envelope import read_event
from edge.core.events import event_hash
from edge.errors import MalformedMessage
from edge.store import orders
from edge.store.checksum import checksum, checksum_with_body
from edge.store.transaction import Row, Txn
from edge.store.views import order_from_body

_PROBES = 200_000
"""Keys looked for one by one between two readable parts of a table; some microseconds each."""
_BEARING = frozenset({"event", "orders", "parcel", "placement", "hand_over"})
"""Tables without whose every row nobody knows for sure what was handed over."""
_NOT_KEPT = frozenset({"applied", "look_up", "finder"})
"""What follows from other rows; without its mark, all that the agent's file knows is taken over."""
Named = Mapping[str, object]


@dataclass(slots=True)
class Kept:
    """What was kept of each table, and what was not."""

    kept: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)
    events: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def doubt(self) -> bool:
        """Whether something that says what was handed over may be missing."""
        return bool(_BEARING & ({t for t, n in self.lost.items() if n} | set(self.incomplete)))


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
    info = txn.rows(f"PRAGMA table_info({table})")
    there = _columns(ruins, table)
    columns = [row[1] for row in info if there is None or row[1] in there]
    keys = [row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]]
    found, complete = _read(ruins, table, columns, keys) if columns else ([], True)
    proves_itself = _PROOFS.get(table, _anything)
    good = [row for row in found if proves_itself(dict(zip(columns, row, strict=True)))]
    into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    written = sum(_insert(txn, into, row) for row in good)
    kept.kept[table] = written
    kept.lost[table] = len(found) - written
    if not complete:
        kept.incomplete.append(table)


def _columns(ruins: sqlite3.Connection, table: str) -> set[str] | None:
    """Which columns the damaged file has in a table, none if it is older; None: nobody knows."""
    try:
        return {row[1] for row in ruins.execute(f"PRAGMA table_info({table})")}
    except sqlite3.Error:
        return None


def _insert(txn: Txn, sql: str, row: Row) -> bool:
    try:
        txn.execute(sql, row)
    except (sqlite3.IntegrityError, sqlite3.InterfaceError, OverflowError):
        return False
    return True


def _read(
    ruins: sqlite3.Connection, table: str, columns: list[str], keys: list[str]
) -> tuple[list[Row], bool]:
    """The readable rows of a table, and whether those are all."""
    what = f"SELECT {', '.join(columns)} FROM {table} NOT INDEXED"
    forward, complete = _until_damage(ruins, f"{what} ORDER BY {', '.join(keys)}")
    if complete:
        return forward, True
    downward = ", ".join(f"{key} DESC" for key in keys)
    backward, _ = _until_damage(ruins, f"{what} ORDER BY {downward}")
    at = tuple(columns.index(key) for key in keys)
    rows = {tuple(row[n] for n in at): row for row in (*forward, *reversed(backward))}
    if len(keys) == 1:
        rows |= _between(ruins, f"{what} WHERE {keys[0]} = ?", forward, backward, at[0])
    return list(rows.values()), False


def _until_damage(
    ruins: sqlite3.Connection, sql: str, parameters: Sequence[int] = ()
) -> tuple[list[Row], bool]:
    rows: list[Row] = []
    try:
        for row in ruins.execute(sql, parameters):
            rows.append(row)  # noqa: PERF402 - what came before the damage is kept
    except sqlite3.Error:
        return rows, False
    return rows, True


def _between(
    ruins: sqlite3.Connection, sql: str, forward: list[Row], backward: list[Row], at: int
) -> dict[tuple[object, ...], Row]:
    """Rows between the two ends that could be read, each by its own whole number."""
    low = forward[-1][at] if forward else 0
    high = backward[-1][at] if backward else low
    if not isinstance(low, int) or not isinstance(high, int):
        return {}
    found: dict[tuple[object, ...], Row] = {}
    for key in range(low + 1, min(high, low + _PROBES)):
        rows, _ = _until_damage(ruins, sql, (key,))
        found.update(((key,), row) for row in rows)
    return found


def _anything(_row: Named) -> bool:
    """A table whose rows carry no proof."""
    return True


def _event_is_whole(row: Named) -> bool:
    body = row["body"]
    return isinstance(body, bytes) and event_hash(body) == row["hash"]


def _summed(*names: str) -> Callable[[Named], bool]:
    return lambda row: checksum(*(row[name] for name in names)) == row["checksum"]  # type: ignore[arg-type] # whatever the damage left there


def _order_is_whole(row: Named) -> bool:
    body = row["body"]
    told = (row[name] for name in _ORDER)
    return isinstance(body, bytes) and checksum_with_body(body, *told) == row["checksum"]  # type: ignore[arg-type] # whatever the damage left there


_ORDER = ("issuer", "order_id", "revision", "change", "cloud_state", "pickup_date")
_PARCEL = ("order_key", "parcel_id", "received_position", "returned_position", "retired")
_HAND_OVER = (
    *("position", "parcel_key", "place", "trust", "method", "released_ms", "attempts", "reopens"),
    *("outcome", "outcome_position", "outcome_ms", "confirmed_by", "annulled_by"),
)
_PROOFS: Mapping[str, Callable[[Named], bool]] = {
    "event": _event_is_whole,
    "orders": _order_is_whole,
    "parcel": _summed(*_PARCEL),
    "placement": _summed("place", "parcel_key", "position"),
    "hand_over": _summed(*_HAND_OVER),
}


def _close_the_chain(txn: Txn, kept: Kept) -> None:
    """Epochs as their own events tell them; a lost event keeps its place, and its hash if known."""
    events = txn.rows("SELECT position, body FROM event ORDER BY position")
    places = [place for position, body in events for place in _epoch_of(position, body)]
    for epoch, members in groupby(places, key=lambda place: place[0]):
        _, first, ms = next(members)
        txn.execute("INSERT OR IGNORE INTO epoch VALUES (?, ?, ?)", (epoch, first, ms))
    if not (kept.lost["event"] or "event" in kept.incomplete):
        return
    positions = {position for position, _ in events}
    firsts = (first for (first,) in txn.rows("SELECT first_position FROM epoch"))
    lowest = min((*positions, *firsts), default=1)
    for position in range(max(positions, default=0), lowest - 1, -1):
        if position not in positions:
            follower = txn.rows("SELECT body FROM event WHERE position = ?", (position + 1,))
            hash_ = _prevhash(follower[0][0]) if follower else None
            txn.execute("INSERT INTO event VALUES (?, x'', ?)", (position, hash_ or bytes(32)))
    kept.events = list(_ranges(txn))
    kept.lost["event"] = sum(last - first + 1 for _, first, last in kept.events)


def _epoch_of(position: int, body: bytes) -> Iterator[tuple[str, int, int]]:
    try:
        event = read_event(body)
    except MalformedMessage:
        return
    yield event.epoch, position - event.sequence + 1, int(event.time.timestamp() * 1000)


def _prevhash(body: bytes) -> bytes | None:
    try:
        return read_event(body).prevhash
    except MalformedMessage:
        return None


def _ranges(txn: Txn) -> Iterator[tuple[str, int, int]]:
    rows = txn.rows(
        "SELECT p.epoch, e.position - p.first_position + 1 FROM event e JOIN epoch p"
        " ON p.first_position = (SELECT max(first_position) FROM epoch"
        " WHERE first_position <= e.position) WHERE e.body = x'' ORDER BY e.position"
    )
    numbered = [(epoch, sequence, sequence - n) for n, (epoch, sequence) in enumerate(rows)]
    for (epoch, _), members in groupby(numbered, key=lambda row: (row[0], row[2])):
        sequences = [sequence for _, sequence, _ in members]
        yield epoch, sequences[0], sequences[-1]


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
    kept.kept[table] -= gone
    kept.lost[table] += gone
    return gone


def _drop_halves(txn: Txn, kept: Kept) -> None:
    """An order without all of its parcels can neither be shown nor taken over again."""
    for key, body in txn.rows("SELECT order_key, body FROM orders"):
        wanted = {parcel.parcel_id for parcel in order_from_body(body).parcels}
        rows = txn.rows("SELECT parcel_id FROM parcel WHERE order_key = ?", (key,))
        if not wanted <= {parcel_id for (parcel_id,) in rows}:
            txn.execute("DELETE FROM orders WHERE order_key = ?", (key,))
            kept.kept["orders"] -= 1
            kept.lost["orders"] += 1
