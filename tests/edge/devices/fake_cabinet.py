"""A cabinet made of variables, scripted door by door."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum

from edge.devices.cabinet import DoorState, Light
from edge.errors import CabinetOffline, UnknownCompartment


class Script(StrEnum):
    """What a door does when its lock is pulsed."""

    OPENS = "opens"
    STICKS = "sticks"
    BLIND = "blind"
    OFFLINE = "offline"


class FakeCabinet:
    """Every door opens at once unless its script says otherwise; `pulses` tells what was done."""

    simulated = True

    def __init__(self, doors: Iterable[str] = (), shelf: Iterable[str] = ()) -> None:
        self.script: defaultdict[str, Script] = defaultdict(lambda: Script.OPENS)
        self.pulses: list[tuple[str, float]] = []
        self.lights: dict[str, Light] = dict.fromkeys(shelf, Light.OFF)
        self.closed = False
        self._open = dict.fromkeys(doors, False)

    def pulse(self, place_id: str, seconds: float) -> None:
        self._known(place_id, self._open)
        if not 0.1 <= seconds <= 0.8:
            raise ValueError(f"a pulse of {seconds} s is outside 0.1 to 0.8")
        if self.script[place_id] is Script.OFFLINE:
            raise CabinetOffline(f"Door {place_id} does not answer.", "Check its cable.")
        self.pulses.append((place_id, seconds))
        if self.script[place_id] is not Script.STICKS:
            self._open[place_id] = True

    def door_state(self, place_id: str) -> DoorState:
        self._known(place_id, (*self._open, *self.lights))
        if place_id not in self._open or self.script[place_id] in (Script.BLIND, Script.OFFLINE):
            return DoorState.UNKNOWN
        return DoorState.OPEN if self._open[place_id] else DoorState.CLOSED

    def indicate(self, place_id: str, light: Light) -> None:
        self._known(place_id, (*self._open, *self.lights))
        if place_id in self.lights:
            self.lights[place_id] = light

    def beat(self) -> None:
        """Its lights do not blink."""

    def offline(self) -> frozenset[str]:
        places = (*self._open, *self.lights)
        return frozenset(place for place in places if self.script[place] is Script.OFFLINE)

    def close(self) -> None:
        self.lights = dict.fromkeys(self.lights, Light.OFF)
        self.closed = True

    def open_by_hand(self, place_id: str) -> None:
        self._open[place_id] = True

    def close_door(self, place_id: str) -> None:
        self._open[place_id] = False

    def _known(self, place_id: str, places: Iterable[str]) -> None:
        if place_id not in places:
            raise UnknownCompartment(f"There is no door {place_id!r}.", "Name one that exists.")
