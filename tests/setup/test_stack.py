"""The parts of a running point live and die together."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
set -Eeuo pipefail
source "$PARTS/words.sh"
source "$PARTS/stack.sh"
LOGS=$PWD
STOP_SECONDS=1
trap stop_parts EXIT
trap 'exit 0' INT TERM HUP
"""
LAST_EVENT = """{"time": "2026-11-23T10:00:00.000Z", "level": "critical",\
 "process": "pickup-cloud", "event": "stopped", "why": "No room."}"""
NOTES_ITS_PID = """echo $$ > "$0.pid"; exec sleep 300"""
HAS_A_CHILD = """sh -c 'echo $$ > child.pid; exec sleep 300' & echo $$ > "$0.pid"; wait"""
IGNORES_TERM = """trap '' TERM; echo $$ > "$0.pid"; while :; do sleep 1; done"""


class Stack:
    """A shell that supervises some parts, as ./setup.sh run does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shell: subprocess.Popen[str] | None = None

    def start(self, then: str = "watch_parts", **parts: str) -> None:
        lines = [f'start_part {name} sh -c "${name}" {name}' for name in parts]
        self.shell = subprocess.Popen(
            ["bash", "-c", "\n".join([SCRIPT, *lines, then])],
            cwd=self.folder,
            env={
                **os.environ,
                **parts,
                "ROOT": str(ROOT),
                "PARTS": str(ROOT / "firmware_config" / "setup"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def pid(self, name: str) -> int:
        """A part's own note of its process id, once it has written it."""
        note = self.folder / f"{name}.pid"
        await_true(lambda: note.exists() and note.read_text("utf-8").endswith("\n"))
        return int(note.read_text("utf-8"))

    def end(self, number: signal.Signals) -> tuple[int, str]:
        assert self.shell
        self.shell.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str]:
        assert self.shell
        said, _ = self.shell.communicate(timeout=20)
        return self.shell.returncode, said


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def await_true(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path)
    yield stack
    if stack.shell and stack.shell.poll() is None:
        stack.end(signal.SIGTERM)
    for note in tmp_path.glob("*.pid"):
        pid = int(note.read_text("utf-8"))
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_every_part_and_its_children(stack: Stack, number: signal.Signals) -> None:
    stack.start(broker=NOTES_ITS_PID, cloud=HAS_A_CHILD)
    pids = [stack.pid(name) for name in ("broker", "cloud", "child")]

    code, _ = stack.end(number)

    assert code == 0
    assert not any(map(is_alive, pids))


def test_the_last_events_of_a_part_are_shown_in_words(stack: Stack) -> None:
    stack.start(cloud=f"sleep 0.5; echo '{LAST_EVENT}'; exit 3")

    code, said = stack.wait()

    assert code == 1
    assert "10:00:00 pickup-cloud: CRITICAL stopped: why No room." in said


def test_a_part_that_dies_is_named_with_its_last_words_and_the_rest_stops(stack: Stack) -> None:
    stack.start(broker=NOTES_ITS_PID, cloud="sleep 0.5; echo disk on fire; exit 3")
    broker = stack.pid("broker")

    code, said = stack.wait()

    assert code == 1
    assert "'cloud' ended by itself" in said
    assert "disk on fire" in said
    assert not is_alive(broker)


def test_a_part_that_dies_while_another_gets_ready_is_the_one_that_is_named(stack: Stack) -> None:
    stack.start(
        then="await_part cloud false", cloud=NOTES_ITS_PID, broker="echo port in use; exit 1"
    )

    code, said = stack.wait()

    assert code == 1
    assert "'broker' ended by itself" in said
    assert "port in use" in said


def test_an_answer_from_another_program_does_not_make_a_dead_part_ready(stack: Stack) -> None:
    waits = "while is_running broker; do sleep 0.1; done; await_part broker true; echo open"
    stack.start(then=waits, broker="echo port in use; exit 1")

    code, said = stack.wait()

    assert code == 1
    assert "open\n" not in said
    assert "port in use" in said


def test_a_part_that_never_gets_ready_is_not_waited_for_without_end(stack: Stack) -> None:
    stack.start(then="START_SECONDS=1; await_part broker false", broker=NOTES_ITS_PID)

    code, said = stack.wait()

    assert code == 1
    assert "'broker' did not get ready within 1 seconds" in said


def test_a_killed_part_ends_the_rest(stack: Stack) -> None:
    stack.start(broker=NOTES_ITS_PID, cloud=NOTES_ITS_PID)
    broker, cloud = stack.pid("broker"), stack.pid("cloud")

    os.kill(broker, signal.SIGKILL)
    code, said = stack.wait()

    assert code == 1
    assert "'broker' ended by itself" in said
    assert not is_alive(cloud)


def test_a_part_that_will_not_stop_is_killed(stack: Stack) -> None:
    stack.start(broker=IGNORES_TERM)
    broker = stack.pid("broker")

    code, _ = stack.end(signal.SIGTERM)

    assert code == 0
    assert not is_alive(broker)


def test_nothing_stays_behind_when_setup_itself_is_killed(stack: Stack) -> None:
    stack.start(broker=NOTES_ITS_PID, cloud=NOTES_ITS_PID)
    broker, cloud = stack.pid("broker"), stack.pid("cloud")

    stack.end(signal.SIGKILL)

    await_true(lambda: not is_alive(broker) and not is_alive(cloud))


def test_the_log_of_the_last_run_is_kept_beside_the_new_one(stack: Stack) -> None:
    (stack.folder / "broker.log").write_text("yesterday", "utf-8")
    stack.start(broker="echo today; exit 1")

    stack.wait()

    assert (stack.folder / "broker.log").read_text("utf-8") == "today\n"
    assert (stack.folder / "broker.log.1").read_text("utf-8") == "yesterday"
