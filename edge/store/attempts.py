"""Wrong tries on disk, by what they guess at: a reboot neither forgets them nor shortens a lock."""

from __future__ import annotations

import json

from edge.core.lock_out import Attempts
from edge.store.tables import AttemptRow
from edge.store.transaction import Source, Txn

PIN, CODE = "pin", "code"


def read(source: Source, name: str) -> Attempts:
    """What is held against whoever guesses."""
    rows = source.rows(
        "SELECT boot_id, wrong_ns, locked_until_ns, lock_seconds FROM attempt WHERE name = ?",
        (name,),
    )
    if not rows:
        return Attempts()
    boot_id, wrong_ns, locked_until_ns, lock_seconds = rows[0]
    return Attempts(boot_id, tuple(json.loads(wrong_ns)), locked_until_ns, lock_seconds)


def keep(txn: Txn, name: str, attempts: Attempts) -> None:
    """Remember it."""
    row = AttemptRow.insert(
        name=name,
        boot_id=attempts.boot_id,
        wrong_ns=json.dumps(attempts.wrong_ns),
        locked_until_ns=attempts.locked_until_ns,
        lock_seconds=attempts.lock_seconds,
    )
    row.on_conflict_replace().execute(txn.database)


def forget(txn: Txn, name: str) -> None:
    """Nothing is held against anybody."""
    txn.execute("DELETE FROM attempt WHERE name = ?", (name,))
