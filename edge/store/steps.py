"""Steps of edge.db that move rows, as they were written then: later tables change nothing."""

from __future__ import annotations

import json
from contextlib import suppress

from edge.store.transaction import Txn


def find_by_code_and_customer(txn: Txn) -> None:
    """Schema 4: orders are found by pickup code and customer; codes are guessed at as PINs are."""
    txn.execute(
        'CREATE TABLE "finder" ("order_key" INTEGER NOT NULL PRIMARY KEY, "issuer" TEXT NOT NULL,'
        ' "customer_ref" TEXT NOT NULL, "code_hash" TEXT,'
        ' FOREIGN KEY ("order_key") REFERENCES "orders" ("order_key")) STRICT'
    )
    txn.execute(
        'CREATE INDEX "finderrow_issuer_customer_ref" ON "finder" ("issuer", "customer_ref")'
    )
    txn.execute('CREATE INDEX "finderrow_code_hash" ON "finder" ("code_hash")')
    for order_key, issuer, body in txn.rows("SELECT order_key, issuer, body FROM orders"):
        # A damaged order is found by its id alone, where its checksum is noticed.
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            order = json.loads(body)
            found_by = (order["customer"]["ref"], order.get("pickup_code_hash"))
            txn.execute("INSERT INTO finder VALUES (?, ?, ?, ?)", (order_key, issuer, *found_by))
    _keep_attempts_by_name(txn)


def _keep_attempts_by_name(txn: Txn) -> None:
    txn.execute(
        'CREATE TABLE "attempt" ("name" TEXT NOT NULL PRIMARY KEY, "boot_id" TEXT NOT NULL,'
        ' "wrong_ns" TEXT NOT NULL, "locked_until_ns" INTEGER, "lock_seconds" INTEGER NOT NULL)'
        " STRICT, WITHOUT ROWID"
    )
    for wrong, boot_id, until_ns, seconds in txn.rows(
        "SELECT wrong, boot_id, locked_until_ns, lock_seconds FROM pin_attempt"
    ):
        times = json.dumps([0] * wrong if until_ns is None else [])
        row = ("pin", boot_id or "", times, until_ns, seconds or 0)
        txn.execute("INSERT INTO attempt VALUES (?, ?, ?, ?, ?)", row)
    txn.execute("DROP TABLE pin_attempt")
