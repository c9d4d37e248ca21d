"""What each command does, inside the transaction that records it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from edge.core.command import Command, Rejected, Rejection
from edge.core.command_arguments import (
    Annul,
    CollectLogs,
    OpenCompartment,
    ReloadKeys,
    Resync,
    ShowNotice,
)
from edge.core.decision import DoorFault
from edge.core.moment import Moment
from edge.core.places import PlaceKind
from edge.flows.annul import take_back
from edge.flows.moving import is_moving
from edge.flows.point import Point
from edge.store import commands, journal
from edge.store.database import Txn

FAULTS: Mapping[DoorFault, Rejection] = {
    DoorFault.BLOCKED: Rejection.DOOR_BLOCKED,
    DoorFault.ALREADY_OPEN: Rejection.DOOR_OPEN,
    DoorFault.OFFLINE: Rejection.CABINET_OFFLINE,
}


@dataclass(frozen=True, slots=True)
class Unlock:
    """The door is to be opened once this is on disk; its report ends the command."""

    place_id: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Done:
    """All is done; `annulled` is the hand-over that was taken back."""

    detail: Mapping[str, object] = field(default_factory=dict)
    annulled: int | None = None


def perform(
    point: Point,
    txn: Txn,
    command: Command,
    moment: Moment,
    figures: Callable[[], Mapping[str, object]],
) -> Unlock | Done | Rejected:
    """Do all that a transaction can do, or say why nothing is done."""
    match command.arguments:
        case OpenCompartment(place=place, reason=reason):
            why_not = _why_not_open(point, txn, place)
            if why_not is not None:
                return Rejected(why_not, command.command_id)
            return Unlock(place, {"place": place, "reason": reason})
        case Annul() as wanted:
            return _annul(point, txn, wanted) or Rejected(
                Rejection.NOTHING_TO_ANNUL, command.command_id
            )
        case Resync():
            commands.apply_all_again(txn)
            commands.wish(txn, commands.RESYNC, command.command_id)
        case ReloadKeys():
            commands.wish(txn, commands.PULL, command.command_id)
        case ShowNotice(texts=texts, minutes=minutes):
            commands.put_notice(txn, texts, minutes, moment)
            point.memory.notice = commands.notice(txn)
        case CollectLogs():
            return Done(figures())
        case _:
            assert_never(command.arguments)
    return Done()


def _why_not_open(point: Point, txn: Txn, place_id: str) -> Rejection | None:
    place = point.places.get(place_id)
    if place is None or place.kind is not PlaceKind.DOOR:
        return Rejection.UNKNOWN_PLACE
    if is_moving(point, txn, place_id):
        return Rejection.DOOR_MOVING
    fault = point.facts().faults.get(place_id)
    return None if fault is None else FAULTS[fault]


def _annul(point: Point, txn: Txn, wanted: Annul) -> Done | None:
    if journal.whose(txn, wanted.hand_over) != wanted.ref:
        return None
    if take_back(point, txn, wanted.hand_over, wanted.reason) is None:
        return None
    detail = {
        "issuer": wanted.issuer,
        "order_id": wanted.order_id,
        "hand_over": wanted.hand_over,
        "reason": wanted.reason.value,
    }
    return Done(detail, annulled=wanted.hand_over)
