"""Every way to say no to a scan: one closed list, each with a sentence in every language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from edge.core.view import OrderView


class Reason(StrEnum):
    """Why nothing opens now."""

    NOT_A_PASS = "not_a_pass"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"
    REISSUED = "reissued"
    WRONG_POINT = "wrong_point"
    UNKNOWN_ORDER = "unknown_order"
    NOT_ARRIVED = "not_arrived"
    NOT_PLACED = "not_placed"
    CANCELLED = "cancelled"
    MOVED = "moved"
    RETURNED = "returned"
    ALREADY_COLLECTED = "already_collected"
    PAYMENT_DUE = "payment_due"
    DOOR_BLOCKED = "door_blocked"
    DOOR_OPEN = "door_open"
    CABINET_OFFLINE = "cabinet_offline"
    SEE_LEADER = "see_leader"
    WRONG_CODE = "wrong_code"
    KEYPAD_LOCKED = "keypad_locked"


NOT_AUTHENTIC = frozenset({Reason.NOT_A_PASS, Reason.UNKNOWN_KEY, Reason.BAD_SIGNATURE})
"""Scans by which nobody proved anything: a sentence on the screen and a counter, never a row."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing opens; `at` is when it was collected, `place_id` which place is in trouble.

    `by_neighbour`: it was collected with a sub-pass;
    `wait_seconds` is for how long the keypad takes no code.
    """

    reason: Reason
    view: OrderView | None = None
    at: datetime | None = None
    place_id: str | None = None
    point_id: str | None = None
    wait_seconds: int | None = None
    by_neighbour: bool = False
