"""Starting, tracing and ending the processes of a test; nothing else is ever touched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from tests.conftest import ROOT
from tests.stack import wait_until

KILLED = -signal.SIGKILL
AT_ONCE = 3
"""Cases that run beside each other: most of each is spent waiting for a door or a process."""
SECONDS_TO_LET_GO = 5.0
Case = TypeVar("Case")
Outcome = TypeVar("Outcome")


def each(cases: Iterable[Case], run: Callable[[Case], Outcome]) -> list[Outcome]:
    """Run every case, some at a time; the first that fails says which one it was."""

    def named(case: Case) -> Outcome:
        try:
            return run(case)
        except Exception as error:
            raise AssertionError(f"{case}: {error}") from error

    with ThreadPoolExecutor(AT_ONCE) as at_once:
        return list(at_once.map(named, cases))


class Starter:
    """The program that forks ours; whatever it started ends with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._children: list[Child] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in self._children:
            child.kill()
        self._process.communicate(timeout=30)

    def start(self, *program: str, held: bool = False) -> Child:
        """Start a program with its words; its output goes to a log file.

        A held one does nothing before `Child.go`, so that it can be traced from its first call.
        """
        with self._lock:
            log = self._folder / f"{len(self._children)}.log"
            log.touch()
            pid = self._ask({"start": program, "log": str(log), "held": held})
            assert isinstance(pid, int)
            child = Child(self, pid, log)
            self._children.append(child)
        return child

    def exit_code(self, child: Child) -> int | None:
        """What a child ended with, told once; None while it runs."""
        with self._lock:
            code = self._ask({"reap": child.pid})
        assert code is None or isinstance(code, int)
        return code

    def _ask(self, command: object) -> object:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(command)}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Child:
    """One process of ours."""

    def __init__(self, starter: Starter, pid: int, log: Path) -> None:
        self._starter = starter
        self._log = log
        self.pid = pid
        self._code: int | None = None

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        if self._code is None:
            self._code = self._starter.exit_code(self)
        return self._code

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def go(self) -> None:
        """Let a held one begin."""
        os.kill(self.pid, signal.SIGCONT)

    def stand_still(self) -> None:
        """Stop it, all its threads; a call under way in the kernel comes to its end first."""
        os.kill(self.pid, signal.SIGSTOP)
        tasks = Path(f"/proc/{self.pid}/task")
        wait_until(
            lambda: all(_status(task, "State") in "TtZ" for task in tasks.iterdir()), "its stop"
        )

    def wait(self, patience: float = 60.0) -> int:
        """Its exit code, once it has ended."""
        wait_until(lambda: self.code is not None, f"the end of process {self.pid}", patience)
        assert self.code is not None
        return self.code

    def has_ended_within(self, seconds: float) -> bool:
        """Whether it ends so soon."""
        with suppress(AssertionError):
            self.wait(seconds)
        return self.code is not None

    def kill(self) -> None:
        """End it, whatever it is doing."""
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()


class Trace:
    """strace on a running process: it writes calls down, and does what `rules` say to them."""

    def __init__(self, pid: int, log: Path, calls: Iterable[str], *rules: str) -> None:
        self._log = log
        what = [f"trace={','.join(calls)}", *(f"inject={rule}" for rule in rules)]
        options = [option for expression in what for option in ("-e", expression)]
        self._process = subprocess.Popen(
            ["strace", "-f", "-qq", "-p", str(pid), "-o", str(log), *options],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until(lambda: self._is_attached(pid), f"strace on process {pid}")
        except AssertionError:
            self.end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Let go of the process."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.communicate(timeout=SECONDS_TO_LET_GO)
        except subprocess.TimeoutExpired:
            # strace waits for ever for a thread that ended while it was let go.
            self._process.kill()
            self._process.communicate(timeout=30)

    @property
    def injected(self) -> bool:
        """Whether any call was made to fail."""
        return "(INJECTED)" in self._log.read_text(encoding="ascii")

    def most_of_one_thread(self) -> dict[str, int]:
        """Of each call, how often the thread that made most of them made it.

        That is how strace counts for `when=`.
        """
        return {call: max(counts.values()) for call, counts in self.by_thread().items()}

    def by_thread(self) -> dict[str, Counter[str]]:
        """Of each call, how often each thread made it."""
        made: dict[str, Counter[str]] = defaultdict(Counter)
        for line in self._log.read_text(encoding="ascii").splitlines():
            thread, rest = line.split(maxsplit=1)
            call, begins, _ = rest.partition("(")
            if begins and call.isidentifier():
                made[call][thread] += 1
        return made

    def _is_attached(self, pid: int) -> bool:
        assert self._process.poll() is None, "strace could not attach"
        return all(
            _status(task, "TracerPid") != "0" for task in Path(f"/proc/{pid}/task").iterdir()
        )


def _status(process: Path, name: str) -> str:
    lines = (process / "status").read_text(encoding="utf-8").splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))
