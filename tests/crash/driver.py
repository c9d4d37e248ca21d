"""A program that forks ours, ready imported, so that a test can afford a start for every kill.

It reads one JSON command a line: `{"start": [program, word…], "log": file}` is answered by the
child's process id, `{"reap": pid}` by its exit code, negative for a signal, null while it runs.
A child that is started with `"held": true` stops itself until it is told to go on.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

import edge.__main__ as kiosk_program
import sync.__main__ as agent_program
import sync.cloud.__main__ as cloud_program
from edge import logs, service
from edge.app import Kiosk, serve
from edge.config import DataLayout, load_point
from edge.devices.simulation import SimulatedDoor, Simulation
from tests.crash import workload

PR_SET_PTRACER = 0x59616D61
ANYBODY = ctypes.c_ulong(-1)


class WatchedDoor(SimulatedDoor):
    """A door whose coil leaves a line in a file before it moves anything."""

    def __init__(self, place_id: str, record: int, plain: SimulatedDoor) -> None:
        super().__init__(auto_close=plain.auto_close)
        self._line, self._record = f"{place_id}\n".encode(), record

    def energise(self, *, on: bool, now: float) -> None:
        if on:
            # A call that nothing else here makes, so that a test can tell it from any other.
            os.writev(self._record, [self._line])
        super().energise(on=on, now=now)


def watch(simulation: Simulation, coils: Path) -> None:
    """Every coil's current is written down: what a killed process did is known after it."""
    record = os.open(coils, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for place_id, door in simulation._doors.items():
        simulation._doors[place_id] = WatchedDoor(place_id, record, door)


def watched_kiosk(data: str, port: str, coils: str) -> None:
    """The kiosk as its own program puts it together, its coils watched."""
    layout = DataLayout(Path(data))
    logs.begin(kiosk_program.PROGRAM)
    threading.excepthook = service._thread_died
    kiosk = Kiosk(layout, load_point(layout), died=service._die)
    assert kiosk.simulation is not None
    watch(kiosk.simulation, Path(coils))
    kiosk.start()
    serve(kiosk.pages(int(port)), int(port))


PROGRAMS: Mapping[str, Callable[..., int | None]] = {
    "evening": workload.main,
    "watched-kiosk": watched_kiosk,
    "pickup-kiosk": lambda *words: kiosk_program.main(words),
    "pickup-sync": lambda *words: agent_program.main(words),
    "pickup-cloud": lambda *words: cloud_program.main(words),
}


def start(program: str, words: list[str], log: str, *, held: bool) -> int:
    """The process id of a fork that runs the program and nothing else."""
    pid = os.fork()
    if pid == 0:
        become(program, words, log, held=held)
    if held:
        # A tracer stops it, too: from then on nobody could tell which stop was its own.
        _, status = os.waitpid(pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), f"{program} ended before it began"
    return pid


def become(program: str, words: list[str], log: str, *, held: bool) -> NoReturn:
    os.setsid()
    # Where tracing is for parents only, let strace attach itself all the same.
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in enumerate((nothing, output, output)):
        os.dup2(file, number)
    if held:
        os.kill(os.getpid(), signal.SIGSTOP)
    sys.exit(PROGRAMS[program](*words))


def reap(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def main() -> None:
    running: set[int] = set()
    for line in iter(sys.stdin.readline, ""):
        command = json.loads(line)
        if "start" in command:
            program, *words = command["start"]
            pid = start(program, words, command["log"], held=command["held"])
            running.add(pid)
            answer(pid)
        else:
            code = reap(command["reap"])
            if code is not None:
                running.discard(command["reap"])
            answer(code)
    # Whoever asked is gone, perhaps killed itself: nothing of it goes on.
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def answer(value: int | None) -> None:
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
