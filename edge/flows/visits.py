"""Pickups in progress, as the screen needs them: in memory only, forgotten by a restart.

Rule: a value goes in with the time it changed, a screen comes out for the time asked.
"""

from __future__ import annotations

import threading
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from edge.core.masking import mask_name
from edge.core.order import OrderRef, Progress
from edge.core.places import COUNTER, Place, PlaceKind
from edge.core.view import OrderView, ParcelView
from edge.flows.bearer import Bearer
from edge.flows.screen import Bag, Card, CardKind, Screen, Siblings, Step

SECONDS_SHOWN = {
    CardKind.DONE: 4.0,
    CardKind.REFUSED: 12.0,
    CardKind.STUCK: 30.0,
    CardKind.TAKE_FROM_SHELF: 180.0,
    CardKind.TAKE_AT_COUNTER: 60.0,
    CardKind.ASK_OPENED: 60.0,
}
"""How long a card stays by itself; a door that stands open has no limit."""
SIBLINGS_SHOWN = 12.0
"""How long at least a card stays that asks whether to take other orders, too."""
IN_PROGRESS = frozenset(
    {
        CardKind.OPENING,
        CardKind.OPEN,
        CardKind.LEFT_OPEN,
        CardKind.NOT_OPENING,
        CardKind.ASK_OPENED,
        CardKind.TAKE_FROM_SHELF,
    }
)
STANDING_OPEN = frozenset({CardKind.OPEN, CardKind.LEFT_OPEN})
MOST_CARDS = 6


@dataclass(frozen=True, slots=True)
class Visit:
    """One order being collected now, at one of its places."""

    bearer: Bearer
    card: Card
    changed: float

    @property
    def ref(self) -> OrderRef:
        return self.bearer.ref

    def expires(self) -> float | None:
        """When this card goes by itself, in boot seconds."""
        shown = SECONDS_SHOWN.get(self.card.kind)
        if shown is not None and self.card.siblings is not None:
            shown = max(shown, SIBLINGS_SHOWN)
        return None if shown is None else self.changed + shown


class Visits:
    """The visits of the moment, newest first, and at most one refusal of a stranger's code."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: list[Visit] = []

    def show(self, visit: Visit) -> None:
        """Put this visit in front; it replaces the same order's older one and any refusal.

        One in progress is never forgotten for want of room: its next place waits for its door.
        """
        with self._lock:
            kept = [old for old in self._visits if not _replaced_by(old, visit)]
            room = MOST_CARDS - 1
            self._visits = [visit, *kept[:room], *filter(_moving, kept[room:])]

    def turn(self, position: int, kind: CardKind, seconds: float, *, may_reopen: bool) -> None:
        """The visit of this hand-over, if there is one, shows another kind of card."""
        with self._lock:
            self._visits = [
                replace(
                    visit,
                    card=replace(visit.card, kind=kind, may_reopen=may_reopen),
                    changed=seconds,
                )
                if visit.card.position == position
                else visit
                for visit in self._visits
            ]

    def tell_of_siblings(self, number: int, siblings: Siblings | None) -> None:
        """The card that asks under that number says something else of the other orders."""
        with self._lock:
            self._visits = [
                replace(old, card=replace(old.card, siblings=siblings))
                if _number(old.card) == number
                else old
                for old in self._visits
            ]

    def of_siblings(self, number: int) -> Visit | None:
        """The visit whose card asks about other orders under that number."""
        with self._lock:
            return next((v for v in self._visits if _number(v.card) == number), None)

    def forget(self, position: int) -> None:
        """Nobody visits this hand-over any more."""
        with self._lock:
            self._visits = [v for v in self._visits if v.card.position != position]

    def of_order(self, ref: OrderRef, seconds: float) -> Visit | None:
        """The visit of this order that is in progress."""
        return next((v for v in self._alive(seconds) if v.ref == ref and _moving(v)), None)

    def of_position(self, position: int) -> Visit | None:
        """The visit of this hand-over."""
        with self._lock:
            return next((v for v in self._visits if v.card.position == position), None)

    def ended(self, seconds: float) -> list[Visit]:
        """Take out what has had its time; returned so that lights can go out."""
        with self._lock:
            over = [v for v in self._visits if (v.expires() or seconds + 1) <= seconds]
            self._visits = [v for v in self._visits if v not in over]
            return over

    def standing_open_since(self, seconds: float) -> list[Visit]:
        """Cards that have said open, and nothing else, at least since then."""
        with self._lock:
            return [
                v for v in self._visits if v.card.kind in STANDING_OPEN and v.changed <= seconds
            ]

    def screen(self, version: int, seconds: float, collected: Container[int] = ()) -> Screen:
        """What to show at this moment; `collected`: the hand-overs whose goods were seen to go."""
        alive = self._alive(seconds)
        ends = [expires for expires in (visit.expires() for visit in alive) if expires is not None]
        return Screen(
            version=version,
            cards=tuple(_counted(visit.card, collected) for visit in alive[:MOST_CARDS]),
            expires_in=max(min(ends) - seconds, 0.05) if ends else None,
        )

    def _alive(self, seconds: float) -> list[Visit]:
        with self._lock:
            return [v for v in self._visits if (v.expires() or seconds + 1) > seconds]


def _counted(card: Card, collected: Container[int]) -> Card:
    opened = tuple(replace(bag, taken=bag.position in collected) for bag in card.opened)
    return replace(card, opened=opened)


def _number(card: Card) -> int | None:
    return None if card.siblings is None else card.siblings.number


def _moving(visit: Visit) -> bool:
    return visit.card.kind in IN_PROGRESS


def _replaced_by(old: Visit, new: Visit) -> bool:
    return old.ref == new.ref or old.card.kind in {CardKind.REFUSED, CardKind.DONE}


def first_card(view: OrderView, parcel: ParcelView, place: Place | None, position: int) -> Card:
    """The card a released parcel begins with."""
    return Card(
        kind=_opening_kind(place),
        place_id=COUNTER if place is None else place.place_id,
        position=position,
        bags=1,
        zone=parcel.parcel.zone,
        opened=(Bag(position, parcel.parcel.zone),),
        steps=steps(view.parcels, parcel),
        name_masked=mask_name(view.order.customer.name),
        case_code=case_code(None if place is None else place.place_id, position),
        language=view.order.customer.language,
    )


def case_code(place_id: str | None, position: int) -> str:
    """A short code that lets the leader find the case: the place, and the record's last digits."""
    return f"{place_id or 'C'}-{position % 1000:03d}"


def _opening_kind(place: Place | None) -> CardKind:
    if place is None:
        return CardKind.TAKE_AT_COUNTER
    return CardKind.OPENING if place.kind is PlaceKind.DOOR else CardKind.TAKE_FROM_SHELF


def steps(parcels: Iterable[ParcelView], current: ParcelView) -> tuple[Step, ...]:
    """One step a parcel, in the order's own sequence; none for an order of one parcel."""
    listed = tuple(
        Step(
            place_id=_place_of(parcel),
            zone=parcel.parcel.zone,
            done=parcel.progress is Progress.COLLECTED,
            current=parcel.key == current.key,
        )
        for parcel in parcels
    )
    return listed if len(listed) > 1 else ()


def _place_of(parcel: ParcelView) -> str:
    if parcel.hand_over is not None:
        return parcel.hand_over.place_id
    return COUNTER if parcel.place_id is None else parcel.place_id
