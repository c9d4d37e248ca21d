"""Our own CSV: a header, then one row (= one line of the file) per order line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from edge.core.ids import is_order_id
from edge.errors import MalformedMessage
from sync.cloud.importing.columns import (
    LINE_COLUMNS,
    ORDER_COLUMNS,
    draft_line,
    draft_order,
    read_cells,
)
from sync.cloud.importing.draft import DraftLine, DraftOrder, Reading, RefusedRow
from sync.cloud.importing.text import fault_of, lines_of


@dataclass(slots=True)
class _Order:
    """An order whose rows are being read; `broken` once one of them is refused."""

    order_id: str
    line: int
    values: dict[str, object] = field(default_factory=dict)
    lines: list[DraftLine] = field(default_factory=list)
    broken: bool = False


@dataclass(slots=True)
class _Reader:
    """`order` is the one that the last row named; `returned` when it had ended before that."""

    orders: dict[str, _Order] = field(default_factory=dict)
    refused: list[RefusedRow] = field(default_factory=list)
    order: _Order | None = None
    returned: bool = False

    def row(self, number: int, cells: Mapping[str, str]) -> None:
        self._turn_to(number, cells["order_id"].strip())
        try:
            self._add(number, cells)
        except ValueError as error:
            self._refuse(number, str(error))

    def broken_line(self, number: int, order_id: str, reason: str) -> None:
        """A line that is no row; with an order of its own, or else of the order around it."""
        self._turn_to(number, order_id)
        self._refuse(number, reason)

    def finish(self) -> Reading:
        """Only now: even the last row may show that the first order was not whole."""
        drafts: list[DraftOrder] = []
        for order in self.orders.values():
            if order.broken:
                continue
            try:
                drafts.append(draft_order(order.line, order.values, order.lines))
            except ValueError as error:
                self.refused.append(RefusedRow(order.line, str(error)))
        return Reading(tuple(drafts), tuple(self.refused))

    def _turn_to(self, number: int, order_id: str) -> None:
        """An empty id continues the order of the row above."""
        if not order_id or (self.order and self.order.order_id == order_id):
            return
        self.returned = order_id in self.orders
        self.order = self.orders.setdefault(order_id, _Order(order_id, number))

    def _add(self, number: int, cells: Mapping[str, str]) -> None:
        order = self.order
        if order is None:
            raise ValueError("order_id is missing, and no order stands above that it continues")
        if self.returned:
            raise ValueError(
                f"order {order.order_id[:40]} comes twice; its rows began on line {order.line}"
                " and must stand together"
            )
        if number == order.line:
            order.values.update(read_cells(ORDER_COLUMNS, cells))
        elif order.values:
            _check_same(order, cells)
        order.lines.append(draft_line(read_cells(LINE_COLUMNS, cells)))

    def _refuse(self, number: int, reason: str) -> None:
        if self.order is not None:
            # It would miss a line, and nobody would know.
            self.order.broken = True
            reason = f"{reason}; order {self.order.order_id[:40]} stays out"
        self.refused.append(RefusedRow(number, reason))


def read_csv(data: bytes, name: str) -> Reading:
    """Orders and refused rows; MalformedMessage when the file as a whole cannot be read."""
    lines = lines_of(data, name)
    header = _header(lines, name)
    reader = _Reader()
    for number, line in lines:
        if not line.replace(",", "").strip():
            continue  # a spreadsheet saves an empty row as commas
        try:
            reader.row(number, _cells(header, line))
        except (ValueError, csv.Error) as error:
            reader.broken_line(number, _likely_order(header, line), str(error))
    return reader.finish()


def _header(lines: Iterator[tuple[int, str]], name: str) -> Sequence[str]:
    first = next(lines, (1, ""))[1]
    header = [] if fault_of(first) else [cell.strip() for cell in next(csv.reader([first]), [])]
    known = {column.name for column in (*ORDER_COLUMNS, *LINE_COLUMNS)}
    required = [c.name for c in (*ORDER_COLUMNS, *LINE_COLUMNS) if c.required]
    missing = [column for column in required if column not in header]
    unknown = [column for column in header if column not in known]
    twice = sorted({column for column in header if header.count(column) > 1})
    for columns, fault in ((missing, "lacks"), (unknown, "has unknown"), (twice, "repeats")):
        if columns:
            shown = ", ".join(repr(column[:40]) for column in columns[:10])
            raise MalformedMessage(
                f"The header of {name} {fault} columns: {shown}; nothing was imported.",
                "See 'pickup-cloud import --help' for the columns.",
            )
    return header


def _cells(header: Sequence[str], line: str) -> dict[str, str]:
    fault = fault_of(line)
    if fault is not None:
        raise ValueError(fault)
    cells = _split(line)
    if len(cells) != len(header):
        raise ValueError(f"the row has {len(cells)} cells, the header has {len(header)}")
    return dict(zip(header, cells, strict=True))


def _split(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise ValueError("a quote opened here is never closed") from None
        raise


def _likely_order(header: Sequence[str], line: str) -> str:
    """The order that a broken line seems to name; empty when it names none."""
    at = header.index("order_id")
    cells = line.split(",", at + 1)
    order_id = cells[at].strip() if len(cells) > at else ""
    return order_id if is_order_id(order_id) else ""


def _check_same(order: _Order, cells: Mapping[str, str]) -> None:
    given = {name: text for name, text in cells.items() if text.strip()}
    for column in ORDER_COLUMNS:
        if column.name in given:
            value = read_cells([column], given)[column.name]
            if value != order.values.get(column.name):
                raise ValueError(
                    f"{column.name} differs from the order's first row, line {order.line}"
                )
