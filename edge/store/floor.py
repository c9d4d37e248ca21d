"""The trusted floor: an instant that has surely passed, so that no boot in 1970 is believed."""

from __future__ import annotations

from datetime import datetime

from edge.core.moment import instant_from_ms
from edge.store.transaction import Source, Txn


def trusted_floor(source: Source) -> datetime | None:
    """The latest instant that was ever proven, None before the first."""
    rows = source.rows("SELECT ms FROM trusted_floor")
    return instant_from_ms(rows[0][0]) if rows else None


def raise_floor(txn: Txn, proven: datetime) -> None:
    """Keep `proven` where it is later than what is kept; the floor never sinks."""
    txn.execute(
        "INSERT INTO trusted_floor (only, ms) VALUES (1, ?)"
        " ON CONFLICT (only) DO UPDATE SET ms = excluded.ms WHERE excluded.ms > ms",
        (int(proven.timestamp()) * 1000 + proven.microsecond // 1000,),
    )
