"""The simulated cabinet: the GPIO driver itself, on pins that end in simulated doors."""

from __future__ import annotations

from collections.abc import Callable

from gpiozero import GPIOZeroError
from gpiozero.pins import BoardInfo
from gpiozero.pins.mock import MockFactory, MockPin

from edge.config.cabinet import Bank, CabinetProfile, DoorWiring, OpenLevel
from edge.devices.cabinet import Light
from edge.devices.gpio_bank import Chips
from edge.devices.gpio_cabinet import GpioCabinet
from edge.devices.gpio_lines import plain_chip
from edge.devices.simulation import Simulation


class SimulatedCabinet(GpioCabinet):
    """A GpioCabinet whose doors move in memory; reach into it through `simulation`."""

    def __init__(
        self,
        profile: CabinetProfile,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self.simulation = Simulation(profile, clock)
        chips = Chips(open=self._open_bank, failures=(OSError, GPIOZeroError))
        super().__init__(profile, chips, clock=clock, sleep=sleep)

    @property
    def simulated(self) -> bool:
        """Nothing real moves."""
        return True

    def indicate(self, place_id: str, light: Light) -> None:
        """Set a place's light, on its line and on the simulator's page."""
        super().indicate(place_id, light)
        self.simulation.indicate(place_id, light)

    def _open_bank(self, bank: Bank) -> SimulatedChip:
        self.simulation.reach(bank.name)
        doors = [wiring for wiring in self.simulation.profile.doors if wiring.bank == bank.name]
        return SimulatedChip(bank, doors, self.simulation)


class SimulatedChip(MockFactory):  # type: ignore[misc]  # gpiozero ships no types
    """One bank's lines, each ending in the lock or the sensor that the wiring names."""

    def __init__(self, bank: Bank, doors: list[DoorWiring], simulation: Simulation) -> None:
        super().__init__(pin_class=SimulatedLine)
        self.bank = bank.name
        self.simulation = simulation
        self._board = plain_chip(bank.name)
        for wiring in doors:
            self.pin(wiring.lock_line, pin_class=SimulatedLock).wiring = wiring
            if wiring.sensor_line is not None:
                self.pin(wiring.sensor_line, pin_class=SimulatedSensor).wiring = wiring

    def _get_board_info(self) -> BoardInfo:
        return self._board


class SimulatedLine(MockPin):  # type: ignore[misc]  # gpiozero ships no types
    """A line that raises OSError while its bank is unplugged."""

    wiring: DoorWiring

    def _set_state(self, value: bool) -> None:  # noqa: FBT001  # gpiozero's signature
        self.factory.simulation.reach(self.factory.bank)
        super()._set_state(value)

    def _get_state(self) -> bool:
        self.factory.simulation.reach(self.factory.bank)
        return bool(super()._get_state())


class SimulatedLock(SimulatedLine):
    """A line that ends in a lock's coil."""

    def _set_state(self, value: bool) -> None:  # noqa: FBT001  # gpiozero's signature
        changes = bool(value) is not bool(self._state)
        super()._set_state(value)
        if changes:
            self.factory.simulation.energise(self.wiring.place.place_id, on=bool(value))


class SimulatedSensor(SimulatedLine):
    """A line that shows what a door's sensor sees."""

    def _get_state(self) -> bool:
        super()._get_state()
        is_open: bool = self.factory.simulation.is_open(self.wiring.place.place_id)
        return is_open is (self.wiring.sensor_open is OpenLevel.HIGH)
