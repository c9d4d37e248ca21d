"""One table of a damaged file: what can be read from both ends, as far as it proves itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence

from edge.core.events import event_hash
from edge.store.checksum import checksum, checksum_with_body
from edge.store.connection import DATABASE_ERRORS
from edge.store.transaction import Row, Txn

_PROBES = 200_000
"""Keys looked for one by one between two readable parts of a table; some microseconds each."""
Named = Mapping[str, object]


class Transfer:
    """One table on its way into the new file, row by row: a whole one may not fit into memory."""

    def __init__(
        self, txn: Txn, ruins: sqlite3.Connection, table: str, columns: list[str], keys: list[str]
    ) -> None:
        self.written = self.refused = 0
        self.complete = True
        self._txn, self._ruins, self._columns, self._keys = txn, ruins, columns, keys
        self._what = f"SELECT {', '.join(columns)} FROM {table} NOT INDEXED"
        places = ", ".join("?" * len(columns))
        self._into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
        self._proves_itself = _PROOFS.get(table, _anything)

    def run(self) -> None:
        """Keep what can be read: onward to the damage, backward to it, and what lies between."""
        low = self._take(f"{self._what} ORDER BY {', '.join(self._keys)}")
        if self.complete:
            return
        downward = ", ".join(f"{key} DESC" for key in self._keys)
        high = self._take(f"{self._what} ORDER BY {downward}")
        if len(self._keys) == 1:
            self._take_between(low, high)

    def _take(self, sql: str, parameters: Sequence[int] = ()) -> Row:
        """Keep what the query finds; the last row that could be read."""
        last: Row = ()
        for row in _until_damage(self._ruins, sql, parameters):
            if row is None:
                self.complete = False
            else:
                last = row
                self._keep(row)
        return last

    def _take_between(self, low: Row, high: Row) -> None:
        at = self._columns.index(self._keys[0])
        first = low[at] if low else 0
        last = high[at] if high else first
        if not isinstance(first, int) or not isinstance(last, int):
            return
        for key in range(first + 1, min(last, first + _PROBES)):
            self._take(f"{self._what} WHERE {self._keys[0]} = ?", (key,))

    def _keep(self, row: Row) -> None:
        good = self._proves_itself(dict(zip(self._columns, row, strict=True)))
        if good and _insert(self._txn, self._into, row):
            self.written += 1
        else:
            self.refused += 1


def transfer(txn: Txn, ruins: sqlite3.Connection, table: str) -> Transfer:
    """Copy one table into the new, empty one of `txn`; what became of its rows."""
    info = txn.rows(f"PRAGMA table_info({table})")
    there = _columns(ruins, table)
    columns = [row[1] for row in info if there is None or row[1] in there]
    keys = [row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]]
    moved = Transfer(txn, ruins, table, columns, keys)
    if columns:
        moved.run()
        # Whole pages of another table read like good ones: only an index misses what they replaced.
        moved.complete = moved.complete and _is_sound(ruins, table)
    return moved


def _columns(ruins: sqlite3.Connection, table: str) -> set[str] | None:
    """Which columns the damaged file has in a table, none if it is older; None: nobody knows."""
    try:
        return {row[1] for row in ruins.execute(f"PRAGMA table_info({table})")}
    except (sqlite3.Error, *DATABASE_ERRORS):
        return None


def _is_sound(ruins: sqlite3.Connection, table: str) -> bool:
    """Whether table and indexes agree with each other."""
    try:
        return ruins.execute(f"PRAGMA integrity_check({table})").fetchall() == [("ok",)]
    except (sqlite3.Error, *DATABASE_ERRORS):
        return False


def _until_damage(
    ruins: sqlite3.Connection, sql: str, parameters: Sequence[int]
) -> Iterator[Row | None]:
    """The rows, and None at last where a damage ends them."""
    try:
        yield from ruins.execute(sql, parameters)
    except (sqlite3.Error, *DATABASE_ERRORS):
        yield None


def _insert(txn: Txn, sql: str, row: Row) -> bool:
    try:
        txn.execute(sql, row)
    except (sqlite3.IntegrityError, sqlite3.InterfaceError, OverflowError):
        return False
    return True


def _anything(_row: Named) -> bool:
    """A table whose rows carry no proof."""
    return True


def _event_is_whole(row: Named) -> bool:
    body = row["body"]
    # Empty: let go of, or lost before; place and hash stay.
    return isinstance(body, bytes) and (not body or event_hash(body) == row["hash"])


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
