"""Both sides of a day: the point's own file, and what the cloud says."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from edge.core.envelope import Envelope
from edge.core.events import read_event
from edge.core.order import OrderState
from edge.core.view import HandOver, OrderView
from edge.store import orders
from edge.store.database import Reader
from edge.store.outbox import epochs, read_events
from edge.store.views import select_views
from tests.stack import JsonObject, Stack


class PointBook:
    """edge.db, read-only, as it is on disk; never open while the power comes back."""

    def __init__(self, data: Path, day: date) -> None:
        self._day = day
        self._reader = Reader.open(data / "edge" / "edge.db", kind="edge")

    def views(self) -> dict[str, OrderView]:
        """Every order of the day."""
        found = orders.board(self._reader, self._day)
        return {view.order.ref.order_id: view for view in found}

    def view(self, order_id: str) -> OrderView:
        """One order; a whole board for each look would cost more than the kiosk does."""
        (view,) = select_views(self._reader, "o.order_id = ?", (order_id,))
        return view

    def in_state(self, *states: OrderState) -> list[str]:
        return [order_id for order_id, view in self.views().items() if view.state in states]

    def counts(self) -> Counter[OrderState]:
        return Counter(view.state for view in self.views().values())

    def unconfirmed(self) -> dict[int, HandOver]:
        """All hand-overs of which nobody saw the end, by position."""
        return {
            hand_over.position: hand_over
            for view in self.views().values()
            for hand_over in underway(view)
        }

    def events(self) -> list[bytes]:
        """Every event's bytes, oldest first."""
        return [
            event.body
            for span in epochs(self._reader)
            for event in read_events(self._reader, span.epoch, 1, span.last, 1 << 30)
        ]

    def close(self) -> None:
        self._reader.close()


def underway(view: OrderView) -> list[HandOver]:
    """The order's hand-overs that are committed and not yet confirmed."""
    begun = [parcel.hand_over for parcel in view.parcels]
    return [hand_over for hand_over in begun if hand_over and hand_over.outcome is None]


@dataclass(frozen=True)
class Books:
    """One day as both sides have it written down."""

    views: Mapping[str, OrderView]
    """The point's orders."""
    told: tuple[bytes, ...]
    """The point's events, oldest first."""
    ledger: tuple[bytes, ...]
    """The cloud's events, in the order of its chain."""
    orders: Mapping[str, JsonObject]
    """The cloud's orders."""
    passes: Mapping[str, str]

    def booked(self) -> list[Envelope]:
        """The ledger's events, taken apart."""
        return [read_event(body) for body in self.ledger]


def read_books(stack: Stack, passes: Mapping[str, str], day: date) -> Books:
    with closing(PointBook(stack.data, day)) as book:
        views, told = book.views(), tuple(book.events())
    return Books(views, told, read_ledger(stack), stack.cloud_orders(), passes)


def read_ledger(stack: Stack) -> tuple[bytes, ...]:
    """The raw bytes of every event that the cloud stored for the point."""
    return tuple(base64.b64decode(str(row["raw"])) for row in stack.ledger())
