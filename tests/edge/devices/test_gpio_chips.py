"""The real pin factories, through gpiozero, down to the calls that reach lgpio.

A stand-in for the C library takes lgpio's place in a process of its own, and writes down every
call with the chip that it went to.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STAND_IN = """
SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64
BOTH_EDGES, RISING_EDGE, FALLING_EDGE = 3, 1, 2
calls, levels, outputs, gone = [], {}, set(), set()

class error(Exception):
    pass

def _reach(handle):
    if handle in gone:
        raise error("no such device")

def gpiochip_open(chip):
    _reach(chip + 100)
    return chip + 100

def gpiochip_close(handle):
    calls.append(["close", handle - 100])

def gpio_claim_input(handle, line, flags=0):
    _reach(handle)
    outputs.discard((handle, line))
    calls.append(["input", handle - 100, line])

def gpio_claim_output(handle, line, level=0, flags=0):
    _reach(handle)
    outputs.add((handle, line))
    levels[handle, line] = level
    calls.append(["output", handle - 100, line, level])

def gpio_free(handle, line):
    _reach(handle)

def gpio_get_mode(handle, line):
    _reach(handle)
    return 2 if (handle, line) in outputs else 0

def gpio_read(handle, line):
    _reach(handle)
    return levels.get((handle, line), 0)

def gpio_write(handle, line, level):
    _reach(handle)
    levels[handle, line] = int(level)
    calls.append(["write", handle - 100, line, int(level)])
"""

SCENES = {
    "start": "cabinet",
    "pulse": "lgpio.calls.clear(); cabinet.pulse('3', 0.1)",
    "sensors": (
        "lgpio.levels[100, 3] = 1; lgpio.levels[102, 3] = 0;"
        "lgpio.calls[:] = [cabinet.door_state('1'), cabinet.door_state('3')]"
    ),
    "close": "lgpio.calls.clear(); cabinet.close()",
    "gone": (
        "lgpio.gone.add(102); [cabinet.door_state('3') for _ in range(3)];"
        "lgpio.calls[:] = sorted(cabinet.offline()); lgpio.gone.clear();"
        "lgpio.calls[:] = [lgpio.calls[:], sorted(cabinet.offline())]"
    ),
}

PLAY = """
import json, sys, lgpio
from edge.config.cabinet import Bank, CabinetProfile, DoorWiring, OpenLevel
from edge.devices.gpio_cabinet import GpioCabinet
from edge.devices.gpio_chips import CHIPS
from tests.edge.devices.benches import place

profile = CabinetProfile(
    pulse_ms=300,
    banks=(Bank("header", 0), Bank("expander", 2)),
    doors=(
        DoorWiring(place("1"), "header", 2, 3, OpenLevel.HIGH),
        DoorWiring(place("3"), "expander", 2, 3, OpenLevel.HIGH),
    ),
    shelf=(),
)
played = {}
for name, scene in json.loads(sys.argv[1]).items():
    lgpio.calls.clear()
    cabinet = GpioCabinet(profile, CHIPS, clock=lambda: 0.0, sleep=lambda seconds: None)
    exec(scene)
    played[name] = lgpio.calls[:]
    cabinet.close()
print(json.dumps(played))
"""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[object]]:
    """What lgpio was asked for, scene by scene."""
    stand_in = tmp_path_factory.mktemp("stand-in")
    (stand_in / "lgpio.py").write_text(STAND_IN, encoding="utf-8")
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", PLAY, json.dumps(SCENES)],
        env={**os.environ, "PYTHONPATH": f"{stand_in}{os.pathsep}{root}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    played: dict[str, list[object]] = json.loads(done.stdout)
    return played


def test_the_same_line_number_on_two_chips_is_two_lines(calls: dict[str, list[object]]) -> None:
    """gpiozero alone would give the second chip the first chip's pins."""
    assert ["output", 0, 2, 0] in calls["start"]
    assert ["output", 2, 2, 0] in calls["start"]


def test_a_lock_line_takes_direction_and_low_level_in_one_request(
    calls: dict[str, list[object]],
) -> None:
    locks = [call for call in calls["start"] if isinstance(call, list) and call[2] == 2]
    assert locks == [["input", 0, 2], ["output", 0, 2, 0], ["input", 2, 2], ["output", 2, 2, 0]]


def test_a_pulse_goes_to_its_own_chip_and_ends_low(calls: dict[str, list[object]]) -> None:
    assert calls["pulse"] == [["write", 2, 2, 1], ["write", 2, 2, 0]]


def test_sensors_are_read_from_their_own_chip(calls: dict[str, list[object]]) -> None:
    assert calls["sensors"] == ["open", "closed"]


def test_closing_drives_locks_low_and_never_lets_them_float(calls: dict[str, list[object]]) -> None:
    assert calls["close"] == [
        ["write", 0, 2, 0],
        ["close", 0],
        ["write", 2, 2, 0],
        ["close", 2],
    ]


def test_a_chip_that_is_gone_is_offline_and_comes_back(calls: dict[str, list[object]]) -> None:
    assert calls["gone"] == [["3"], []]
