"""What must be true of a point's file after its power was cut, judged by the store itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from sqlite3 import DatabaseError

from edge.core.events import GENESIS, event_hash, read_event
from edge.errors import PointError
from edge.store.database import Writer
from edge.store.transaction import Row, Txn


def what_is_wrong(edge_db: Path, said: frozenset[str]) -> str | None:
    """None if the store opens the file, and finds everything that had been said."""
    try:
        writer = Writer.open(edge_db, kind="edge")
    except (PointError, DatabaseError) as error:
        return f"does not open: {error}"
    try:
        return writer.call(lambda txn: _missing_or_broken(txn, said))
    except (PointError, DatabaseError) as error:
        return f"cannot be read: {error}"
    finally:
        writer.close()


def _missing_or_broken(txn: Txn, said: frozenset[str]) -> str | None:
    found = set()
    for position, outcome in txn.rows("SELECT position, outcome FROM hand_over"):
        found |= {f"released {position}"} | ({f"{outcome} {position}"} if outcome else set())
    if not said <= found:
        return f"lost: {sorted(said - found)}"
    if txn.rows("PRAGMA foreign_key_check"):
        return "a row points nowhere"
    return (
        None if _is_chained(txn.rows("SELECT hash, body FROM event ORDER BY position")) else "chain"
    )


def _is_chained(events: Sequence[Row]) -> bool:
    hashes = [GENESIS, *(stored for stored, _ in events)]
    return all(
        (event_hash(body), _prevhash(body)) == (stored, before)
        for (stored, body), before in zip(events, hashes, strict=False)
    )


@cache
def _prevhash(body: bytes) -> bytes:
    return read_event(body).prevhash
