"""What came from the cloud: the agent writes it into sync.db, the kiosk takes it over."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from edge.core.moment import Moment, instant_from_ms
from edge.core.order import Order, OrderRef
from edge.store.outbox import Settled
from edge.store.sync_tables import (
    CloudOrderRow,
    DamagedEventRow,
    LinkRow,
    MetaRow,
    RefusedOrderRow,
    SettledRow,
)
from edge.store.tables import AppliedRow, DocumentRow
from edge.store.transaction import Source, Txn
from edge.store.views import canonical_body


@dataclass(frozen=True, slots=True)
class Document:
    """Keys, points, rules or another thing beside the orders; `body` is JSON."""

    name: str
    change: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Delta:
    """What sync.db knows that edge.db has not taken over; each order's body with its change."""

    generation: str
    change: int
    orders: list[tuple[bytes, int]]
    documents: list[Document]


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """How the line to the cloud is: online, offline or refused; `trouble` is a plain code."""

    state: str
    since: datetime | None
    last_pull: datetime | None
    last_ack: datetime | None
    trouble: str | None
    refused_orders: int


# The kiosk's side: sync.db is only read, edge.db remembers how far.


def since(
    sync_file: Source, generation: str | None, change: int, *, most: int = -1
) -> Delta | None:
    """What is newer than `change`, oldest first; from the start where the file is another one.

    At `most` so many orders, the rest comes with the next call; None if there is nothing new.
    """
    with sync_file.snapshot() as seen:
        rows = seen.rows("SELECT generation, change FROM meta")
        if not rows or (generation, change) == rows[0]:
            return None
        generation_now, change_now = rows[0]
        after = change if generation == generation_now else 0
        orders = seen.rows(
            "SELECT body, change FROM cloud_order WHERE change > ? ORDER BY change LIMIT ?",
            (after, most),
        )
        reached = orders[-1][1] if len(orders) == most else change_now
        documents = seen.rows(
            "SELECT name, change, body FROM document WHERE change > ? AND change <= ?"
            " ORDER BY change",
            (after, reached),
        )
    return Delta(generation_now, reached, orders, [Document(*row) for row in documents])


def latest(sync_file: Source, ref: OrderRef) -> tuple[bytes, int] | None:
    """The agent's copy of one order: body and change."""
    rows = sync_file.rows(
        "SELECT body, change FROM cloud_order WHERE issuer = ? AND order_id = ?",
        (ref.issuer, ref.order_id),
    )
    return (rows[0][0], rows[0][1]) if rows else None


def applied(edge_file: Source) -> tuple[str | None, int]:
    """Which sync.db was taken over last, and up to which change."""
    rows = edge_file.rows("SELECT generation, change FROM applied")
    return (rows[0][0], rows[0][1]) if rows else (None, 0)


def mark_applied(txn: Txn, delta: Delta) -> None:
    """Remember a delta in the same transaction as what it brought."""
    row = AppliedRow.insert(only=1, generation=delta.generation, change=delta.change)
    row.on_conflict_replace().execute(txn.database)


def keep_document(txn: Txn, document: Document) -> None:
    """Keep our own copy, so that a lost sync.db stops nothing."""
    row = DocumentRow.insert(name=document.name, change=document.change, body=document.body)
    row.on_conflict_replace().execute(txn.database)


def documents(source: Source) -> dict[str, object]:
    """The newest copy of each document, as JSON values by name; a damaged one is left out."""
    found: dict[str, object] = {}
    for name, body in source.rows("SELECT name, body FROM document"):
        with suppress(ValueError):
            found[name] = json.loads(body)
    return found


def settled(sync_file: Source) -> dict[str, Settled]:
    """How far the cloud has settled each epoch."""
    rows = sync_file.rows("SELECT epoch, through, also, rejected FROM settled")
    return {
        epoch: Settled(
            through,
            frozenset(json.loads(also)),
            {int(sequence): code for sequence, code in json.loads(rejected).items()},
        )
        for epoch, through, also, rejected in rows
    }


def damaged_events(sync_file: Source) -> list[tuple[str, int]]:
    """Places (epoch, sequence) of events that the agent found damaged in the kiosk's file."""
    sql = "SELECT epoch, sequence FROM damaged_event ORDER BY epoch, sequence"
    return [(epoch, sequence) for epoch, sequence in sync_file.rows(sql)]


