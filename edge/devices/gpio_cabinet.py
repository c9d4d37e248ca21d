"""The cabinet on GPIO lines: coils pulsed one at a time, and cut off twice.

Timings are from lock makers' papers, not measured. A machine that hangs with a line high is
beyond any program: the lock supply should pass through a relay that drops out by itself.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Protocol

from edge.config.cabinet import CabinetProfile
from edge.devices.cabinet import DoorState, Light
from edge.devices.gpio_bank import Chips, GpioBank
from edge.devices.lights import lit
from edge.errors import CabinetOffline, UnknownCompartment

SHORTEST_PULSE = 0.1
LONGEST_PULSE = 0.8
HARD_CAP = 1.0
"""Seconds after which a second timer, on its own thread, drives the line low."""


class Alarm(Protocol):
    """A timer that was made and not yet started."""

    def start(self) -> None: ...

    def cancel(self) -> None: ...


class GpioCabinet:
    """Doors and lights of one profile on its banks; a bank that is gone takes no other along."""

    def __init__(
        self,
        profile: CabinetProfile,
        chips: Chips,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        alarm: Callable[[float, Callable[[], None]], Alarm] = threading.Timer,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._alarm = alarm
        self._coil = threading.Lock()
        self._closed = False
        self._door_ids = frozenset(wiring.place.place_id for wiring in profile.doors)
        self._lights = {wiring.place.place_id: Light.OFF for wiring in profile.shelf}
        self._banks = [
            GpioBank(
                bank,
                [wiring for wiring in profile.doors if wiring.bank == bank.name],
                [wiring for wiring in profile.shelf if wiring.bank == bank.name],
                chips,
            )
            for bank in profile.banks
        ]
        self._bank_of = {place_id: bank for bank in self._banks for place_id in bank.places}
        self._bring_online()

    @property
    def simulated(self) -> bool:
        """Real lines move."""
        return False

    def pulse(self, place_id: str, seconds: float) -> None:
        """Energise one lock, and return when it is off again."""
        bank = self._bank(place_id)
        if place_id not in self._door_ids:
            raise _stranger(place_id)
        if not SHORTEST_PULSE <= seconds <= LONGEST_PULSE:
            raise ValueError(f"a pulse takes 0.1 to 0.8 seconds, not {seconds}")
        with self._coil:
            self._energise(bank, place_id, seconds)

    def door_state(self, place_id: str) -> DoorState:
        """What the sensor says now."""
        return self._bank(place_id).read_door(place_id)

    def indicate(self, place_id: str, light: Light) -> None:
        """Set a place's light; on a bank that is gone it shines when the bank is back."""
        bank = self._bank(place_id)
        if place_id in self._lights:
            self._lights[place_id] = light
            bank.shine(place_id, on=lit(light, self._clock()))

    def beat(self) -> None:
        """Bring blinking lights to where their rhythm is now."""
        now = self._clock()
        for place_id, light in self._lights.items():
            self._bank_of[place_id].shine(place_id, on=lit(light, now))

    def offline(self) -> frozenset[str]:
        """Places whose bank does not answer, after trying such banks anew."""
        self._bring_online()
        gone = [bank.places for bank in self._banks if not bank.online]
        return frozenset[str]().union(*gone)

    def close(self) -> None:
        """Lock every door, darken every light, give the lines back."""
        self._closed = True
        for bank in self._banks:
            bank.close()

    def _bring_online(self) -> None:
        if self._closed:
            return
        gone = [bank for bank in self._banks if not bank.online]
        for bank in gone:
            bank.lock_all()
        for bank in gone:
            bank.take_rest()

    def _energise(self, bank: GpioBank, place_id: str, seconds: float) -> None:
        def cut_off() -> None:
            with contextlib.suppress(CabinetOffline):
                bank.energise(place_id, on=False)

        watchdog = self._alarm(HARD_CAP, cut_off)
        watchdog.start()
        try:
            bank.energise(place_id, on=True)
            self._sleep(seconds)
        finally:
            # Where this raises, the watchdog stays awake and tries once more.
            bank.energise(place_id, on=False)
            watchdog.cancel()

    def _bank(self, place_id: str) -> GpioBank:
        try:
            return self._bank_of[place_id]
        except KeyError:
            raise _stranger(place_id) from None


def _stranger(place_id: str) -> UnknownCompartment:
    return UnknownCompartment(
        f"This cabinet has no door or light {place_id!r}.", "Check the cabinet's profile."
    )
