"""The cabinet that the configuration names."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.config.point import CabinetConfig, Driver
from edge.devices.gpio_cabinet import GpioCabinet
from edge.devices.simulated_cabinet import SimulatedCabinet
from edge.errors import ConfigError


def choose_cabinet(
    config: CabinetConfig,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None] = time.sleep,
) -> GpioCabinet | SimulatedCabinet:
    """The named driver on its profile; nothing falls back to the simulated one."""
    if config.driver is Driver.SIMULATED:
        cabinet = SimulatedCabinet(config.profile, clock=clock, sleep=sleep)
        cabinet.simulation.auto_close(config.simulated_customer_seconds or None)
        return cabinet
    try:
        from edge.devices.gpio_chips import CHIPS  # noqa: PLC0415  # lgpio is there on a Pi only
    except ImportError as problem:
        raise ConfigError(
            'cabinet.driver is "gpio", and this machine has no lgpio.',
            'Install on a Raspberry Pi, or set cabinet.driver = "simulated" to try it out.',
        ) from problem
    return GpioCabinet(config.profile, CHIPS, clock=clock, sleep=sleep)
