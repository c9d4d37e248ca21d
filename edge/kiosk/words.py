"""The sentences that depend on values: places, zones, people, and every way to say no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import ngettext

from edge.clock import Clock
from edge.config import PointIdentity
from edge.core.order import OrderState, Payment, Zone
from edge.core.places import COUNTER, Place, PlaceKind
from edge.core.reasons import Reason
from edge.core.trouble import Trouble
from edge.core.view import AnnulReason
from edge.flows.board import ManualReason
from edge.flows.line import UNREADABLE
from edge.flows.screen import Card
from edge.kiosk.languages import current, say


def mark(sentence: str) -> str:
    """Mark a sentence of a table for the catalogues; it is translated where it is shown."""
    return sentence


def money(payment: Payment) -> str:
    """An amount as people at the counter say it; Taiwan dollars are whole."""
    if payment.currency == "TWD":
        return f"NT${payment.due_minor // 100}"
    return f"{payment.currency} {payment.due_minor / 100:.2f}"


def wait(seconds: int) -> str:
    """How long somebody has to wait: seconds, or from two minutes on, whole minutes."""
    if seconds < 120:
        return str(ngettext("%(num)s second", "%(num)s seconds", seconds))
    return str(ngettext("%(num)s minute", "%(num)s minutes", (seconds + 59) // 60))


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal in words: what happened, what to do now, who helps."""

    headline: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One row of the table below, not yet translated."""

    headline: str
    action: str | None = None
    see_person: bool = False


REFUSALS: Mapping[Reason, Sentence] = {
    Reason.NOT_A_PASS: Sentence(
        mark("This is not a pickup code for this point"),
        mark("Open the pickup QR code in your order and scan it."),
    ),
    Reason.UNKNOWN_KEY: Sentence(
        mark("This code belongs to another platform"),
        mark("Your order says where to collect it."),
    ),
    Reason.BAD_SIGNATURE: Sentence(
        mark("This code could not be verified"),
        mark("Turn up the screen's brightness and scan the original code again."),
        see_person=True,
    ),
    Reason.EXPIRED: Sentence(mark("This pickup QR code has expired"), see_person=True),
    Reason.REISSUED: Sentence(
        mark("A newer code has replaced this one"),
        mark("Open your order and scan the newest pickup QR code."),
    ),
    Reason.WRONG_POINT: Sentence(
        mark("This order is not collected here"),
        mark("Your order says where to collect it."),
    ),
    Reason.UNKNOWN_ORDER: Sentence(
        mark("Your code is genuine, but your order has not reached us yet"),
        see_person=True,
    ),
    Reason.NOT_ARRIVED: Sentence(
        mark("Your order is still on its way"), mark("Please come back a little later.")
    ),
    Reason.NOT_PLACED: Sentence(
        mark("Your order is here and being put away"),
        mark("Please scan again in a few minutes."),
    ),
    Reason.CANCELLED: Sentence(mark("This order was cancelled"), see_person=True),
    Reason.MOVED: Sentence(
        mark("This order has moved to another pickup point"),
        mark("Your order says where to collect it."),
    ),
    Reason.RETURNED: Sentence(mark("This order was sent back"), see_person=True),
    Reason.ALREADY_COLLECTED: Sentence(
        mark("This order has been collected"), mark("Wasn't that you?"), see_person=True
    ),
    Reason.PAYMENT_DUE: Sentence(mark("This order has to be paid first"), see_person=True),
    Reason.DOOR_BLOCKED: Sentence(mark("%(Place)s is out of use for now"), see_person=True),
    Reason.DOOR_OPEN: Sentence(
        mark("%(Place)s is already open"), mark("Please close it, then scan again.")
    ),
    Reason.CABINET_OFFLINE: Sentence(mark("The cabinet is out of service"), see_person=True),
    Reason.SEE_LEADER: Sentence(mark("This order needs a helping hand"), see_person=True),
    Reason.WRONG_CODE: Sentence(
        mark("No order here has this code"),
        mark("Please check the eight digits."),
        see_person=True,
    ),
    Reason.KEYPAD_LOCKED: Sentence(
        mark("Too many wrong codes.\nPlease wait %(wait)s."),
        mark("The scanner still works: show your pickup QR code."),
        see_person=True,
    ),
}
ZONES: Mapping[Zone, str] = {
    Zone.AMBIENT: mark("Ambient"),
    Zone.CHILLED: mark("Chilled"),
    Zone.FROZEN: mark("Frozen"),
}
STATES: Mapping[OrderState, str] = {
    OrderState.EXPECTED: mark("Expected"),
    OrderState.READY: mark("Ready"),
    OrderState.RELEASED: mark("Being collected"),
    OrderState.PARTLY_COLLECTED: mark("Partly collected"),
    OrderState.COLLECTED: mark("Collected"),
    OrderState.CANCELLED: mark("Cancelled"),
    OrderState.RETURNED: mark("Returned"),
    OrderState.MOVED: mark("Moved"),
}
MANUAL_REASONS: Mapping[ManualReason, str] = {
    ManualReason.PHONE_TAIL: mark("Name and phone digits checked"),
    ManualReason.PROXY: mark("Family or neighbour collects"),
    ManualReason.PAPER: mark("Has the order on paper"),
    ManualReason.PHONE_DEAD: mark("Phone flat or left at home"),
    ManualReason.DOOR_FAULT: mark("Door or light is broken"),
}
ANNUL_REASONS: Mapping[AnnulReason, str] = {
    AnnulReason.GOODS_STILL_HERE: mark("Goods still here"),
    AnnulReason.WRONG_CUSTOMER: mark("Wrong customer"),
}
TROUBLES: Mapping[str, str] = {
    Trouble.NONSENSE: mark(
        "The cloud's answer cannot be read. The day goes on with what is known here."
    ),
    Trouble.REVOKED: mark(
        "The platform has revoked this point: no new orders come. Orders that are here are handed "
        "over as usual, and what was not sent is kept. Call the platform."
    ),
    Trouble.UNAUTHORISED: mark(
        "The cloud does not accept this point's credentials. Call the platform."
    ),
    Trouble.SECOND_DEVICE: mark(
        "A second device uses this point's name; each pushes the other off the line. "
        "Pickup works as usual, but the same order could be handed out at both: "
        "switch the other one off and call the platform."
    ),
    Trouble.CERTIFICATE_FOREIGN: mark(
        "The server cannot prove that it is our cloud, so it is told nothing. "
        "Pickup works as usual; call the platform."
    ),
    Trouble.CERTIFICATE_OTHER_NAME: mark(
        "The server has another name than ours, so it is told nothing. "
        "Pickup works as usual; call the platform."
    ),
    Trouble.CERTIFICATE_EXPIRED: mark(
        "The server's certificate has expired. Pickup works as usual. "
        "Is the date here right? Then call the platform."
    ),
    Trouble.CERTIFICATE_TOO_NEW: mark(
        "The clock of this device is behind. Pickup works as usual; "
        "set date and time, and it connects by itself."
    ),
    Trouble.CERTIFICATE_REFUSED: mark(
        "The cloud does not accept this device's certificate. "
        "Pickup works as usual; call the platform."
    ),
    Trouble.CERTIFICATE_UNREADABLE: mark(
        "The certificate files of this device cannot be read. "
        "Pickup works as usual; call the platform."
    ),
    Trouble.NO_TLS: mark(
        "The line to the cloud is not encrypted, so nothing is sent. "
        "Pickup works as usual; call the platform."
    ),
    UNREADABLE: mark(
        "What came from the cloud cannot be read. Pickup works as usual; call the platform."
    ),
}
"""What the leader is told; of other trouble just the code, which helps whoever is called."""


class Words:
    """What pages say about this point's own places, people and hours."""

    def __init__(self, point: PointIdentity, layout: Iterable[Place], clock: Clock) -> None:
        self._point = point
        self._kinds = {place.place_id: place.kind for place in layout}
        self._clock = clock

    def place(self, place_id: str | None) -> str:
        """A place inside a sentence: compartment 7, shelf B2, the counter."""
        if place_id is None or place_id == COUNTER:
            return say("the counter")
        if self.on_shelf(place_id):
            return say("shelf %(number)s", number=place_id)
        return say("compartment %(number)s", number=place_id)

    def place_first(self, place_id: str | None) -> str:
        """A place at the beginning of a sentence: Compartment 7."""
        place = self.place(place_id)
        return place[:1].upper() + place[1:]

    def on_shelf(self, place_id: str | None) -> bool:
        """Whether it is a shelf position; a label this layout lacks is taken for a door's."""
        return self._kinds.get(place_id or "") is PlaceKind.SHELF

    def see_person(self, case_code: str | None = None) -> str:
        """Who helps: the leader, or where nobody is, a telephone."""
        if self._point.attended:
            return say("Please see %(leader)s.", leader=self.leader)
        if case_code is None:
            return say("Please call %(phone)s.", phone=self._point.phone)
        return say(
            "Please call %(phone)s and say %(code)s.", phone=self._point.phone, code=case_code
        )

    @property
    def leader(self) -> str:
        """What the leader is called here, in the language of the page."""
        return self._point.leader_title[current(self._point.language)]

    @property
    def leader_alone(self) -> str:
        """The leader's title standing by itself: no article, a capital first."""
        title = self.leader.removeprefix("the ")
        return title[:1].upper() + title[1:]

    def time(self, instant: datetime) -> str:
        """Hours and minutes at the point, with the day where it is not today."""
        local = instant.astimezone(self._point.time_zone)
        today = self._clock.now().wall.astimezone(self._point.time_zone).date()
        return f"{local:%H:%M}" if local.date() == today else f"{local:%m/%d %H:%M}"

    def trouble(self, code: str) -> str:
        """What is wrong with the line to the cloud, and what to do."""
        if code in TROUBLES:
            return say(TROUBLES[code])
        return say(
            "Trouble with the cloud (%(code)s). The day goes on with what is known here.", code=code
        )

    @property
    def now(self) -> str:
        """The clock in the corner."""
        return self.time(self._clock.now().wall)

    def refusal(self, card: Card) -> Said:
        """Why nothing opens, and what to do."""
        reason = card.reason or Reason.SEE_LEADER
        row = REFUSALS[reason]
        headline = say(
            self._sharper(card, reason) or row.headline,
            Place=self.place_first(card.place_id),
            time=self.time(card.at) if card.at else "",
            eta=self.time(card.eta) if card.eta else "",
            point=card.other_point.name if card.other_point else "",
            wait=wait(card.wait_seconds or 0),
        )
        action = mark("Didn't you send anyone?") if card.by_neighbour else row.action
        lines = () if card.other_point or action is None else (say(action),)
        person = (self.see_person(card.case_code),) if row.see_person else ()
        return Said(headline, lines + person)

    def _sharper(self, card: Card, reason: Reason) -> str | None:
        # The same refusal says more where the point knows more.
        if reason is Reason.WRONG_POINT and card.other_point:
            return mark("Please collect this order at %(point)s")
        if reason is Reason.MOVED and card.other_point:
            return mark("This order has moved to %(point)s")
        if reason is Reason.NOT_ARRIVED and card.eta and card.eta > self._clock.now().wall:
            return mark("On its way, expected at %(eta)s")
        if reason is Reason.ALREADY_COLLECTED and card.at and card.by_neighbour:
            return mark("Your helper collected this order at %(time)s")
        if reason is Reason.ALREADY_COLLECTED and card.at:
            return mark("This order was collected at %(time)s")
        return None
