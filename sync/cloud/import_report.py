"""What became of an imported file: counts, and every row that was refused or repaired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from sync.cloud import output
from sync.cloud.importing.draft import Reading, RefusedRow
from sync.cloud.intake import PutOutcome

WHOLE, NOTHING, PARTLY = 0, 1, 3
"""Exit codes: all of it went in; nothing did; some rows were refused and the others went in."""
SHOWN = 50
"""Lines of a kind on a terminal; --json has all of them."""
_WORDS = {"xlsx": "row", "ofn": "order", "woocommerce": "order"}
"""What counts as a line; a file's lines where nothing stands here."""


class ImportReport:
    """Takes the desk's answers, portion by portion."""

    def __init__(self, name: str, form: str, reading: Reading, *, dry_run: bool) -> None:
        self._name = name
        sheet = f", sheet {reading.sheet!r}" if reading.sheet else ""
        self._place = f"{name}{sheet}, {_WORDS.get(form, 'line')}"
        self._counts_orders = _WORDS.get(form) == "order"
        self._reading = reading
        self._dry_run = dry_run
        self._counts: Counter[str] = Counter()
        self._orders: list[Mapping[str, Any]] = []
        self._not_open: list[Mapping[str, Any]] = []
        self._refused = list(reading.refused)

    def add(self, answer: Mapping[str, Any]) -> None:
        """One portion's answer."""
        self._counts.update({outcome.value: answer[outcome] for outcome in PutOutcome})
        self._refused += [RefusedRow(**row) for row in answer["refused"]]
        self._orders += answer["orders"]
        self._not_open += answer["not_open"]

    @property
    def exit_code(self) -> int:
        if not self._refused:
            return WHOLE
        return PARTLY if self._counts.total() else NOTHING

    def tell(self, *, as_json: bool) -> None:
        """Say it on standard output."""
        self._refused.sort(key=lambda row: row.line)
        if as_json:
            output.json_line(self._document())
            return
        output.line(self._summary())
        for note in self._reading.notes:
            output.line(f"{self._name}: {note}")
        told = (self._outcomes(), self._left(), self._repairs(), self._doubts(), self._refusals())
        for lines in told:
            self._tell_some(list(lines))

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            **{outcome.value: self._counts[outcome] for outcome in PutOutcome},
            "refused": [asdict(row) for row in self._refused],
            "not_open": self._not_open,
            "repaired": [asdict(cell) for cell in self._reading.repaired],
            "doubtful": [asdict(cell) for cell in self._reading.doubtful],
            "sheet": self._reading.sheet,
            "notes": list(self._reading.notes),
            "dry_run": self._dry_run,
        }
        return {**document, "orders": self._orders} if self._dry_run else document

    def _summary(self) -> str:
        rare = {PutOutcome.CANCELLED}
        shown = [each for each in PutOutcome if each not in rare or self._counts[each]]
        done = ", ".join(f"{self._counts[outcome]} {outcome}" for outcome in shown)
        repaired, doubtful = len(self._reading.repaired), len(self._reading.doubtful)
        mended = f", {repaired} cells repaired" if repaired else ""
        mended += f", {doubtful} cells to check" if doubtful else ""
        dry = " (dry run: nothing was written)" if self._dry_run else ""
        return f"{self._name}: {done}, {len(self._refused)} refused{mended}{dry}"

    def _outcomes(self) -> Iterator[str]:
        for order in self._orders if self._dry_run else ():
            yield f"{self._at(order['line'])}: order {order['order_id']}: {order['outcome']}"

    def _left(self) -> Iterator[str]:
        for order in self._not_open:
            place = self._at(order["line"])
            yield f"{place}: order {order['order_id']} is cancelled; it is not open here"

    def _doubts(self) -> Iterator[str]:
        for cell in self._reading.doubtful:
            yield f"{self._at(cell.line)}: {cell.column} {cell.text!r} {cell.reason}; check it"

    def _repairs(self) -> Iterator[str]:
        for cell in self._reading.repaired:
            yield f"{self._at(cell.line)}: {cell.column} {cell.before!r} was read as {cell.after!r}"

    def _refusals(self) -> Iterator[str]:
        for row in self._refused:
            # Where orders are counted, the reason begins with the order.
            place = self._name if self._counts_orders else self._at(row.line)
            yield f"{place}: {row.reason}"

    def _at(self, line: int) -> str:
        return f"{self._place} {line}"

    def _tell_some(self, lines: list[str]) -> None:
        for line in lines[:SHOWN]:
            output.line(line)
        if len(lines) > SHOWN:
            output.line(f"… and {len(lines) - SHOWN} more; --json names all of them")
