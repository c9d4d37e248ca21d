"""A disk as slow as an SD card: every fdatasync of a process and its children takes 8 ms more."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

SLOWED = (
    *("strace", "--seccomp-bpf", "-f", "-qq", "-o", "/dev/null"),
    *("-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_exit=8000"),
)
"""Only fdatasync stops at the tracer; every other system call runs at its own speed."""


def is_possible() -> bool:
    """Whether there is a tracer; ./setup.sh installs it."""
    return shutil.which("strace") is not None


def run(module: str, folder: Path, rounds: int, *, slow: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Run a bench module as a program of its own and read its answer."""
    folder.mkdir(parents=True)
    words = [sys.executable, "-m", module, str(folder), str(rounds)]
    return json.loads(output([*SLOWED, *words] if slow else words))


def output(words: Sequence[str]) -> str:
    """What a program prints; its failure is ours."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
