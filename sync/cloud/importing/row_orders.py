"""One row per order line becomes orders; one bad row keeps its whole order out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.cloud.importing.columns import (
    LINE_COLUMNS,
    ORDER_COLUMNS,
    draft_line,
    draft_order,
    read_cells,
)
from sync.cloud.importing.draft import DraftLine, DraftOrder, RefusedRow

_OF_AN_ORDER = {column.name for column in ORDER_COLUMNS}


@dataclass(slots=True)
class _Order:
    """An order whose rows are being read; `broken` once one of them is refused."""

    order_id: str
    line: int
    values: dict[str, object] = field(default_factory=dict)
    lines: list[DraftLine] = field(default_factory=list)
    broken: bool = False


@dataclass(slots=True)
class OrderRows:
    """`order` is the one that the last row named; `returned` when it had ended before that.

    Below a sum nobody can tell whose a row without an order_id is.
    """

    orders: dict[str, _Order] = field(default_factory=dict)
    refused: list[RefusedRow] = field(default_factory=list)
    order: _Order | None = None
    returned: bool = False
    below_sum: bool = False

    def row(self, number: int, cells: Mapping[str, str]) -> None:
        """One order line with the columns of its order beside it."""
        self._turn_to(number, cells.get("order_id", ""))
        try:
            self._add(number, cells)
        except ValueError as error:
            self._refuse(number, str(error))

    def broken_row(self, number: int, order_id: str, reason: str) -> None:
        """A row that cannot be read; with an order of its own, or else of the order around it."""
        self._turn_to(number, order_id)
        self._refuse(number, reason)

    def sum_row(self) -> None:
        """A row that sums up others: no order goes on below it without being named."""
        self.below_sum = True

    def finish(self) -> tuple[DraftOrder, ...]:
        """The whole orders; only now, as even the last row may show that the first was not."""
        drafts: list[DraftOrder] = []
        for order in self.orders.values():
            if order.broken:
                continue
            try:
                drafts.append(draft_order(order.line, order.values, order.lines))
            except ValueError as error:
                self.refused.append(RefusedRow(order.line, str(error)))
        return tuple(drafts)

    def _turn_to(self, number: int, order_id: str) -> None:
        """An empty id continues the order of the row above."""
        if not order_id:
            return
        self.below_sum = False
        if self.order and self.order.order_id == order_id:
            return
        self.returned = order_id in self.orders
        self.order = self.orders.setdefault(order_id, _Order(order_id, number))

    def _add(self, number: int, cells: Mapping[str, str]) -> None:
        order = self.order
        if order is None:
            raise ValueError("order_id is missing, and no order stands above that it continues")
        if self.below_sum:
            raise ValueError(
                "order_id is missing below a sum, where nobody can tell whose row it is"
            )
        if self.returned:
            raise ValueError(
                f"order {order.order_id[:40]} comes twice; its rows began on line {order.line}"
                " and must stand together"
            )
        if number == order.line:
            values = read_cells((*ORDER_COLUMNS, *LINE_COLUMNS), cells)
            order.values.update((name, values.pop(name)) for name in _OF_AN_ORDER & values.keys())
        else:
            _check_same(order, cells)
            values = read_cells(LINE_COLUMNS, cells)
        order.lines.append(draft_line(values))

    def _refuse(self, number: int, reason: str) -> None:
        if self.order is not None:
            # It would miss a line, and nobody would know.
            self.order.broken = True
            reason = f"{reason}; order {self.order.order_id[:40]} stays out"
        self.refused.append(RefusedRow(number, reason))


def _check_same(order: _Order, cells: Mapping[str, str]) -> None:
    if not order.values:
        return  # its first row was refused
    given = {name: text for name, text in cells.items() if text.strip()}
    for column in ORDER_COLUMNS:
        if column.name in given:
            value = read_cells([column], given)[column.name]
            if value != order.values.get(column.name):
                raise ValueError(
                    f"{column.name} differs from the order's first row, line {order.line}"
                )
