"""Where two sides disagree about an order: kept for a person, who decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from peewee import Database

from edge.core.moment import instant_from_ms, rfc3339
from sync.cloud.tables import Conflict


def listing(database: Database, *, also_settled: bool = False) -> Iterator[Mapping[str, Any]]:
    """Each conflict as programs get it, the oldest first."""
    query = Conflict.select() if also_settled else Conflict.select().where(Conflict.open)
    ordered = query.order_by(Conflict.booked_ms, Conflict.order_id, Conflict.kind)
    for row in ordered.dicts().iterator(database):
        yield {
            "issuer": row["issuer"],
            "order_id": row["order_id"],
            "kind": row["kind"],
            "event_id": row["event_id"],
            "detail": row["detail"],
            "open": row["open"],
            "booked_at": rfc3339(instant_from_ms(row["booked_ms"])),
        }
