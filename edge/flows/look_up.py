"""The leader's look-up: an order found by what its customer can say, or by what is scanned.

Rule: looking something up hands nothing over, and shows no whole name until that is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from edge.core import credential as passes
from edge.core.events import Event, EventType
from edge.core.look_up import Clue, Wanted, fits_by_number, plain, readings
from edge.core.order import OrderRef, OrderState
from edge.core.reasons import Refusal
from edge.core.view import OrderView
from edge.errors import StoreCorrupt
from edge.flows.board import BoardOrder
from edge.flows.order_row import order_row, places_of
from edge.flows.point import Point
from edge.store import journal, look_up
from edge.store.database import Source, Txn

MOST_ROWS = 60
MOST_PER_WORD = 500
"""Enough for a day's commonest surname, so that its telephone tails can be told apart."""
OVER = frozenset(
    {OrderState.COLLECTED, OrderState.CANCELLED, OrderState.RETURNED, OrderState.MOVED}
)
"""States in which an order of another day is history, unless its goods still lie here."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of a look-up, what can be handed over first; `more`: there are others beyond them."""

    rows: tuple[BoardOrder, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Initial:
    """The first letter of a name, and how many orders it stands for."""

    letter: str
    orders: int


def find_orders(point: Point, text: str) -> Found:
    """Orders that fit a text: telephone tail, name, number or its tail, bag label, place."""
    with point.edge_file.snapshot() as seen:
        keys = _keys(point, seen, text)
        views = look_up.views(seen, keys[:MOST_ROWS])
    rows = [_found_row(view, text) for view in views if not _is_history(point, view)]
    rows.sort(key=lambda row: not row.may_hand_over)
    return Found(tuple(rows), more=len(keys) > MOST_ROWS)


def find_order(point: Point, ref: OrderRef) -> BoardOrder | None:
    """That order's row, whatever its day."""
    view = point.writer.call(lambda txn: journal.find(txn, ref))
    return None if view is None else order_row(view)


def find_scanned(point: Point, text: str) -> OrderRef | None:
    """Whose pass or bag label that is; an expired pass still says it, a forged one does not.

    None where it is nobody's, or where a label is that of several.
    """
    credential = passes.verify(text, point.memory.keys, point.clock.now())
    if not isinstance(credential, Refusal):
        return credential.ref
    label = Wanted(Clue.NUMBER, plain(text)[::-1], whole=True)
    with point.edge_file.snapshot() as seen:
        found = look_up.views(seen, look_up.by_word(seen, label, point.today(), 2))
    return found[0].order.ref if len(found) == 1 else None


def initials(point: Point) -> tuple[Initial, ...]:
    """First letters of the names that are expected today."""
    rows = look_up.initials(point.edge_file, point.today())
    return tuple(Initial(letter, orders) for letter, orders in rows)


def show_names(point: Point, refs: Sequence[OrderRef]) -> Mapping[OrderRef, str]:
    """Whole names of those orders; that they were shown is told, to whom they belong is not."""

    def work(txn: Txn) -> dict[OrderRef, str]:
        names = {ref: view.order.customer.name for ref in refs if (view := _readable(txn, ref))}
        data = {"what": "names_shown", "orders": len(names)}
        event = Event(EventType.LEADER_OVERRIDE, None, data)
        point.outbox.append(txn, event, point.clock.now())
        return names

    return point.writer.call(work)


def _readable(txn: Txn, ref: OrderRef) -> OrderView | None:
    try:
        return journal.find(txn, ref)
    except StoreCorrupt:
        return None


def _keys(point: Point, seen: Source, text: str) -> list[int]:
    """Keys of what fits every part of the text, in the sequence of its first part."""
    parts = [_fitting(point, seen, wishes) for wishes in readings(text)]
    fits_all = [key for key in parts[0] if all(key in part for part in parts[1:])] if parts else []
    return list(dict.fromkeys([*look_up.in_place(seen, text.strip().upper()), *fits_all]))


def _fitting(point: Point, seen: Source, wishes: Sequence[Wanted]) -> list[int]:
    today = point.today()
    return [key for wish in wishes for key in look_up.by_word(seen, wish, today, MOST_PER_WORD)]


def _found_row(view: OrderView, text: str) -> BoardOrder:
    return replace(order_row(view), by_number=fits_by_number(view.order, text))


def _is_history(point: Point, view: OrderView) -> bool:
    gone = view.state in OVER and view.order.pickup_date < point.today()
    return gone and not places_of(view)
