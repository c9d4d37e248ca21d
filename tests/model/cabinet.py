"""The simulated cabinet: doors that open, stick or stay silent when a run says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edge.core.decision import DoorFault
from edge.core.order import Size, Zone
from edge.core.places import Place, PlaceKind
from edge.devices.cabinet import DoorState
from tests.model.faults import Promise, hold

PLACES = (
    Place("1", PlaceKind.DOOR, Size.L, Zone.AMBIENT, 1, 1),
    Place("2", PlaceKind.DOOR, Size.L, Zone.AMBIENT, 1, 2),
    Place("3", PlaceKind.DOOR, Size.L, Zone.FROZEN, 1, 3),
    Place("B2", PlaceKind.SHELF, Size.L, Zone.AMBIENT, 2, 1),
)


@dataclass(frozen=True, slots=True)
class Pulse:
    """A lock that was energised, and for which position in the log."""

    place_id: str
    token: int


def _nothing() -> None:
    """Nothing happens then."""


@dataclass
class SimulatedCabinet:
    """Remembers every pulse for ever: it is the witness that no crash of ours can silence."""

    watch: Callable[[Pulse], None]
    pulses: list[Pulse] = field(default_factory=list)
    moving: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    open: dict[str, int | None] = field(default_factory=dict)
    somebody_asks: bool = False
    before_unlock: Callable[[], None] = _nothing
    on_faults: Callable[[], None] = _nothing

    def unlock(self, place_id: str, token: int) -> None:
        self.before_unlock()
        hold(Promise.I4, self.somebody_asks, f"door {place_id} opened by itself")
        pulse = Pulse(place_id, token)
        self.watch(pulse)
        self.pulses.append(pulse)
        self.moving[place_id] = token

    def show(self, place_id: str) -> None:
        """A light is no door."""

    def hide(self, place_id: str) -> None:
        """Nor is its going out."""

    def faults(self) -> Mapping[str, DoorFault]:
        self.on_faults()
        return dict.fromkeys(self.open, DoorFault.ALREADY_OPEN)

    def states(self) -> Mapping[str, DoorState]:
        return {
            place.place_id: DoorState.OPEN if place.place_id in self.open else DoorState.CLOSED
            for place in PLACES
            if place.kind is PlaceKind.DOOR
        }

    def forgotten(self, *, sprung: bool) -> None:
        """The kiosk that commanded is gone; what was moving ends open or shut, unheard."""
        if sprung:
            self.open.update(self.moving)
        self.open = dict.fromkeys(self.open)
        self.moving.clear()
        self.asked.clear()
        self.before_unlock = self.on_faults = _nothing
