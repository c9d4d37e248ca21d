"""Which door is on its way for somebody: another command would take the answer from them."""

from __future__ import annotations

from edge.flows.point import Point
from edge.store import commands
from edge.store.database import Txn


def is_moving(point: Point, txn: Txn, place_id: str) -> bool:
    """Whether a hand-over or a command of the cloud waits for what this door will say."""
    handing_over = point.memory.in_flight & commands.hand_overs_at(txn, place_id)
    return bool(handing_over) or place_id in point.memory.opening
