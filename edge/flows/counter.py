"""What scanners and pages call: one scan in, one answer out, and the screen of the moment."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count

from edge.core import credential as passes
from edge.core.decision import TELLS_OF_SIBLINGS, Release, Reopen, SeenOpen
from edge.core.order import OrderRef
from edge.core.places import PlaceKind
from edge.core.reasons import NOT_AUTHENTIC, Reason, Refusal
from edge.core.view import ConfirmedBy
from edge.devices.cabinet import DoorReport, DoorState, ReportKind
from edge.errors import StoreCorrupt
from edge.flows import codes, guidance
from edge.flows.bearer import Bearer
from edge.flows.confirm import confirm, note_door, report_stuck
from edge.flows.hand_over import HandedOver, hand_on, hand_over
from edge.flows.point import Point
from edge.flows.screen import Bag, Card, CardKind, Screen, Siblings
from edge.flows.siblings import siblings_of
from edge.flows.visits import STANDING_OPEN, Visit, Visits, first_card

log = logging.getLogger(__name__)

BLIND_SECONDS = 60.0
"""How long a card may say open while the door's sensor says nothing."""
STRANGER = Bearer.by_leader(OrderRef("", ""), "")
"""Whose code proved nothing: nobody in particular."""


class ScanOutcome(StrEnum):
    """What a scan led to; showing the pass again while its door moves is released, too."""

    RELEASED = "released"
    REOPENED = "reopened"
    REFUSED = "refused"


