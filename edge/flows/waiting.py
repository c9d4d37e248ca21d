"""What the agent has fetched, for scripts that wait for it; reads only."""

from __future__ import annotations

from edge.config import DataLayout
from edge.store import inbox
from edge.store.database import Reader


def waiting(layout: DataLayout) -> dict[str, int]:
    """How many orders lie in the agent's file, and how many the kiosk has yet to apply."""
    sync_file = Reader.open(layout.sync_db, kind="sync")
    edge_file = Reader.open(layout.edge_db, kind="edge")
    everything = inbox.since(sync_file, None, 0)
    rest = inbox.since(sync_file, *inbox.applied(edge_file))
    sync_file.close()
    edge_file.close()
    return {
        "fetched": 0 if everything is None else len(everything.orders),
        "unapplied": 0 if rest is None else len(rest.orders),
    }
