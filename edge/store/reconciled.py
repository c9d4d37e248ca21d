"""Which events the cloud's ledger proved to hold for long: the agent tells, the kiosk lets go."""

from __future__ import annotations

from collections.abc import Iterable

from edge.core.event_range import EventRange
from edge.store.transaction import Source, Txn


def keep(txn: Txn, ranges: Iterable[EventRange], *, anew: bool) -> None:
    """Tell the kiosk of proven ranges; `anew`: of no others."""
    if anew:
        txn.execute("DELETE FROM proven_range")
    for one in ranges:
        row = (one.epoch, one.first, one.last, one.proof)
        txn.execute("INSERT OR REPLACE INTO proven_range VALUES (?, ?, ?, ?)", row)


def proven(sync_file: Source) -> list[EventRange]:
    """What the agent told."""
    sql = "SELECT epoch, first_sequence, last_sequence, proof FROM proven_range"
    return [EventRange(*row) for row in sync_file.rows(sql)]
