"""What the point tells the cloud: every event of a pickup, made from the same few facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from edge.core.command import Rejected
from edge.core.decision import Release, Reopen, Retry
from edge.core.events import Envelope, Event, EventType
from edge.core.moment import rfc3339
from edge.core.order import Line
from edge.core.reasons import Refusal
from edge.core.view import ConfirmedBy, OrderView, ParcelView
from edge.flows.bearer import Bearer
from edge.store.losses import Losses
from edge.store.outbox import DamagedEvent

REFUSAL_QUIET_SECONDS: Final = 60.0
"""One event per order and reason in this time, however often the pass is shown."""

MOST_RANGES: Final = 100
"""Lost events are listed so far: the event that lists them has a largest size itself."""


def released(release: Release, bearer: Bearer) -> Event:
    """The hand-over is committed; the door may be moving."""
    data: dict[str, object] = {
        **_parcel_facts(release.view, release.parcel, release.place_id),
        **_bearer_facts(bearer),
        "lines": _lines(release.view.order.lines_of(release.parcel.parcel.parcel_id)),
    }
    return Event(EventType.ORDER_RELEASED, release.view.order.ref.order_id, data)


def paid(view: OrderView) -> Event:
    """The leader took the money that was due."""
    order = view.order
    data = {
        "issuer": order.ref.issuer,
        "order_id": order.ref.order_id,
        "amount_minor": order.payment.due_minor,
        "currency": order.payment.currency,
    }
    return Event(EventType.PAYMENT_RECORDED, order.ref.order_id, data)


def reopened(decision: Retry | Reopen, bearer: Bearer) -> Event:
    """The same hand-over's door is opened once more: after a failure, or inside the grace."""
    data = {
        **_parcel_facts(decision.view, decision.parcel, decision.hand_over.place_id),
        **_bearer_facts(bearer),
        "hand_over": decision.hand_over.position,
        "cause": "retry" if isinstance(decision, Retry) else "grace",
    }
    return Event(EventType.ORDER_REOPENED, decision.view.order.ref.order_id, data)


def refused(refusal: Refusal, bearer: Bearer) -> Event:
    """An authentic bearer was sent away, and why."""
    data = {
        "issuer": bearer.ref.issuer,
        "order_id": bearer.ref.order_id,
        "reason": refusal.reason.value,
        "place": refusal.place_id,
        **_bearer_facts(bearer),
    }
    return Event(EventType.SCAN_REFUSED, bearer.ref.order_id, data)


def collected(
    release: Envelope, shown: Envelope, position: int, by: ConfirmedBy, *, whole: bool
) -> Event:
    """The closure: what the released event promised was seen to leave, to who `shown` names."""
    data: dict[str, object] = {
        **{name: said for name, said in release.data.items() if name not in _OF_BEARER},
        **{name: said for name, said in shown.data.items() if name in _OF_BEARER},
        "hand_over": position,
        "confirmed_by": by.value,
        "released_at": rfc3339(release.time),
    }
    kind = EventType.ORDER_COLLECTED if whole else EventType.ORDER_PARTLY_COLLECTED
    return Event(kind, release.subject, data)


def stuck(release: Envelope, position: int) -> Event:
    """The door did not open; the goods are still behind it."""
    return Event(EventType.DOOR_STUCK, release.subject, _door_facts(release, position))


def annulled(release: Envelope, position: int, reason: str) -> Event:
    """The leader takes a hand-over back, and says why."""
    data: dict[str, object] = {**_door_facts(release, position), "reason": reason}
    return Event(EventType.ORDER_ANNULLED, release.subject, data)


def returned(release: Envelope) -> Event:
    """These goods will not be handed over any more: the customer gets the money back."""
    kept = ("issuer", "order_id", "revision", "parcel_id", "lines")
    data = {name: release.data.get(name) for name in kept}
    return Event(EventType.ORDER_RETURNED, release.subject, data)