def hand_over_of(report: DoorReport) -> int | None:
    """Which hand-over a door reports about; a command's token is negative, and no hand-over's."""
    return report.token if report.token is not None and report.token > 0 else None


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The answer to a scan, for pages and programs."""

    outcome: ScanOutcome
    reason: Reason | None = None
    order_id: str | None = None
    places: tuple[str, ...] = ()


class Counter:
    """The counter of one point: it hands over, and keeps the screen's cards."""

    def __init__(self, point: Point) -> None:
        self._point = point
        self._visits = Visits()
        # Begun at the time since boot: a page from before a restart asks under no number of now.
        self._numbers = count(int(point.clock.seconds() * 1000))

    def scan(self, text: str) -> ScanResult:
        """A code was shown: hand over, re-open, or say why not."""
        return self._counted(self._judge(text))

    def _judge(self, text: str) -> ScanResult:
        credential = passes.verify(text, self._point.memory.keys, self._point.clock.now())
        if isinstance(credential, Refusal):
            return self._refuse(credential, STRANGER)
        bearer = Bearer.of_pass(credential)
        return self._serve(bearer, lambda: hand_over(self._point, credential))

    def enter_code(self, text: str) -> ScanResult:
        """Digits were typed: once it is known whose they are, the same way as a pass."""
        bearer = codes.identify(self._point, text)
        if isinstance(bearer, Refusal):
            return self._counted(self._refuse(bearer, STRANGER))
        return self._counted(self._serve(bearer, lambda: hand_on(self._point, bearer)))

    def _counted(self, result: ScanResult) -> ScanResult:
        reason = None if result.reason is None else result.reason.value
        self._point.memory.tallies.count_scan(result.outcome.value, reason)
        return result

    def keypad_locked_seconds(self) -> int:
        """For how long the keypad takes no code; 0 where it does."""
        return codes.locked_seconds(self._point)

    def present(
        self,
        handed: HandedOver | Refusal,
        bearer: Bearer,
        *,
        wanted: bool = False,
        opened: tuple[Bag, ...] = (),
    ) -> ScanResult:
        """Put what was decided on the screen, with what else waits for this customer.

        `opened`: the bags that the same scan opened something for before.
        """
        if isinstance(handed, Refusal):
            return self._refuse(handed, bearer, opened)
        decision, place = handed.decision, self._point.places.get(handed.place_id)
        card = first_card(decision.view, decision.parcel, place, handed.position)
        siblings = self._siblings(bearer, wanted=wanted)
        before = tuple(bag for bag in opened if bag.position != handed.position)
        self._show(bearer, replace(card, siblings=siblings, opened=(*before, *card.opened)))
        if isinstance(decision, Release):
            self._point.memory.tallies.count_hand_over(bearer.trust)
        if isinstance(decision, SeenOpen):
            self._turn(handed.position, CardKind.OPEN)
        outcome = ScanOutcome.REOPENED if isinstance(decision, Reopen) else ScanOutcome.RELEASED
        return ScanResult(outcome, order_id=bearer.ref.order_id, places=(handed.place_id,))

    def answer(self, position: int, *, took: bool) -> None:
        """A customer says whether the door opened, or that the bag was taken from the shelf."""
        visit = self._visits.of_position(position)
        if visit is None or visit.card.kind not in guidance.QUESTIONS:
            return
        self._lights_out(visit)
        if took:
            confirm(self._point, position, ConfirmedBy.CUSTOMER)
            self._move_on(visit)
        else:
            report_stuck(self._point, position)
            self._turn(position, CardKind.STUCK)

    def reopen(self, position: int) -> ScanResult:
        """The customer asks for the same compartment once more, inside the grace."""
        visit = self._visits.of_position(position)
        if visit is None or not visit.card.may_reopen:
            return ScanResult(ScanOutcome.REFUSED, Reason.ALREADY_COLLECTED)
        handed = hand_on(self._point, visit.bearer)
        return self.present(handed, visit.bearer, opened=visit.card.opened)

    def take_siblings(self, number: int, *, now: bool) -> None:
        """The customer wants the other orders, too: after this one's door has closed, or now."""
        visit = self._visits.of_siblings(number)
        asked = None if visit is None else visit.card.siblings
        if visit is None or asked is None:
            return
        if now or visit.card.kind in {CardKind.DONE, CardKind.REFUSED}:
            self._next_order(visit)
        else:
            self._visits.tell_of_siblings(number, replace(asked, wanted=True))
        self._point.news.bump()

    def heard(self, report: DoorReport) -> None:
        """A door reported: commit its outcome, then show it."""
        position = hand_over_of(report)
        try:
            self._keep(report, position)
        except StoreCorrupt as error:
            # This order needs a person; the next door's report must still be heard.
            log.error("door_not_booked", extra={"why": error.what})  # noqa: TRY400 - it says all
        if position is not None:
            self._show_report(report.kind, position)
        self._point.news.bump()

    def _keep(self, report: DoorReport, position: int | None) -> None:
        if report.kind in {ReportKind.FORCED, ReportKind.LEFT_OPEN}:
            note_door(self._point, replace(report, token=position))
        elif report.kind is ReportKind.OPENED and position is not None:
            confirm(self._point, position, ConfirmedBy.SENSOR)
        elif report.kind is ReportKind.STUCK and position is not None:
            report_stuck(self._point, position)

    def screen(self) -> Screen:
        """What the customers' screen shows now."""
        seconds = self._point.clock.seconds()
        for visit in self._visits.ended(seconds):
            self._give_up(visit)
        for visit in self._visits.standing_open_since(seconds - BLIND_SECONDS):
            if self._stands_shut(visit):
                self._move_on(visit)
        collected = self._point.memory.collected_at
        return self._visits.screen(self._point.news.version, seconds, collected)

    def finish(self, position: int) -> None:
        """The leader saw these goods go: on to the next place of the order, if it has one."""
        visit = self._visits.of_position(position)
        if visit is not None:
            self._lights_out(visit)
            self._move_on(visit)

    def dismiss(self, position: int) -> None:
        """The leader took this hand-over back: its card has nothing more to say."""
        visit = self._visits.of_position(position)
        if visit is not None:
            self._lights_out(visit)
            self._visits.forget(position)
            self._point.news.bump()

    def _show_report(self, kind: ReportKind, position: int) -> None:
        shown = guidance.CARD_OF_REPORT.get(kind)
        if shown is not None:
            self._turn(position, shown)
        elif kind is ReportKind.CLOSED:
            visit = self._visits.of_position(position)
            if visit is not None and visit.card.kind in STANDING_OPEN:
                self._move_on(visit)

    def _move_on(self, visit: Visit) -> None:
        # What lies at the counter goes from hand to hand, one word of the leader's a bag.
        by_hand = visit.card.kind is CardKind.TAKE_AT_COUNTER
        more = any(not step.done and not step.current for step in visit.card.steps)
        if more and not by_hand:
            handed, card = hand_on(self._point, visit.bearer), visit.card
            self.present(handed, visit.bearer, wanted=card.wants_siblings, opened=card.opened)
        elif visit.card.position is not None:
            at_door = visit.card.kind in STANDING_OPEN
            self._turn(visit.card.position, CardKind.DONE, may_reopen=at_door)
            if visit.card.wants_siblings:
                self._next_order(visit)

    def _next_order(self, visit: Visit) -> None:
        """Hand over the next of the customer's other orders, if one still waits."""
        left = siblings_of(self._point, visit.bearer).refs
        if visit.card.siblings is not None:
            self._visits.tell_of_siblings(visit.card.siblings.number, None)
        if left:
            bearer = visit.bearer.also_for(left[0])
            handed = hand_on(self._point, bearer)
            self.present(handed, bearer, wanted=True, opened=visit.card.opened)

    def _siblings(self, bearer: Bearer, *, wanted: bool) -> Siblings | None:
        found = siblings_of(self._point, bearer)
        if not found.refs and not found.due:
            return None
        more = wanted and bool(found.refs)
        return Siblings(next(self._numbers), len(found.refs), found.bags, found.due, more)

    def _serve(self, bearer: Bearer, hand: Callable[[], HandedOver | Refusal]) -> ScanResult:
        moving = self._visits.of_order(bearer.ref, self._point.clock.seconds())
        if moving is not None and not self._stands_shut(moving):
            return self._bring_to_front(moving)
        return self.present(hand(), bearer)

    def _refuse(self, refusal: Refusal, bearer: Bearer, opened: tuple[Bag, ...] = ()) -> ScanResult:
        if refusal.reason in NOT_AUTHENTIC:
            self._point.memory.count_rubbish()
        card = guidance.refusal_card(refusal, self._point.memory.guidance, self._point.clock.now())
        if refusal.reason in TELLS_OF_SIBLINGS:
            card = replace(card, siblings=self._siblings(bearer, wanted=False))
        self._show(bearer, replace(card, opened=opened))
        order_id = bearer.ref.order_id or None
        return ScanResult(ScanOutcome.REFUSED, refusal.reason, order_id)

    def _bring_to_front(self, visit: Visit) -> ScanResult:
        self._visits.show(visit)
        self._point.news.bump()
        place_id = visit.card.place_id
        places = () if place_id is None else (place_id,)
        return ScanResult(ScanOutcome.RELEASED, order_id=visit.ref.order_id, places=places)

    def _show(self, bearer: Bearer, card: Card) -> None:
        self._visits.show(Visit(bearer, card, self._point.clock.seconds()))
        self._point.news.bump()

    def _turn(self, position: int, kind: CardKind, *, may_reopen: bool = False) -> None:
        self._visits.turn(position, kind, self._point.clock.seconds(), may_reopen=may_reopen)
        self._point.news.bump()

    def _give_up(self, visit: Visit) -> None:
        """Nobody answered: the light goes out, and the next scan may try again."""
        position = visit.card.position
        if position is not None and visit.card.kind in guidance.QUESTIONS:
            self._lights_out(visit)
            in_flight = self._point.memory.in_flight
            self._point.writer.call(lambda _txn: in_flight.discard(position))

    def _stands_shut(self, visit: Visit) -> bool:
        """A card still says open, but nothing says so any more: its sensor may have died."""
        state = self._point.doors.states().get(visit.card.place_id or "")
        return visit.card.kind in STANDING_OPEN and state is not DoorState.OPEN

    def _lights_out(self, visit: Visit) -> None:
        place = self._point.places.get(visit.card.place_id or "")
        if place is not None and place.kind is PlaceKind.SHELF:
            self._point.doors.hide(place.place_id)