def link(sync_file: Source) -> LinkRecord:
    """How the line to the cloud is; offline, since nobody knows when, while there is no file."""
    rows = sync_file.rows(
        "SELECT state, since_ms, last_pull_ms, last_ack_ms, trouble,"
        " (SELECT count(*) FROM refused_order) FROM link"
    )
    if not rows:
        return LinkRecord("offline", None, None, None, None, 0)
    state, *instants, trouble, refused_orders = rows[0]
    since_when, last_pull, last_ack = map(_instant, instants)
    return LinkRecord(state, since_when, last_pull, last_ack, trouble, refused_orders)


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else instant_from_ms(milliseconds)


# The agent's side: it writes sync.db.


def cursor(source: Source) -> str | None:
    """Where the next pull goes on; None means from the beginning."""
    rows = source.rows("SELECT cursor FROM meta")
    return rows[0][0] if rows else None


def put_orders(txn: Txn, orders: Iterable[Order], cursor: str | None) -> int:
    """Keep each order's newest revision and the cursor that covers them; how many were news."""
    news = sum(_put_order(txn, order) for order in orders)
    MetaRow.update(cursor=cursor).execute(txn.database)
    return news


def _put_order(txn: Txn, order: Order) -> bool:
    ref, body = order.ref, canonical_body(order)
    RefusedOrderRow.delete().where(
        RefusedOrderRow.issuer == ref.issuer, RefusedOrderRow.order_id == ref.order_id
    ).execute(txn.database)
    known = txn.rows(
        "SELECT revision, body FROM cloud_order WHERE issuer = ? AND order_id = ?",
        (ref.issuer, ref.order_id),
    )
    if known and (order.revision < known[0][0] or (order.revision, body) == known[0]):
        return False
    row = CloudOrderRow.insert(
        issuer=ref.issuer,
        order_id=ref.order_id,
        revision=order.revision,
        change=_next_change(txn),
        body=body,
    )
    row.on_conflict_replace().execute(txn.database)
    return True


def _next_change(txn: Txn) -> int:
    MetaRow.update(change=MetaRow.change + 1).execute(txn.database)
    change: int = txn.rows("SELECT change FROM meta")[0][0]
    return change


def put_document(txn: Txn, name: str, value: object) -> bool:
    """Keep a JSON value under a name; whether it was news."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    body = text.encode()
    if txn.rows("SELECT 1 FROM document WHERE name = ? AND body = ?", (name, body)):
        return False
    row = DocumentRow.insert(name=name, change=_next_change(txn), body=body)
    row.on_conflict_replace().execute(txn.database)
    return True


def put_refused(txn: Txn, issuer: str, order_id: str, reason: str) -> None:
    """Note an order that could not be read; a readable revision of it takes the note away."""
    row = RefusedOrderRow.insert(issuer=issuer, order_id=order_id, reason=reason)
    row.on_conflict_replace().execute(txn.database)


def merge_settled(txn: Txn, epoch: str, told: Settled) -> None:
    """Add what the cloud has settled to what it settled before; nothing is ever unsettled."""
    before = settled(txn).get(epoch, Settled())
    through = max(before.through, told.through)
    also = sorted(n for n in before.also | told.also if n > through)
    rejected = {**before.rejected, **told.rejected}
    row = SettledRow.insert(
        epoch=epoch,
        through=through,
        also=json.dumps(also),
        rejected=json.dumps({str(sequence): code for sequence, code in sorted(rejected.items())}),
    )
    row.on_conflict_replace().execute(txn.database)


def put_damaged_events(txn: Txn, places: Iterable[tuple[str, int]]) -> None:
    """Say which events of the kiosk's file are damaged and not settled; no others are."""
    txn.execute("DELETE FROM damaged_event")
    for epoch, sequence in places:
        DamagedEventRow.insert(epoch=epoch, sequence=sequence).execute(txn.database)


def set_link(txn: Txn, state: str, moment: Moment, trouble: str | None = None) -> None:
    """Note how the line is; since when counts from the last change of state."""
    now, since_ms = txn.rows("SELECT state, since_ms FROM link")[0]
    begun = since_ms if now == state and since_ms is not None else moment.unix_ms
    LinkRow.update(state=state, since_ms=begun, trouble=trouble).execute(txn.database)


def note_pull(txn: Txn, moment: Moment) -> None:
    """The cloud answered a pull now."""
    LinkRow.update(last_pull_ms=moment.unix_ms).execute(txn.database)


def note_ack(txn: Txn, moment: Moment) -> None:
    """The cloud acknowledged events now."""
    LinkRow.update(last_ack_ms=moment.unix_ms).execute(txn.database)