def door(kind: EventType, place_id: str, position: int | None) -> Event:
    """Something a door did that no hand-over waits for."""
    return Event(kind, None, {"place": place_id, "hand_over": position})


def goods_received(views: Iterable[OrderView]) -> Event:
    """The van was here: these orders' parcels are at the point."""
    orders: list[dict[str, object]] = [
        {
            "issuer": view.order.ref.issuer,
            "order_id": view.order.ref.order_id,
            "parcels": len(view.parcels),
        }
        for view in views
    ]
    return Event(EventType.GOODS_RECEIVED, None, {"orders": orders})


def put_away(view: OrderView, parcel: ParcelView, place_id: str) -> Event:
    """A parcel lies in its place."""
    data = _parcel_facts(view, parcel, place_id)
    return Event(EventType.PARCEL_PUT_AWAY, view.order.ref.order_id, data)


def lost(event: DamagedEvent) -> Event:
    """A row of the log was damaged before the cloud had it: which one, and how it was chained."""
    data: dict[str, object] = {
        "epoch": event.epoch,
        "sequence": event.sequence,
        "prevhash": event.prevhash.hex(),
        "hash": event.hash.hex(),
    }
    return Event(EventType.EVENT_LOST, None, data)


def command_applied(
    command_id: str, command: str, result: str, detail: Mapping[str, object]
) -> Event:
    """The cloud's command was obeyed, and this came of it."""
    data = {"command_id": command_id, "command": command, "result": result, "detail": dict(detail)}
    return Event(EventType.COMMAND_APPLIED, None, data)


def command_rejected(rejected: Rejected) -> Event:
    """A command was refused: nothing was done."""
    data = {"command_id": rejected.command_id, "reason": rejected.reason.value}
    return Event(EventType.COMMAND_REJECTED, None, data)


def salvaged(found: Losses, doubted: int) -> Event:
    """The file lost something: how, which rows by table, which events, how many are in doubt."""
    events = [{"epoch": epoch, "first": first, "last": last} for epoch, first, last in found.events]
    data: dict[str, object] = {
        "cause": found.cause,
        "finding": found.finding[:200],
        "kept": found.kept,
        "lost": {table: count for table, count in found.lost.items() if count},
        "incomplete": found.incomplete,
        "events": events[:MOST_RANGES],
        "event_ranges": len(events),
        "doubted": doubted,
    }
    return Event(EventType.POINT_SALVAGED, None, data)


def _parcel_facts(view: OrderView, parcel: ParcelView, place_id: str) -> dict[str, object]:
    return {
        "issuer": view.order.ref.issuer,
        "order_id": view.order.ref.order_id,
        "revision": view.order.revision,
        "parcel_id": parcel.parcel.parcel_id,
        "place": place_id,
    }


_OF_BEARER = frozenset({"trust", "method", "pass", "code_proof", "presented_for", "leader_reason"})
"""Every name that `_bearer_facts` gives."""


def _bearer_facts(bearer: Bearer) -> dict[str, object]:
    facts: dict[str, object] = {"trust": bearer.trust.value, "method": bearer.method}
    if bearer.pass_text is not None:
        facts["pass"] = bearer.pass_text
    if bearer.code_proof is not None:
        facts["code_proof"] = bearer.code_proof
    if bearer.presented_for is not None:
        facts["presented_for"] = bearer.presented_for.order_id
    if bearer.reason is not None:
        facts["leader_reason"] = bearer.reason
    return facts


def _door_facts(release: Envelope, position: int) -> dict[str, object]:
    kept = ("issuer", "order_id", "revision", "parcel_id", "place")
    return {**{name: release.data.get(name) for name in kept}, "hand_over": position}


def _lines(lines: Iterable[Line]) -> list[dict[str, object]]:
    return [
        {
            "line_id": line.line_id,
            "handed": line.expected,
            "short": max(line.ordered - line.expected, 0),
            "damaged": 0,
            "refused": 0,
        }
        for line in lines
    ]
