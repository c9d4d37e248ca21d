"""Drafts become orders: new ones come in, known ones are revised, cancelled ones taken back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from peewee import Database

from edge.core.order import CloudState
from edge.errors import MalformedMessage
from sync.cloud.assemble import Assembled, Told, assemble, restate
from sync.cloud.importing.draft import DraftOrder, RefusedRow
from sync.cloud.keyring import Keyring
from sync.cloud.orders import refuse_to_cancel
from sync.cloud.register import Register


class PutOutcome(StrEnum):
    """What an import did to one order."""

    IMPORTED = "imported"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    UNCHANGED = "unchanged"


@dataclass(slots=True)
class Intake:
    """What became of a portion of drafts, in their sequence."""

    outcomes: list[tuple[DraftOrder, PutOutcome]] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    changed_points: set[str] = field(default_factory=set)

    def counts(self) -> dict[str, int]:
        """How many orders there are of each outcome."""
        counted = Counter(outcome for _, outcome in self.outcomes)
        return {outcome.value: counted[outcome] for outcome in PutOutcome}


def put_all(
    database: Database, issuer: str, drafts: Sequence[DraftOrder], keyring: Keyring, now: datetime
) -> Intake:
    """Store a portion of drafts; each that cannot be an order is refused with its line."""
    order_ids = [draft.order_id for draft in drafts]
    register = Register(database, issuer, order_ids, keyring, now)
    intake = Intake()
    for draft in drafts:
        try:
            intake.outcomes.append((draft, _put(register, issuer, draft, now)))
        except MalformedMessage as error:
            intake.refused.append(RefusedRow(draft.line, f"{draft.place}{error}"))
    register.close()
    intake.changed_points = register.changed_points
    return intake


def _put(register: Register, issuer: str, draft: DraftOrder, now: datetime) -> PutOutcome:
    known = register.known(draft.order_id)
    if draft.state == CloudState.CANCELLED:
        return _take_back(register, known)
    point = register.point(draft.point_id)
    assembled = assemble(draft, issuer, point, now.astimezone(point.zone).date())
    if known is None:
        register.add(assembled)
        return PutOutcome.IMPORTED
    return _revise(register, draft, assembled, known)


def _take_back(register: Register, known: Mapping[str, Any] | None) -> PutOutcome:
    if known is None or known["state"] == CloudState.CANCELLED:
        return PutOutcome.UNCHANGED
    refuse_to_cancel(known)
    document = json.loads(known["body"])
    told = Told(known["revision"] + 1, CloudState.CANCELLED, document["pass_not_before"])
    register.revise(restate(document, told))
    return PutOutcome.CANCELLED


def _revise(
    register: Register, draft: DraftOrder, assembled: Assembled, known: Mapping[str, Any]
) -> PutOutcome:
    if known["point_id"] != draft.point_id:
        raise MalformedMessage(
            f"Order {draft.order_id} belongs to point {known['point_id']}.",
            "An import moves no order: give it another id, or cancel it there first.",
        )
    _refuse_another_customer(draft, known)
    state = CloudState(draft.state or known["state"])
    if state == known["state"] and bytes(known["content_hash"]) == assembled.content_hash:
        return PutOutcome.UNCHANGED
    not_before = json.loads(known["body"])["pass_not_before"]
    told = Told(known["revision"] + 1, state, not_before)
    register.revise(restate(assembled.document, told))
    return PutOutcome.CHANGED


def _refuse_another_customer(draft: DraftOrder, known: Mapping[str, Any]) -> None:
    """Two shops count alike; a name or a telephone number alone may well be corrected."""
    there = json.loads(known["body"])["customer"]
    same = there["name"] == draft.customer or there["phone_last3"] == draft.phone_last3
    if not (same or draft.made_up):
        raise MalformedMessage(
            f"Order {draft.order_id} is known for another customer, who keeps it.",
            "If another shop counts alike, import its orders with an --issuer of their own.",
        )
