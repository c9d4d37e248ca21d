"""The hot path: what a scan reads and writes, as SQL text on the open transaction.

Rule: one order row is read and decoded once, one commit touches as few pages as it can.
"""

from __future__ import annotations

from edge.core.events import Envelope, EventType, event_hash, read_event
from edge.core.moment import Moment
from edge.core.order import OrderRef
from edge.core.view import ConfirmedBy, OrderView, Outcome, Trust
from edge.errors import ForbiddenTransition
from edge.store.checksum import checksum, corrupt_row
from edge.store.transaction import Txn
from edge.store.views import (
    HAND_OVER_COLUMNS,
    ORDER_COLUMNS,
    PARCEL_COLUMNS,
    PARCEL_TABLES,
    HandOverColumns,
    hand_over_columns,
    order_view,
)

_ORDER = f"SELECT {ORDER_COLUMNS} FROM orders o WHERE o.issuer = ? AND o.order_id = ?"
_PARCELS = f"SELECT {PARCEL_COLUMNS} FROM {PARCEL_TABLES} WHERE p.order_key = ? AND p.retired = 0"
_REF = (
    "SELECT o.issuer, o.order_id FROM hand_over h JOIN parcel p ON p.parcel_key = h.parcel_key"
    " JOIN orders o ON o.order_key = p.order_key WHERE h.position = ?"
)
_HAND_OVER = f"SELECT {HAND_OVER_COLUMNS} FROM hand_over h WHERE h.position = ?"
_RELEASE = f"INSERT INTO hand_over VALUES ({', '.join('?' * 14)})"
_PROGRESS = (
    "UPDATE hand_over SET trust = ?, method = ?, attempts = ?, reopens = ?, outcome = ?,"
    " outcome_position = ?, outcome_ms = ?, confirmed_by = ?, checksum = ? WHERE position = ?"
)
# Apart from _PROGRESS, because setting annulled_by also rewrites a page of the index.
_ANNUL = "UPDATE hand_over SET annulled_by = ?, checksum = ? WHERE position = ?"
# One unlock ordered, none repeated; no outcome, nobody's word, not annulled.
_NOTHING_YET = (1, 0, None, None, None, None, None)
_RETRIED = "INSERT OR REPLACE INTO retried VALUES (?, ?)"
_LAST_TRY = "SELECT position FROM retried WHERE hand_over = ?"
_EVENT = "SELECT body, hash FROM event WHERE position = ?"


def find(txn: Txn, ref: OrderRef) -> OrderView | None:
    """The order as the point sees it now; raises StoreCorrupt."""
    row = txn.execute(_ORDER, (ref.issuer, ref.order_id)).fetchone()
    return None if row is None else order_view(row, txn.execute(_PARCELS, (row[0],)).fetchall())


def whose(txn: Txn, position: int) -> OrderRef | None:
    """The order one of whose parcels was handed over by the event at `position`."""
    row = txn.execute(_REF, (position,)).fetchone()
    return None if row is None else OrderRef(*row)


def release(
    txn: Txn,
    position: int,
    parcel_key: int,
    place: str,
    trust: str,
    method: str,
    moment: Moment,
) -> None:
    """Record that a parcel is handed over by the released event at `position`."""
    released = (position, parcel_key, place, str(trust), method, moment.unix_ms)
    row = (*released, *_NOTHING_YET)
    txn.execute(_RELEASE, (*row, checksum(*row)))


def retry(txn: Txn, position: int, trust: Trust, method: str, told: int) -> None:
    """Count one more unlock of a hand-over never seen to open, told by the event at `told`.

    From now on it is made to whoever asked for it then: perhaps not to who began it.
    """
    row = _current(txn, position)
    if row.outcome == Outcome.COLLECTED:
        raise _forbidden(row, "tried again")
    again = row._replace(trust=str(trust), method=method, attempts=row.attempts + 1)
    _write_progress(txn, again)
    txn.execute(_RETRIED, (position, told))


def exhaust(txn: Txn, position: int, attempts: int) -> None:
    """Let a hand-over count as tried that often: only the leader's word moves it on."""
    _write_progress(txn, _current(txn, position)._replace(attempts=attempts))


def reopened(txn: Txn, position: int) -> None:
    """Count one more opening of a compartment whose goods are already collected."""
    row = _current(txn, position)
    if row.outcome != Outcome.COLLECTED:
        raise _forbidden(row, "re-opened")
    _write_progress(txn, row._replace(reopens=row.reopens + 1))


def settle(
    txn: Txn,
    position: int,
    outcome: Outcome,
    outcome_position: int,
    moment: Moment,
    confirmed_by: ConfirmedBy | None,
) -> None:
    """Record what became of a hand-over; stuck may become collected, collected stays."""
    row = _current(txn, position)
    if row.outcome == Outcome.COLLECTED:
        raise _forbidden(row, f"{outcome}")
    _write_progress(
        txn,
        row._replace(
            outcome=str(outcome),
            outcome_position=outcome_position,
            outcome_ms=moment.unix_ms,
            confirmed_by=None if confirmed_by is None else str(confirmed_by),
        ),
    )


def annul(txn: Txn, position: int, annulled_by: int) -> None:
    """Take a hand-over back, by the annulled event at position `annulled_by`."""
    row = _current(txn, position)._replace(annulled_by=annulled_by)
    txn.execute(_ANNUL, (annulled_by, checksum(*row), position))


def released_event(txn: Txn, position: int) -> Envelope:
    """The released event of a hand-over, for its closure to repeat; raises StoreCorrupt."""
    return _event(txn, position)


def presented_event(txn: Txn, position: int) -> Envelope:
    """The event that says who showed what for a hand-over, last; raises StoreCorrupt."""
    row = txn.execute(_LAST_TRY, (position,)).fetchone()
    if row is None:
        return _event(txn, position)
    event = _event(txn, row[0])
    if event.type != EventType.ORDER_REOPENED or event.data.get("hand_over") != position:
        raise corrupt_row("retried", position)
    return event


def _event(txn: Txn, position: int) -> Envelope:
    row = txn.execute(_EVENT, (position,)).fetchone()
    if row is None or event_hash(row[0]) != row[1]:
        raise corrupt_row("event", position)
    return read_event(row[0])


def _current(txn: Txn, position: int) -> HandOverColumns:
    stored = txn.execute(_HAND_OVER, (position,)).fetchone()
    if stored is None:
        raise corrupt_row("hand_over", position)
    row = hand_over_columns(stored)
    if row.annulled_by is not None:
        raise _forbidden(row, "changed")
    return row


def _write_progress(txn: Txn, row: HandOverColumns) -> None:
    whose = (row.trust, row.method)
    changed = (*whose, row.attempts, row.reopens, row.outcome, row.outcome_position)
    rest = (row.outcome_ms, row.confirmed_by, checksum(*row), row.position)
    txn.execute(_PROGRESS, (*changed, *rest))


def _forbidden(row: HandOverColumns, wish: str) -> ForbiddenTransition:
    now = "annulled" if row.annulled_by is not None else row.outcome or "released"
    return ForbiddenTransition(
        f"Hand-over {row.position} is {now} and cannot be {wish}.",
        "This is a fault of the software: please report it with the order's number.",
    )
