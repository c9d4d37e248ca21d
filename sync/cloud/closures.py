"""What an event says about an order's lines: read out of its data, pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from edge.core.envelope import Envelope
from edge.core.events import EventType
from edge.core.ids import is_issuer, is_order_id
from sync.cloud.presentation import Presentation, read_presentation, refuse

MAX_LINES = 200
LARGEST_NUMBER = 2**63 - 1


class ClosureKind(StrEnum):
    """Lines handed over, taken back to the platform, or a hand-over that did not happen."""

    COLLECTED = "collected"
    RETURNED = "returned"
    ANNULLED = "annulled"


KINDS: Mapping[str, ClosureKind] = {
    EventType.ORDER_COLLECTED: ClosureKind.COLLECTED,
    EventType.ORDER_PARTLY_COLLECTED: ClosureKind.COLLECTED,
    EventType.ORDER_RETURNED: ClosureKind.RETURNED,
    EventType.ORDER_ANNULLED: ClosureKind.ANNULLED,
}


@dataclass(frozen=True, slots=True)
class ClosureFact:
    """One closing, returning or annulling event; `hand_over` numbers it at its point.

    `presented_for`: of which other order the pass or the code was, by which it was asked for.
    """

    event_id: str
    issuer: str
    order_id: str
    point_id: str
    parcel_id: str
    hand_over: int | None
    kind: ClosureKind
    line_ids: tuple[str, ...]
    presented_for: str | None = None
    code_proof: str | None = None


class Progress(StrEnum):
    """What the closures say about a whole order."""

    OPEN = "open"
    PARTLY_COLLECTED = "partly_collected"
    COLLECTED = "collected"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An order's progress, and events that closed a line which another one had closed."""

    progress: Progress
    closed_twice: tuple[str, ...]


def read_closure(event: Envelope) -> ClosureFact | None:
    """The fact in an event; None for other types; MalformedMessage names a broken field."""
    kind = KINDS.get(event.type)
    if kind is None:
        return None
    data = event.data
    order_id = _word(data, "order_id", is_order_id)
    if event.subject != order_id:
        refuse("subject", "must be the order of the data")
    collected = kind is ClosureKind.COLLECTED
    presentation = read_presentation(data, order_id) if collected else Presentation()
    return ClosureFact(
        event_id=event.event_id,
        issuer=_word(data, "issuer", is_issuer),
        order_id=order_id,
        point_id=event.point_id,
        parcel_id=_word(data, "parcel_id", is_issuer),
        hand_over=_hand_over(data, required=kind is not ClosureKind.RETURNED),
        kind=kind,
        line_ids=_line_ids(data, required=collected),
        presented_for=presentation.presented_for,
        code_proof=presentation.code_proof,
    )


def judge_order(line_ids: Sequence[str], facts: Iterable[ClosureFact]) -> Outcome:
    """What an order's facts amount to; the sequence in which they came makes no difference."""
    known = sorted(facts, key=lambda fact: fact.event_id)
    annulled = {_hand_over_of(fact) for fact in known if fact.kind is ClosureKind.ANNULLED}
    in_force = [fact for fact in known if _is_in_force(fact, annulled)]
    closed = Counter(line_id for fact in in_force for line_id in set(fact.line_ids))
    twice = {line_id for line_id, times in closed.items() if times > 1}
    disputed = tuple(fact.event_id for fact in in_force if twice & set(fact.line_ids))[1:]
    return Outcome(_progress(set(line_ids), in_force), disputed)


def _is_in_force(fact: ClosureFact, annulled: set[tuple[str, str, int | None]]) -> bool:
    return fact.kind is not ClosureKind.ANNULLED and _hand_over_of(fact) not in annulled


def _progress(wanted: set[str], facts: Sequence[ClosureFact]) -> Progress:
    by_kind = {
        kind: {line_id for fact in facts if fact.kind is kind for line_id in fact.line_ids}
        for kind in (ClosureKind.COLLECTED, ClosureKind.RETURNED)
    }
    collected, returned = by_kind[ClosureKind.COLLECTED], by_kind[ClosureKind.RETURNED]
    if wanted and wanted <= collected:
        return Progress.COLLECTED
    if wanted and wanted <= collected | returned and not collected:
        return Progress.RETURNED
    return Progress.PARTLY_COLLECTED if collected & wanted else Progress.OPEN


def _hand_over_of(fact: ClosureFact) -> tuple[str, str, int | None]:
    return fact.point_id, fact.parcel_id, fact.hand_over


def _word(data: Mapping[str, object], name: str, rule: object) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not callable(rule) or not rule(value):
        refuse(name, "must be given")
    return value


def _hand_over(data: Mapping[str, object], *, required: bool) -> int | None:
    value = data.get("hand_over")
    if value is None and not required:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST_NUMBER:
        refuse("hand_over", "must be a position in the point's log")
    return value


def _line_ids(data: Mapping[str, object], *, required: bool) -> tuple[str, ...]:
    rows = data.get("lines", [])
    if not isinstance(rows, list) or len(rows) > MAX_LINES or (required and not rows):
        refuse("lines", "must be an array of lines")
    return tuple(_line_id(row) for row in rows)


def _line_id(row: object) -> str:
    if not isinstance(row, Mapping):
        refuse("lines", "must hold objects")
    line_id = _word(row, "line_id", is_order_id)
    for name in ("handed", "short", "damaged", "refused"):
        quantity = row.get(name, 0)
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 0:
            refuse(f"lines.{name}", "must be a quantity")
    return line_id
