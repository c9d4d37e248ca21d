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
    """One line for whoever reads the log."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def progress(text: str) -> None:
    """How far long work is: overwritten on a terminal, a line elsewhere."""
    end = "\r" if sys.stderr.isatty() else "\n"
    sys.stderr.write(f"{text}{end}")
    sys.stderr.flush()
