"""Which real code a run drives; a planted fault is another part in one of these places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.flows.counter import Counter
from edge.flows.point import Point
from edge.store.outbox import Outbox
from sync.agent.events import Events
from sync.cloud.receiver import Receiver
from tests.model.clock import MachineClock


def _nothing(_point: Point) -> None:
    """A kiosk moves nothing when it starts."""


@dataclass(frozen=True)
class Parts:
    """The product as it is, unless a test says otherwise."""

    receiver: type[Receiver] = Receiver
    events: type[Events] = Events
    counter: type[Counter] = Counter
    outbox: type[Outbox] = Outbox
    point: type[Point] = Point
    clock: type[MachineClock] = MachineClock
    started: Callable[[Point], None] = _nothing
