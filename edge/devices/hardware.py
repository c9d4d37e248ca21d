"""The hardware thread: the only one that touches locks, sensors and lights."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue

from edge.config.cabinet import CabinetProfile
from edge.core.decision import DoorFault
from edge.core.order import Zone
from edge.devices.cabinet import Cabinet, DoorReport, DoorState, Light
from edge.devices.doors import Door
from edge.devices.loop import Loop
from edge.errors import UnknownCompartment

END_WITHIN = 3.0
"""Seconds that `close` waits: a pulse (below one second) and the lines given back."""


class Doors:
    """What the flows ask of the cabinet: commands go into a queue, reports come back by callback.

    `report` is called on the hardware thread and must only enqueue. `died` is called when the
    thread ends unasked: nothing moves any more, so the process has to end and start again.
    """

    def __init__(
        self,
        cabinet: Cabinet,
        profile: CabinetProfile,
        *,
        report: Callable[[DoorReport], None],
        died: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._cabinet = cabinet
        self._places = frozenset(place.place_id for place in profile.places)
        doors = doors_of(profile)
        self._door_ids = frozenset(door.place_id for door in doors)
        self._loop = Loop(cabinet, doors, report=report, clock=clock)
        self._died = died
        self._commands: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hardware", daemon=True)
        self._faults, self._states = self._loop.faults, self._loop.states

    def start(self) -> None:
        """Begin to work; until then commands only wait."""
        self._thread.start()

    def unlock(self, place_id: str, token: int) -> None:
        """Open one door; `token` comes back in every report about it."""
        if place_id not in self._door_ids:
            raise UnknownCompartment(
                f"Place {place_id!r} has no door here.", "Check the cabinet's profile."
            )
        self._commands.put(lambda: self._loop.unlock(place_id, token))

    def show(self, place_id: str, light: Light = Light.SLOW) -> None:
        """Light a shelf place: slow blinking says "take here"."""
        if place_id not in self._places:
            raise UnknownCompartment(
                f"There is no place {place_id!r} here.", "Check the cabinet's profile."
            )
        self._commands.put(lambda: self._loop.indicate(place_id, light))

    def hide(self, place_id: str) -> None:
        """Put a place's light out."""
        self.show(place_id, Light.OFF)

    def faults(self) -> Mapping[str, DoorFault]:
        """Places in trouble as of the latest turn; safe to call from any thread."""
        return self._faults

    def states(self) -> Mapping[str, DoorState]:
        """Every door's state as of the latest turn; safe to call from any thread."""
        return self._states

    def close(self) -> None:
        """Finish the pulse under way, lock everything, end the thread; what waits is void."""
        self._closing.set()
        self._commands.put(lambda: None)
        if self._thread.is_alive():
            self._thread.join(END_WITHIN)
        else:
            self._cabinet.close()

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                wait = self._loop.turn()
                self._faults, self._states = self._loop.faults, self._loop.states
                self._obey(wait)
        finally:
            try:
                self._cabinet.close()
            finally:
                if not self._closing.is_set():
                    self._died()

    def _obey(self, wait: float) -> None:
        """Take the commands that have come, waiting at most so long for the first."""
        try:
            command = self._commands.get(timeout=wait)
            while not self._closing.is_set():
                command()
                command = self._commands.get_nowait()
        except Empty:
            return


def doors_of(profile: CabinetProfile) -> list[Door]:
    """A machine for each door of the profile; cold compartments are reminded of sooner."""
    return [
        Door(
            wiring.place.place_id,
            pulse=profile.pulse_ms / 1000,
            cold=wiring.place.zone is not Zone.AMBIENT,
        )
        for wiring in profile.doors
    ]
