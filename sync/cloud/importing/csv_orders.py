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
    """An order whose rows are still being read; `broken` once one of them is refused."""

    line: int
    values: dict[str, object]
    lines: list[DraftLine] = field(default_factory=list)
    broken: bool = False


@dataclass(slots=True)
class _Reader:
    drafts: list[DraftOrder] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    order: _Order | None = None
    order_id: str | None = None

    def row(self, number: int, cells: Mapping[str, str]) -> None:
        order_id = cells.get("order_id", "").strip()
        if order_id != self.order_id:
            self.finish()
            self._begin(number, order_id)
        order = self.order
        if order is None:
            return
        try:
            self._add(order, number, cells)
        except ValueError as error:
            order.broken = True
            self._refuse(number, f"{error}; order {order_id or '?'} stays out")

    def finish(self) -> None:
        order, self.order = self.order, None
        if order is None or order.broken:
            return
        try:
            self.drafts.append(draft_order(order.line, order.values, order.lines))
        except ValueError as error:
            self._refuse(order.line, str(error))

    def broken_line(self, number: int, order_id: str | None, reason: str) -> None:
        """A line that is no row; with an order of its own, or else of the order around it."""
        if order_id is not None and order_id != self.order_id:
            self.finish()
            self._begin(number, order_id)
        if self.order is not None:
            # It would miss a line, and nobody would know.
            self.order.broken = True
            reason = f"{reason}; order {self.order_id} stays out"
        self._refuse(number, reason)

    def _begin(self, number: int, order_id: str) -> None:
        self.order_id = order_id
        first = self.seen.setdefault(order_id, number)
        if order_id and first != number:
            self._refuse(number, f"order {order_id} comes twice; its rows began on line {first}")
            return
        self.order = _Order(number, {})

    def _add(self, order: _Order, number: int, cells: Mapping[str, str]) -> None:
        if number == order.line or not self.order_id:
            order.values.update(read_cells(ORDER_COLUMNS, cells))
        elif order.values:
            _check_same(order, cells)
        order.lines.append(draft_line(read_cells(LINE_COLUMNS, cells)))

    def _refuse(self, number: int, reason: str) -> None:
        self.refused.append(RefusedRow(number, reason))


def read_csv(data: bytes, name: str) -> Reading:
    """Orders and refused rows; MalformedMessage when the file as a whole cannot be read."""
    lines = lines_of(data, name)
    header = _header(lines, name)
    reader = _Reader()
    for number, line in lines:
        if not line.strip():
            continue
        try:
            reader.row(number, _cells(header, line))
        except (ValueError, csv.Error) as error:
            reader.broken_line(number, _likely_order(header, line), str(error))
    reader.finish()
    return Reading(tuple(reader.drafts), tuple(reader.refused))


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
                f"The header of {name} {fault} the columns {shown}; nothing was imported.",
                "See 'pickup-cloud import --help' for the columns.",
            )
    return header


def _cells(header: Sequence[str], line: str) -> dict[str, str]:
    fault = fault_of(line)
    if fault is not None:
        raise ValueError(fault)
    cells = next(csv.reader([line], strict=True))
    if len(cells) != len(header):
        raise ValueError(f"the row has {len(cells)} cells, the header has {len(header)}")
    return dict(zip(header, cells, strict=True))


def _likely_order(header: Sequence[str], line: str) -> str | None:
    """The order that a broken line seems to belong to."""
    at = header.index("order_id")
    cells = line.split(",", at + 1)
    order_id = cells[at].strip() if len(cells) > at else ""
    return order_id if is_order_id(order_id) else None


def _check_same(order: _Order, cells: Mapping[str, str]) -> None:
    given = {name: text for name, text in cells.items() if text.strip()}
    for column in ORDER_COLUMNS:
        if column.name in given:
            value = read_cells([column], given)[column.name]
            if value != order.values.get(column.name):
                raise ValueError(
                    f"{column.name} differs from the order's first row, line {order.line}"
                )
