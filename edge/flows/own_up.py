"""At the start: what the file's past lost is made good where it can be, and told in any case."""

from __future__ import annotations

from dataclasses import replace

from edge.flows import telling
from edge.flows.apply_orders import apply_orders
from edge.flows.doubt import put_in_doubt
from edge.flows.point import Point
from edge.store import inbox
from edge.store.database import Txn
from edge.store.losses import Losses, keep_losses, losses
from edge.store.outbox import Settled, epochs


def own_up(point: Point) -> Losses | None:
    """Take orders over from the agent's file again, doubt what must be doubted, tell the cloud.

    Told last, in one transaction with the doubts: a crash before it makes the next start begin
    again. What is returned, None for a file that lost nothing, was told now or before.
    """
    _note_lost_end(point)
    found = losses(point.edge_file)
    if found is None or found.told:
        return found
    apply_orders(point)

    def work(txn: Txn) -> None:
        doubted = put_in_doubt(point, txn)
        point.outbox.append(txn, telling.salvaged(found, doubted), point.clock.now())
        keep_losses(txn, replace(losses(txn) or found, told=True))

    point.writer.call(work)
    point.news.bump()
    return found


def _note_lost_end(point: Point) -> None:
    """The cloud has events that our own file ends before, or never had: it is an older file."""
    # Asked first, for what the cloud has was in our file before.
    settled = point.sync_file.ask(inbox.settled)
    on_file = {span.epoch: span.last for span in epochs(point.edge_file)}
    missing = [
        (epoch, on_file.get(epoch, 0) + 1, last)
        for epoch, told in settled.items()
        if (last := _last(told)) > on_file.get(epoch, 0)
    ]
    before = losses(point.edge_file)
    known = [] if before is None else before.events
    fresh = [lost for lost in missing if lost not in known]
    if not fresh:
        return
    at = point.clock.now().wall.isoformat()
    rolled_back = Losses("rolled_back", at, doubt=True)
    found = rolled_back if before is None or before.told else replace(before, doubt=True)
    found = replace(found, events=[*known, *fresh])
    point.writer.call(lambda txn: keep_losses(txn, found))


def _last(settled: Settled) -> int:
    return max(settled.through, *settled.also, *settled.rejected, 0)
