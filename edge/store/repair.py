"""A damaged order row is written again from the agent's copy: the parcels prove what happened.

Only the cloud's word may be replaced. Rows of parcels, places and hand-overs have no second copy:
where one of those is damaged, nothing is repaired.
"""

from __future__ import annotations

import json

from edge.core.envelope import read_event
from edge.core.events import event_hash
from edge.core.order import Order
from edge.core.order_json import parse_order
from edge.errors import MalformedMessage, StoreCorrupt
from edge.store.checksum import checksum
from edge.store.journal import find
from edge.store.orders import write_again
from edge.store.transaction import Txn
from edge.store.views import HAND_OVER_COLUMNS, hand_over_columns


def repair(txn: Txn, body: bytes, change: int) -> bool:
    """Write an order's row again from this body; whether its order can be read after that.

    Where it cannot, the row is as it was.
    """
    order = _parsed(body)
    if order is None:
        return False
    ref = order.ref
    rows = txn.rows(
        "SELECT order_key FROM orders WHERE issuer = ? AND order_id = ?", (ref.issuer, ref.order_id)
    )
    if not rows or not _agrees(txn, rows[0][0], order):
        return False
    txn.execute("SAVEPOINT repair")
    try:
        write_again(txn, rows[0][0], order, change)
        readable = find(txn, ref) is not None
    except (StoreCorrupt, MalformedMessage):
        readable = False
    if not readable:
        txn.execute("ROLLBACK TO repair")
    txn.execute("RELEASE repair")
    return readable


def _parsed(body: bytes) -> Order | None:
    try:
        return parse_order(json.loads(body))
    except (MalformedMessage, ValueError):
        return None


def _agrees(txn: Txn, order_key: int, order: Order) -> bool:
    """Whether all that was handed over of this order is in the copy, line by line."""
    parcels = txn.rows(
        "SELECT parcel_id, parcel_key, order_key, received_position, returned_position, retired,"
        " checksum FROM parcel WHERE order_key = ?",
        (order_key,),
    )
    wanted = {parcel.parcel_id: set(parcel.line_ids) for parcel in order.parcels}
    if not wanted.keys() <= {row[0] for row in parcels}:
        return False
    for parcel_id, key, owner, received, returned, retired, stored in parcels:
        if stored != checksum(owner, parcel_id, received, returned, retired):
            return False
        for row in txn.rows(
            f"SELECT {HAND_OVER_COLUMNS} FROM hand_over h"
            " WHERE h.parcel_key = ? AND h.annulled_by IS NULL",
            (key,),
        ):
            if wanted.get(parcel_id) != _lines_of(txn, hand_over_columns(row).position):
                return False
    return True


def _lines_of(txn: Txn, position: int) -> set[object] | None:
    """The lines that a released event handed over, None where its bytes are damaged."""
    rows = txn.rows("SELECT body, hash FROM event WHERE position = ?", (position,))
    if not rows or event_hash(rows[0][0]) != rows[0][1]:
        return None
    lines = read_event(rows[0][0]).data.get("lines")
    return {line.get("line_id") for line in lines} if isinstance(lines, list) else None
