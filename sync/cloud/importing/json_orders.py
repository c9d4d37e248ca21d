"""Our own JSON: an array of orders, each with the CSV's order columns and its `lines`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from edge.core.ids import is_order_id
from edge.errors import MalformedMessage
from sync.cloud.importing.columns import (
    LINE_COLUMNS,
    ORDER_COLUMNS,
    Column,
    draft_line,
    draft_order,
    read_cells,
)
from sync.cloud.importing.doubts import doubts
from sync.cloud.importing.draft import DoubtfulCell, DraftLine, DraftOrder, Reading, RefusedRow

MAX_LINES = 200
OUT = "both stay out"
_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)


def read_json(data: bytes, name: str) -> Reading:
    """Orders and refused ones; MalformedMessage when the file as a whole cannot be read."""
    drafts: dict[str, DraftOrder] = {}
    refused: list[RefusedRow] = []
    doubtful: list[DoubtfulCell] = []
    seen: dict[str, DraftOrder] = {}
    for number, (line, value) in enumerate(_members(_text(data, name), name), start=1):
        place = _place(number, value)
        try:
            draft = replace(_order(line, value), place=place)
            before = seen.setdefault(draft.order_id, draft)
            twice = f"order {draft.order_id} comes twice"
            if replace(draft, line=before.line, place=before.place) != before:
                # Which of the two is true, nobody can tell.
                drafts.pop(draft.order_id, None)
                raise ValueError(f"{twice}, with other words than on line {before.line}: {OUT}")
            if before is not draft:
                raise ValueError(f"{twice}; it stood on line {before.line}")
            drafts[draft.order_id] = draft
            doubtful += _doubts(line, value)
        except ValueError as error:
            refused.append(RefusedRow(line, f"{place}{error}"))
    return Reading(tuple(drafts.values()), tuple(refused), doubtful=tuple(doubtful))


def _doubts(line: int, order: object) -> Iterator[DoubtfulCell]:
    """Of an order that was read, so that whatever is no text has had its say."""
    for part in (order, *order["lines"]) if isinstance(order, Mapping) else ():
        texts = {name: value for name, value in part.items() if isinstance(value, str)}
        yield from doubts(line, texts)


def _place(number: int, value: object) -> str:
    """Which order it is: a line says little where a whole file is one line."""
    order_id = value.get("order_id") if isinstance(value, Mapping) else None
    known = isinstance(order_id, str) and is_order_id(order_id)
    return f"order {number} ({order_id}): " if known else f"order {number}: "


def _order(line: int, value: object) -> DraftOrder:
    if not isinstance(value, Mapping):
        raise ValueError("an order must be an object")
    fields = dict(value)
    lines = fields.pop("lines", None)
    values = _values(ORDER_COLUMNS, fields)
    if not isinstance(lines, list) or not 1 <= len(lines) <= MAX_LINES:
        raise ValueError(f"lines must be an array of 1 to {MAX_LINES} objects")
    return draft_order(line, values, [_line(index, row) for index, row in enumerate(lines)])


def _line(index: int, value: object) -> DraftLine:
    if not isinstance(value, Mapping):
        raise ValueError(f"lines[{index}] must be an object")
    try:
        return draft_line(_values(LINE_COLUMNS, value))
    except ValueError as error:
        raise ValueError(f"lines[{index}].{error}") from None


def _values(columns: Sequence[Column], fields: Mapping[str, object]) -> dict[str, object]:
    unknown = sorted(set(fields) - {column.name for column in columns})
    if unknown:
        raise ValueError(f"{unknown[0][:40]} is not a known field")
    for name, value in fields.items():
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{name} must be a text or a number")
    return read_cells(columns, {name: str(value or "") for name, value in fields.items()})


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _broken(name, data[: error.start].count(b"\n") + 1, "is not UTF-8") from None


def _members(text: str, name: str) -> Iterator[tuple[int, object]]:
    at = _skip(text, 0)
    line, counted = 1, 0
    closer = text[at : at + 1] == "["
    at = _skip(text, at + 1)
    while closer and text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            where = getattr(error, "lineno", line)
            raise _broken(name, where, "is not JSON there") from None
        yield line, value
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            closer = False
    if not closer or text[at + 1 :].strip(_SPACE):
        raise _broken(name, line, "must be one array of orders")


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _SPACE:
        at += 1
    return at


def _broken(name: str, line: int, what: str) -> MalformedMessage:
    return MalformedMessage(
        f"{name}, line {line}: the file {what}; nothing was imported.",
        "Correct it there; 'pickup-cloud import --help' describes the form.",
    )
