"""The cabinet port: what the rest of the kiosk asks of doors and lights, in words of the trade."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class DoorState(StrEnum):
    """What a door's sensor says; unknown is neither open nor closed."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Light(StrEnum):
    """Steady: put here. Slow blink (1 Hz, half on): take here. Fast (2 Hz): look here."""

    OFF = "off"
    STEADY = "steady"
    SLOW = "slow"
    FAST = "fast"


class Cabinet(Protocol):
    """Compartments behind doors and shelf places with lights; called by one thread only."""

    @property
    def simulated(self) -> bool:
        """Whether no real door moves."""

    def pulse(self, place_id: str, seconds: float) -> None:
        """Energise one lock for `seconds` (0.1 to 0.8), returning when it is off again.

        Raises CabinetOffline when its bank does not answer, UnknownCompartment for a stranger.
        """

    def door_state(self, place_id: str) -> DoorState:
        """What the sensor says now; a failing or missing sensor is UNKNOWN, never an error."""

    def indicate(self, place_id: str, light: Light) -> None:
        """Set a place's light; a place without one is left alone."""

    def beat(self) -> None:
        """Bring blinking lights to where their rhythm is now; called at least 4 times a second."""

    def offline(self) -> frozenset[str]:
        """Places whose bank does not answer; asking also tries such banks anew."""

    def close(self) -> None:
        """Lock every door, darken every light, give the lines back."""


class ReportKind(StrEnum):
    """What the door machine says about one unlock."""

    UNLOCKING = "unlocking"
    OPENED = "opened"
    RETRYING = "retrying"
    STUCK = "stuck"
    BLIND = "blind"
    LEFT_OPEN = "left_open"
    CLOSED = "closed"
    FORCED = "forced"


@dataclass(frozen=True, slots=True)
class DoorReport:
    """A door's outcome as a value; `token` is the unlock it answers, None for a forced door.

    BLIND: the pulse was given but the sensor says nothing, so a person must say what happened.
    """

    kind: ReportKind
    place_id: str
    token: int | None
