"""Looking for an order whose row is damaged: the agent's copy makes it whole again, if it can."""

from __future__ import annotations

import logging

from edge.core.order import OrderRef
from edge.core.view import OrderView
from edge.errors import StoreCorrupt
from edge.flows.point import Point
from edge.store import inbox, journal
from edge.store.database import Txn
from edge.store.repair import repair

log = logging.getLogger(__name__)


def find(point: Point, txn: Txn, ref: OrderRef) -> OrderView | None:
    """The order as the point sees it now; raises StoreCorrupt where nothing can repair it."""
    try:
        return journal.find(txn, ref)
    except StoreCorrupt:
        copy = point.sync_file.ask(lambda source: inbox.latest(source, ref))
        if copy is None or not repair(txn, *copy):
            raise
    log.warning("order_repaired", extra={"order": ref.order_id})
    return journal.find(txn, ref)
