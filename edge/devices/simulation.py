"""Doors that exist only in memory, behind the same lines as real ones.

A simulated door follows its coil and the clock; nothing in here needs a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.config.cabinet import CabinetProfile
from edge.core.places import PlaceKind
from edge.devices.cabinet import Light
from edge.errors import UnknownCompartment

COIL_MOVES_AFTER = 0.1
SPRINGS_AFTER = 0.12
"""Seconds of current that move the bolt, and until the sensor sees it: invented, plausible."""
ROUNDING = 1e-6


@dataclass
class SimulatedDoor:
    """One door, its lock and its sensor; the sensor says nothing while `sensor_lost`."""

    stuck: bool = False
    jammed: bool = False
    sensor_lost: bool = False
    auto_close: float | None = None
    _open: bool = False
    _opened_at: float = 0.0
    _energised_at: float | None = None
    _springs_at: float | None = None

    def energise(self, *, on: bool, now: float) -> None:
        """The lock line changed."""
        self.is_open(now)
        if on:
            self._energised_at = now
        elif self._energised_at is not None:
            if now - self._energised_at >= COIL_MOVES_AFTER - ROUNDING and not self.stuck:
                self._springs_at = self._energised_at + SPRINGS_AFTER
            self._energised_at = None

    def is_open(self, now: float) -> bool:
        """Whether it stands open now, its spring and its closer taken into account."""
        held = self._energised_at
        if held is not None and now - held >= SPRINGS_AFTER - ROUNDING and not self.stuck:
            self._springs_at = held + SPRINGS_AFTER
        if self._springs_at is not None and now >= self._springs_at - ROUNDING:
            self.swing_open(self._springs_at)
        if self._open and self.auto_close is not None and not self.jammed:
            self._open = now < self._opened_at + self.auto_close
        return self._open

    def swing_open(self, now: float) -> None:
        """It opens, by its spring or by a hand."""
        self._springs_at = None
        if not self._open:
            self._open, self._opened_at = True, now

    def push_shut(self) -> None:
        """A person closes it; a jammed door stays open."""
        self._open = self._open and self.jammed


@dataclass(frozen=True, slots=True)
class SimulatedPlace:
    """One place on the simulator's page; `is_open` is None for a shelf place."""

    place_id: str
    kind: PlaceKind
    light: Light
    is_open: bool | None = None
    stuck: bool = False
    jammed: bool = False
    sensor_lost: bool = False


@dataclass
class Simulation:
    """The hand that reaches into a simulated cabinet; safe to use from any thread."""

    profile: CabinetProfile
    clock: Callable[[], float]
    _doors: dict[str, SimulatedDoor] = field(init=False)
    _lights: dict[str, Light] = field(init=False)
    _unplugged: set[str] = field(init=False, default_factory=set)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._doors = {wiring.place.place_id: SimulatedDoor() for wiring in self.profile.doors}
        self._lights = {wiring.place.place_id: Light.OFF for wiring in self.profile.shelf}

    def close_door(self, place_id: str) -> None:
        """A person closes the door."""
        with self._lock:
            door = self._door(place_id)
            door.is_open(self.clock())
            door.push_shut()

    def open_by_hand(self, place_id: str) -> None:
        """Somebody opens the door without the lock: with a key, or by force."""
        with self._lock:
            door = self._door(place_id)
            door.is_open(self.clock())
            door.swing_open(self.clock())

    def stick(self, place_id: str, stuck: bool) -> None:  # noqa: FBT001  # a switch on a page
        """The bolt does not move when the coil does."""
        with self._lock:
            self._door(place_id).stuck = stuck

    def jam(self, place_id: str, jammed: bool) -> None:  # noqa: FBT001  # a switch on a page
        """The door opens, and cannot be closed."""
        with self._lock:
            self._door(place_id).jammed = jammed

    def lose_sensor(self, place_id: str, lost: bool) -> None:  # noqa: FBT001  # a switch on a page
        """The door's sensor says nothing."""
        with self._lock:
            self._door(place_id).sensor_lost = lost

    def unplug(self, bank: str, gone: bool) -> None:  # noqa: FBT001  # a switch on a page
        """A whole bank loses its cable."""
        with self._lock:
            (self._unplugged.add if gone else self._unplugged.discard)(bank)

    def auto_close(self, seconds: float | None) -> None:
        """Each door is closed by an unseen hand so long after it opened; None: nobody does."""
        with self._lock:
            for door in self._doors.values():
                door.is_open(self.clock())
                door.auto_close = seconds

    @property
    def closes_after(self) -> float | None:
        """Seconds until the unseen hand closes a door; None: nobody does."""
        with self._lock:
            return next((door.auto_close for door in self._doors.values()), None)

    def snapshot(self) -> tuple[SimulatedPlace, ...]:
        """Every place as it stands now, doors first."""
        with self._lock:
            doors = [self._show(place_id, door) for place_id, door in self._doors.items()]
            shelf = [
                SimulatedPlace(place_id, PlaceKind.SHELF, light)
                for place_id, light in self._lights.items()
            ]
        return (*doors, *shelf)

    def energise(self, place_id: str, *, on: bool) -> None:
        """The lock line changed (called by its pin)."""
        with self._lock:
            self._doors[place_id].energise(on=on, now=self.clock())

    def is_open(self, place_id: str) -> bool:
        """What the sensor sees; a lost one raises OSError (called by its pin)."""
        with self._lock:
            door = self._doors[place_id]
            if door.sensor_lost:
                raise OSError(f"the sensor of simulated door {place_id} says nothing")
            return door.is_open(self.clock())

    def reach(self, bank: str) -> None:
        """Raise OSError where the bank is unplugged (called by its pins)."""
        with self._lock:
            if bank in self._unplugged:
                raise OSError(f"simulated bank {bank} is unplugged")

    def indicate(self, place_id: str, light: Light) -> None:
        """Remember a light for the page."""
        with self._lock:
            if place_id in self._lights:
                self._lights[place_id] = light

    def _show(self, place_id: str, door: SimulatedDoor) -> SimulatedPlace:
        return SimulatedPlace(
            place_id,
            PlaceKind.DOOR,
            Light.OFF,
            door.is_open(self.clock()),
            door.stuck,
            door.jammed,
            door.sensor_lost,
        )

    def _door(self, place_id: str) -> SimulatedDoor:
        try:
            return self._doors[place_id]
        except KeyError:
            raise UnknownCompartment(
                f"The simulated cabinet has no door {place_id!r}.", "Name one that it shows."
            ) from None
