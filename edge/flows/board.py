"""What the leader's pages show, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from edge.core.order import OrderRef, OrderState, Payment, Zone
from edge.core.parked import ParkedFrom
from edge.devices.cabinet import DoorState


class ManualReason(StrEnum):
    """Why the leader hands over without a pass."""

    PHONE_TAIL = "phone_tail"
    PROXY = "proxy"
    PAPER = "paper"
    PHONE_DEAD = "phone_dead"
    DOOR_FAULT = "door_fault"


@dataclass(frozen=True, slots=True)
class BoardOrder:
    """One order's row: masked name, where its parcels are, whether it may be handed over."""

    ref: OrderRef
    state: OrderState
    name_masked: str
    phone_last3: str
    places: tuple[str, ...]
    zones: tuple[Zone, ...]
    parcels: int
    received: bool
    first_item: str
    may_hand_over: bool
    due: Payment | None
    left_over: tuple[str, ...] = ()
    """Where goods lie that nobody will collect: the leader takes them out."""
    by_number: bool = False
    """Whether a look-up's three digits are the end of its number, not of its telephone's."""
    forgotten: bool = False
    """Nobody is named here any more, for its claim window is over."""


@dataclass(frozen=True, slots=True)
class MaybeOpened:
    """A hand-over committed but never confirmed; the leader says what became of the goods."""

    position: int
    ref: OrderRef
    name_masked: str
    place_id: str
    released_at: datetime
    door: DoorState | None
    moving: bool = False
    """Its door may be moving now, and will say itself what became of it."""
    forgotten: bool = False
    """As with every order of that age."""


@dataclass(frozen=True, slots=True)
class DoorRow:
    """One door's tile."""

    place_id: str
    zone: Zone
    state: DoorState
    blocked: bool
    offline: bool
    occupied: bool


@dataclass(frozen=True, slots=True)
class Unsent:
    """Events that the cloud has not yet acknowledged."""

    count: int
    oldest: datetime | None


class LinkState(StrEnum):
    """How the line to the cloud is; offline is ordinary."""

    ONLINE = "online"
    OFFLINE = "offline"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Link:
    """The line to the cloud; `trouble` is a plain code such as `nonsense`, or None.

    `parked` counts what came over it and could not be read.
    """

    state: LinkState
    since: datetime | None
    last_pull: datetime | None
    trouble: str | None
    refused_orders: int
    parked: Mapping[ParkedFrom, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Board:
    """The leader's home."""

    counts: Mapping[OrderState, int]
    waiting_for_place: int
    unsent: Unsent
    link: Link
    maybe_opened: tuple[MaybeOpened, ...]
    doors: tuple[DoorRow, ...]
    orders: tuple[BoardOrder, ...]
    rubbish_scans: int
    damaged_orders: int = 0
    """Orders left out because their rows do not say what was written."""


class PlacedBag(NamedTuple):
    """A bag and where it belongs."""

    place_id: str
    label: str
    order_id: str
    left_over: bool = False
    """Nobody will collect it: the leader takes it out, and frees the place."""


@dataclass(frozen=True, slots=True)
class PutAwayReport:
    """What "goods are here" did: orders received now, parcels placed, orders still waiting."""

    received: int
    placed: int
    waiting: int
    assignments: tuple[PlacedBag, ...]
    """Each parcel that was given a place now, in walking order."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The answer to a PIN: accepted, or how many tries are left, or how long to wait (seconds)."""

    accepted: bool
    tries_left: int
    wait_seconds: int
