"""The commands that somebody asked for, and what came of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from peewee import Database

from edge.core.envelope import Envelope
from edge.core.events import EventType
from sync.cloud.tables import CloudCommand, insert, select, update


class CommandState(StrEnum):
    """Where a command stands; the point's own event is the last word."""

    WAITING = "waiting"
    SENT = "sent"
    APPLIED = "applied"
    REJECTED = "rejected"
    EXPIRED = "expired"


OUTCOMES: Mapping[str, CommandState] = {
    EventType.COMMAND_APPLIED: CommandState.APPLIED,
    EventType.COMMAND_REJECTED: CommandState.REJECTED,
}
_COLUMNS = "command_id, point_id, command, arguments, state, asked_ms, outcome"


def ask(database: Database, row: Mapping[str, object]) -> None:
    """Let a command wait for its point's challenge."""
    insert(database, CloudCommand, {**row, "state": CommandState.WAITING.value, "outcome": None})


def points_waited_for(database: Database, now_ms: int) -> list[str]:
    """The points whose challenge is wanted now."""
    sql = "SELECT DISTINCT point_id FROM command WHERE state = ? AND ends_ms > ?"
    return [point_id for (point_id,) in select(database, sql, CommandState.WAITING.value, now_ms)]


def take_next(database: Database, point_id: str, now_ms: int) -> tuple[str, str, str] | None:
    """The oldest waiting command of a point (id, name, arguments), marked as sent."""
    update(
        database,
        "UPDATE command SET state = ? WHERE state IN (?, ?) AND ends_ms <= ?",
        *(CommandState.EXPIRED.value, CommandState.WAITING.value, CommandState.SENT.value, now_ms),
    )
    found = select(
        database,
        "SELECT command_id, command, arguments FROM command WHERE point_id = ? AND state = ?"
        " ORDER BY asked_ms, command_id LIMIT 1",
        *(point_id, CommandState.WAITING.value),
    )
    if not found:
        return None
    command_id, name, arguments = found[0]
    sql = "UPDATE command SET state = ? WHERE command_id = ?"
    update(database, sql, CommandState.SENT.value, command_id)
    return str(command_id), str(name), str(arguments)


def note_outcome(database: Database, event: Envelope) -> None:
    """What the point says of a command of its own; what was applied stays applied."""
    state, command_id = OUTCOMES.get(event.type), event.data.get("command_id")
    if state is None or not isinstance(command_id, str) or not command_id.isprintable():
        return
    update(
        database,
        "UPDATE command SET state = ?, outcome = ? WHERE command_id = ? AND point_id = ?"
        " AND state <> ?",
        *(state.value, json.dumps(event.data, ensure_ascii=False), command_id, event.point_id),
        CommandState.APPLIED.value,
    )


def find(database: Database, command_id: str) -> dict[str, Any] | None:
    """One command as people and programs see it."""
    rows = select(database, f"SELECT {_COLUMNS} FROM command WHERE command_id = ?", command_id)  # noqa: S608 - our own columns
    return _shown(rows[0]) if rows else None


def listing(database: Database) -> list[dict[str, Any]]:
    """All commands, oldest first."""
    rows = select(database, f"SELECT {_COLUMNS} FROM command ORDER BY asked_ms, command_id")  # noqa: S608 - our own columns
    return [_shown(row) for row in rows]


def _shown(row: tuple[Any, ...]) -> dict[str, Any]:
    shown = dict(zip(_COLUMNS.split(", "), row, strict=True))
    shown["arguments"] = json.loads(shown["arguments"])
    shown["outcome"] = shown["outcome"] and json.loads(shown["outcome"])
    return shown
