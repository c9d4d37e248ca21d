"""The change counter of the orders, and the cursor that a point holds into it."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import Database

from sync.cloud.tables import Fact

GENERATION = "generation"
CHANGE = "change"
HELD = "held"
LATER = "later"


@dataclass(frozen=True, slots=True)
class Position:
    """Where the counter of one database stands; another database is another generation."""

    generation: str
    change: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a point has pulled; `held` while it is still in its first full pass."""

    position: Position
    held: bool

    def __str__(self) -> str:
        mode = HELD if self.held else LATER
        return f"{self.position.generation}.{self.position.change}.{mode}"


def current(database: Database) -> Position:
    """Generation and newest change."""
    rows = Fact.select(Fact.name, Fact.value).tuples().execute(database)
    facts = dict(rows)
    return Position(facts[GENERATION], int(facts[CHANGE]))


class ChangeCounter:
    """Numbers changes inside one open transaction; `save` before it ends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last = current(database).change

    def next(self) -> int:
        """The number of the next change."""
        self._last += 1
        return self._last

    def save(self) -> None:
        """Write down where the counter stands."""
        Fact.update(value=str(self._last)).where(Fact.name == CHANGE).execute(self._database)


def read_cursor(text: str, now: Position) -> Cursor | None:
    """The cursor that a point sent; None when this database does not know it."""
    generation, _, rest = text.partition(".")
    change, _, mode = rest.partition(".")
    known = change.isascii() and change.isdigit() and len(change) <= 18 and mode in (HELD, LATER)
    if not known or generation != now.generation or int(change) > now.change:
        return None
    return Cursor(Position(generation, int(change)), mode == HELD)
