"""Answers on standard output, progress on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable


def line(text: str) -> None:
    """One line of an answer."""
    sys.stdout.write(f"{text}\n")


def json_line(value: object) -> None:
    """One JSON object on one line."""
    line(json.dumps(value, ensure_ascii=False))


def json_lines(values: Iterable[object]) -> None:
    """One JSON object a line."""
    for value in values:
        json_line(value)


def note(text: str) -> None:
    """One line beside the answer, for whoever waits for it."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def progress(done: int, whole: int, what: str) -> None:
    """How far long work is: one line that overwrites itself on a terminal, many elsewhere."""
    end = "\r" if sys.stderr.isatty() and done < whole else "\n"
    text = f"{done} of {whole} {what}"
    sys.stderr.write(f"{text}{end}")
    sys.stderr.flush()
