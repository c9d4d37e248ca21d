"""The leader's word that the van was here: what was ordered for today is at the point now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edge.core.order import CloudState, OrderState
from edge.core.view import OrderView
from edge.flows import telling
from edge.flows.point import Point
from edge.store import orders
from edge.store.database import Txn

ORDERS_PER_EVENT = 100
"""So that one receipt's event stays well below the size an event may have."""


def receive_goods(point: Point) -> int:
    """Mark every order expected by today as received; how many were new."""
    today = point.today()

    def work(txn: Txn) -> int:
        due = [view for view in orders.due(txn, today) if _expected(point, view)]
        for views in _chunks(due):
            position = point.outbox.append(txn, telling.goods_received(views), point.clock.now())
            for view in views:
                orders.receive(txn, view.key, position)
        return len(due)

    received = point.writer.call(work)
    point.news.bump()
    return received


def _expected(point: Point, view: OrderView) -> bool:
    ours = view.order.point_id == point.id and view.order.cloud_state is CloudState.OPEN
    return ours and view.state is OrderState.EXPECTED and not view.received


def _chunks(views: Sequence[OrderView]) -> Iterator[Sequence[OrderView]]:
    for start in range(0, len(views), ORDERS_PER_EVENT):
        yield views[start : start + ORDERS_PER_EVENT]
