"""What a customer's screen shows, as values; pages only render them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from edge.core.order import Zone
from edge.core.reasons import Reason


class CardKind(StrEnum):
    """One thing a customer is told."""

    OPENING = "opening"
    OPEN = "open"
    LEFT_OPEN = "left_open"
    NOT_OPENING = "not_opening"
    ASK_OPENED = "ask_opened"
    TAKE_FROM_SHELF = "take_from_shelf"
    TAKE_AT_COUNTER = "take_at_counter"
    DONE = "done"
    STUCK = "stuck"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Step:
    """One place of a pickup that has several: done, current, or still to come."""

    place_id: str
    zone: Zone
    done: bool
    current: bool


@dataclass(frozen=True, slots=True)
class OtherPoint:
    """Where a pass for another point is good, as the cloud described that point."""

    point_id: str
    name: str
    address: str
    hours: str


@dataclass(frozen=True, slots=True)
class Siblings:
    """The same customer's other orders that wait here; `number` answers (`take_siblings`).

    `wanted`: the customer said so, and they come one after the other.
    """

    number: int
    orders: int
    bags: int
    due: int = 0
    wanted: bool = False


@dataclass(frozen=True, slots=True)
class Bag:
    """What one hand-over is of, and whether it was seen to go."""

    position: int
    zone: Zone
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One pickup, or one refusal, on the screen; the newest is the large one.

    `position` answers questions (`answer`, `reopen`); `at` is when it was collected,
    by a neighbour's sub-pass if `by_neighbour`;
    `eta` when goods are expected and still to come; `case_code` is small print for the leader;
    `wait_seconds`: how long the keypad was locked for; `opened`: every bag that the same
    scan opened something for so far, over all its orders, each once.
    """

    kind: CardKind
    place_id: str | None = None
    position: int | None = None
    bags: int = 0
    zone: Zone | None = None
    steps: tuple[Step, ...] = ()
    name_masked: str = ""
    reason: Reason | None = None
    at: datetime | None = None
    by_neighbour: bool = False
    eta: datetime | None = None
    other_point: OtherPoint | None = None
    case_code: str | None = None
    language: str | None = None
    may_reopen: bool = False
    wait_seconds: int | None = None
    siblings: Siblings | None = None
    opened: tuple[Bag, ...] = ()

    @property
    def taken(self) -> tuple[Zone, ...]:
        """Every bag of this scan that was seen to go, over all its orders."""
        return tuple(bag.zone for bag in self.opened if bag.taken)

    @property
    def taken_by_zone(self) -> Mapping[Zone, int]:
        """How many bags of each temperature zone that are."""
        return Counter(sorted(self.taken))

    @property
    def all_taken(self) -> bool:
        """Whether nothing that this scan opened something for is still behind its door."""
        return all(bag.taken for bag in self.opened)

    @property
    def wants_siblings(self) -> bool:
        """Whether the customer's other orders come after this one."""
        return self.siblings is not None and self.siblings.wanted


@dataclass(frozen=True, slots=True)
class Screen:
    """All cards, newest first; none means idle. `expires_in`: seconds until it changes alone."""

    version: int
    cards: tuple[Card, ...]
    expires_in: float | None
