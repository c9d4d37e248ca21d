from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from edge.config.point import CabinetConfig, Driver
from edge.devices.choose import choose_cabinet
from edge.devices.simulated_cabinet import SimulatedCabinet
from tests.edge.devices.benches import profile
from tests.edge.devices.stepped_time import SteppedTime


def test_the_simulated_cabinet_closes_its_doors_after_the_configured_seconds() -> None:
    time = SteppedTime()
    config = CabinetConfig(Driver.SIMULATED, profile(), simulated_customer_seconds=8)
    cabinet = choose_cabinet(config, clock=time.seconds, sleep=time.sleep)
    cabinet.pulse("1", 0.3)
    time.sleep(8.0)

    assert isinstance(cabinet, SimulatedCabinet)
    assert cabinet.door_state("1") == "closed"


def test_zero_seconds_means_that_nobody_closes_the_door() -> None:
    time = SteppedTime()
    config = CabinetConfig(Driver.SIMULATED, profile(), simulated_customer_seconds=0)
    cabinet = choose_cabinet(config, clock=time.seconds, sleep=time.sleep)
    cabinet.pulse("1", 0.3)
    time.sleep(9999.0)

    assert cabinet.door_state("1") == "open"


WITHOUT_LGPIO = """
import sys
sys.modules["lgpio"] = None
from edge.config.point import CabinetConfig, Driver
from edge.devices.choose import choose_cabinet
from edge.errors import ConfigError
from tests.edge.devices.benches import profile
try:
    choose_cabinet(CabinetConfig(Driver.GPIO, profile(), 0), clock=lambda: 0.0)
except ConfigError as refused:
    print(refused)
"""


def test_real_lines_without_lgpio_are_refused_and_never_simulated_instead() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_LGPIO],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert "no lgpio" in done.stdout
    assert "simulated" in done.stdout


def test_choosing_the_simulated_cabinet_loads_no_driver_of_real_lines() -> None:
    code = "import sys, edge.devices.choose; sys.exit('lgpio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
