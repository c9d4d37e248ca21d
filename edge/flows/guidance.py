"""What to tell a customer beside the bare answer: where else, when, and by which card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from edge.core.masking import mask_name
from edge.core.moment import Moment
from edge.core.reasons import Reason, Refusal
from edge.devices.cabinet import ReportKind
from edge.flows.screen import Card, CardKind, OtherPoint

CARD_OF_REPORT: Mapping[ReportKind, CardKind] = {
    ReportKind.OPENED: CardKind.OPEN,
    ReportKind.RETRYING: CardKind.NOT_OPENING,
    ReportKind.STUCK: CardKind.STUCK,
    ReportKind.BLIND: CardKind.ASK_OPENED,
    ReportKind.LEFT_OPEN: CardKind.LEFT_OPEN,
}
QUESTIONS = frozenset({CardKind.ASK_OPENED, CardKind.TAKE_FROM_SHELF})
"""Cards that wait for a person's answer."""


@dataclass(frozen=True, slots=True)
class Guide:
    """What the cloud told of the neighbourhood: other points, and when the van is expected."""

    points: Mapping[str, OtherPoint] = field(default_factory=dict)
    eta: datetime | None = None


def refusal_card(refusal: Refusal, guide: Guide, moment: Moment) -> Card:
    """The card of a refusal; an expected time that has passed is not shown."""
    view = refusal.view
    eta = guide.eta if refusal.reason is Reason.NOT_ARRIVED else None
    return Card(
        kind=CardKind.REFUSED,
        place_id=refusal.place_id,
        name_masked="" if view is None else mask_name(view.order.customer.name),
        reason=refusal.reason,
        at=refusal.at,
        by_neighbour=refusal.by_neighbour,
        eta=None if eta is None or eta <= moment.wall else eta,
        other_point=guide.points.get(refusal.point_id or ""),
        wait_seconds=refusal.wait_seconds,
        language=None if view is None else view.order.customer.language,
    )
