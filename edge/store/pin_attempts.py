"""Wrong PINs, counted on disk: a reboot neither forgets them nor shortens the lock they led to."""

from __future__ import annotations

from edge.core.moment import Moment
from edge.store.tables import PinAttemptRow
from edge.store.transaction import Txn

_SECOND = 1_000_000_000


def locked_seconds(txn: Txn, moment: Moment) -> int:
    """For how long no PIN is accepted yet; a lock that is over is cleared, with its wrong tries.

    Only time since boot counts, never the wall clock: after a reboot the whole lock runs again.
    """
    rows = txn.rows(
        "SELECT boot_id, locked_until_ns, lock_seconds FROM pin_attempt"
        " WHERE locked_until_ns IS NOT NULL"
    )
    if not rows:
        return 0
    boot_id, until_ns, lock_seconds = rows[0]
    if boot_id != moment.boot_id:
        until_ns = lock_seconds * _SECOND
    left: int = -((moment.boot_ns - until_ns) // _SECOND)
    if left <= 0:
        reset(txn)
    return max(left, 0)


def count_wrong(txn: Txn) -> int:
    """One more wrong PIN; how many there were in a row."""
    txn.execute(
        "INSERT INTO pin_attempt (only, wrong) VALUES (1, 1)"
        " ON CONFLICT (only) DO UPDATE SET wrong = wrong + 1"
    )
    wrong: int = txn.rows("SELECT wrong FROM pin_attempt")[0][0]
    return wrong


def lock(txn: Txn, moment: Moment, seconds: int) -> None:
    """Accept no PIN for that long."""
    PinAttemptRow.update(
        boot_id=moment.boot_id,
        locked_until_ns=moment.boot_ns + seconds * _SECOND,
        lock_seconds=seconds,
    ).execute(txn.database)


def reset(txn: Txn) -> None:
    """Nothing is held against anybody."""
    PinAttemptRow.delete().execute(txn.database)
