"""A table with one row per order line, from a CSV file or a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, islice

from edge.core.ids import is_order_id
from edge.errors import MalformedMessage
from sync.cloud.importing.columns import LINE_COLUMNS, is_sum_word
from sync.cloud.importing.draft import Reading, RepairedCell
from sync.cloud.importing.header import SEARCHED_ROWS, Header, find_header
from sync.cloud.importing.mapping import ImportMapping
from sync.cloud.importing.repair import masked, repair
from sync.cloud.importing.row_orders import OrderRows
from sync.cloud.importing.rows import RawRow
from sync.cloud.importing.tidy import Tidy

MAX_ROWS = 200_000
"""Rows of one file: read whole before anything goes in."""
_OF_A_LINE = {column.name for column in LINE_COLUMNS}


def read_table(
    rows: Iterable[RawRow], name: str, mapping: ImportMapping, most_rows: int = MAX_ROWS
) -> Reading:
    """Orders, refused rows and repaired cells; MalformedMessage when nothing can be read at all."""
    source = iter(rows)
    head = list(islice(source, SEARCHED_ROWS))
    header = find_header(head, mapping, name)
    below = chain((row for row in head if row.number > header.last), source)
    table = _Table(header, Tidy(mapping))
    for row in below:
        table.take(row)
        if table.taken > most_rows:
            raise MalformedMessage(
                f"{name} has more than {most_rows} rows; nothing was imported.",
                "Split it and import the parts.",
            )
    drafts = table.orders.finish()
    if not table.taken:
        raise MalformedMessage(
            f"{name} holds no rows below its header; nothing was imported.",
            "Choose another file, or another sheet with --sheet.",
        )
    notes = (*header.notes(mapping), *table.notes)
    tidy = table.tidy
    return Reading(
        drafts, tuple(table.orders.refused), tuple(tidy.repaired), notes, tuple(tidy.doubtful)
    )


class _Table:
    """The rows below a header, one after the other."""

    def __init__(self, header: Header, tidy: Tidy) -> None:
        self._header = header
        self.tidy = tidy
        self.orders = OrderRows()
        self.notes: list[str] = []
        self.taken = 0

    def take(self, row: RawRow) -> None:
        if not any(cell.strip() for cell in row.cells) and not row.bad:
            return  # a spreadsheet saves an empty row as commas
        if self._header.repeats(row.cells):
            self.notes.append(f"row {row.number} repeats the header and was left aside")
            return
        if self._is_sum(row):
            self.notes.append(f"row {row.number} is a sum and was left aside")
            self.orders.sum_row()
            return
        self.taken += 1
        try:
            cells = self._cells(row)
        except ValueError as error:
            self.orders.broken_row(row.number, self._likely_order(row), str(error))
        else:
            self.orders.row(row.number, self.tidy.cells(row.number, cells))

    def _is_sum(self, row: RawRow) -> bool:
        """A line that people write below their orders: its first word says so.

        Sum is a name as well: a row with an order_id or goods beside the word is an order's.
        """
        ours = sorted((at, name) for name, at in self._header.ours.items() if at < len(row.cells))
        filled = {name: row.cells[at] for at, name in ours if row.cells[at].strip()}
        first = next(iter(filled), "product")
        if first == "product" or not is_sum_word(filled.pop(first)):
            return False
        return not ("order_id" in filled or ("product" in filled and first not in _OF_A_LINE))

    def _cells(self, row: RawRow) -> Mapping[str, str]:
        if row.fault is not None:
            raise ValueError(row.fault)
        width = len(self._header.names)
        given = [*row.cells, *[""] * (0 if row.fixed else width - len(row.cells))]
        if len(given) != width:
            raise ValueError(f"the row has {len(row.cells)} cells, the header has {width}")
        for column, at in self._header.ours.items():
            if at in row.bad:
                raise ValueError(f"{column} {row.bad[at]}")
            if at in row.merged:
                self._take_merged(row, column, at)
        return {column: given[at] for column, at in self._header.ours.items()}

    def _take_merged(self, row: RawRow, column: str, at: int) -> None:
        if column in _OF_A_LINE:
            raise ValueError(f"{column} is merged with the cell above; write it into every row")
        shown = masked(column, row.merged[at])
        self.tidy.repaired.append(RepairedCell(row.number, column, "", shown))

    def _likely_order(self, row: RawRow) -> str:
        """The order that a broken row seems to name; empty when it names none."""
        at = self._header.ours.get("order_id", len(row.cells))
        order_id = repair("order_id", row.cells[at].strip()) if at < len(row.cells) else ""
        # A text's line may have fallen apart, and show anything where its order should stand.
        return order_id if not row.fixed or is_order_id(order_id) else ""
