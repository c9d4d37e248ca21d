"""The lines of one bank: locks, door sensors and lights on one GPIO chip.

Rule: off is electrically low; each lock line needs a resistor that pulls it low, because no
program holds a line while the machine starts.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gpiozero import InputDevice, OutputDevice
from gpiozero.pins import Factory

from edge.config.cabinet import Bank, DoorWiring, OpenLevel, ShelfWiring
from edge.devices.cabinet import DoorState
from edge.errors import CabinetOffline

FAILED_READS = 3
"""So many in a row, and a lock line that cannot be read either: the bank is gone."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chips:
    """How a bank's pin factory is opened, and what a line raises when its chip does not answer."""

    open: Callable[[Bank], Factory]
    failures: tuple[type[Exception], ...]


class GpioBank:
    """One bank, online or not; every failure of its chip becomes CabinetOffline or UNKNOWN."""

    def __init__(
        self, bank: Bank, doors: Iterable[DoorWiring], shelf: Iterable[ShelfWiring], chips: Chips
    ) -> None:
        self.name = bank.name
        self.online = False
        self._bank = bank
        self._doors = {wiring.place.place_id: wiring for wiring in doors}
        self._shelf = {wiring.place.place_id: wiring for wiring in shelf}
        self._chips = chips
        self._factory: Factory = None
        self._locks: dict[str, OutputDevice] = {}
        self._sensors: dict[str, InputDevice] = {}
        self._lights: dict[str, OutputDevice] = {}
        self._shining: dict[str, bool] = {}
        self._failed_reads = 0
        self._told = False

    @property
    def places(self) -> frozenset[str]:
        """Every place wired to this bank."""
        return frozenset(self._doors) | frozenset(self._shelf)

    def lock_all(self) -> None:
        """Take every lock line and drive it low: the first thing done with a bank."""
        try:
            self._factory = self._chips.open(self._bank)
            for place_id, wiring in self._doors.items():
                self._locks[place_id] = self._output(wiring.lock_line)
        except self._chips.failures as problem:
            self._lose(problem)

    def take_rest(self) -> None:
        """Take sensors and lights, once the locks are safe; then the bank is online."""
        if self._factory is None:
            return
        try:
            for place_id, door in self._doors.items():
                if door.sensor_line is not None:
                    self._sensors[place_id] = self._input(door.sensor_line)
            for place_id, shelf in self._shelf.items():
                self._lights[place_id] = self._output(shelf.light_line)
        except self._chips.failures as problem:
            self._lose(problem)
        else:
            self._failed_reads, self._shining = 0, {}
            self.online, self._told = True, False

    def energise(self, place_id: str, *, on: bool) -> None:
        """Switch one lock's coil; raises CabinetOffline where the line does not obey."""
        lock = self._locks.get(place_id)
        if lock is None:
            raise self._gone()
        try:
            lock.value = on
        except self._chips.failures as problem:
            self._lose(problem)
            raise self._gone() from problem

    def read_door(self, place_id: str) -> DoorState:
        """What the sensor line says; UNKNOWN without a sensor, or without an answer."""
        sensor = self._sensors.get(place_id)
        if sensor is None:
            return DoorState.UNKNOWN
        try:
            high = bool(sensor.pin.state)
        except self._chips.failures as problem:
            self._count_failure(problem)
            return DoorState.UNKNOWN
        self._failed_reads = 0
        is_open = high == (self._doors[place_id].sensor_open is OpenLevel.HIGH)
        return DoorState.OPEN if is_open else DoorState.CLOSED

    def shine(self, place_id: str, *, on: bool) -> None:
        """Switch one light, if that changes anything."""
        light = self._lights.get(place_id)
        if light is None or self._shining.get(place_id) is on:
            return
        try:
            light.value = on
        except self._chips.failures as problem:
            self._lose(problem)
        else:
            self._shining[place_id] = on

    def close(self) -> None:
        """Locks low, then lights out, then the lines back; a line that fails stops no other."""
        for line in (*self._locks.values(), *self._lights.values()):
            with contextlib.suppress(*self._chips.failures):
                line.off()
        for line in (*self._lights.values(), *self._sensors.values(), *self._locks.values()):
            with contextlib.suppress(*self._chips.failures):
                line.close()
        if self._factory is not None:
            with contextlib.suppress(*self._chips.failures):
                self._factory.close()
        self._factory, self.online = None, False
        for lines in (self._locks, self._sensors, self._lights):
            lines.clear()

    def _output(self, line: int) -> OutputDevice:
        return OutputDevice(line, initial_value=False, pin_factory=self._factory)

    def _input(self, line: int) -> InputDevice:
        return InputDevice(line, pull_up=True, pin_factory=self._factory)

    def _count_failure(self, problem: Exception) -> None:
        self._failed_reads += 1
        if self._failed_reads < FAILED_READS:
            return
        self._failed_reads = 0
        try:
            for lock in self._locks.values():
                _ = lock.value
        except self._chips.failures:
            self._lose(problem)

    def _lose(self, problem: Exception) -> None:
        if not self._told:
            log.error("bank_lost", extra={"bank": self.name, "why": str(problem)})
        self._told = True
        self.close()

    def _gone(self) -> CabinetOffline:
        return CabinetOffline(
            f"Bank {self.name} of the cabinet does not answer.",
            "Check its power and its cable; it is tried again by itself.",
        )
