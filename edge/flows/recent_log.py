"""The last lines of the kiosk's log, in memory: what somebody far away looks at first."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Mapping

from edge.logs import sentence

KEPT_LINES = 200
LONGEST_LINE = 200
ROOM = 12 * 1024
"""Bytes for lines and figures together: an event has 16 KiB, and more stands in it."""
OUR_OWN = ("edge", "kiosk")


class RecentLog(logging.Handler):
    """Keeps what our own code says; libraries quote addresses, and forms with them."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        super().__init__(logging.INFO)
        self._seconds = seconds
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, cut to a bearable length."""
        if record.name.partition(".")[0] in OUR_OWN:
            line = f"{self._seconds():.1f} {record.levelname} {record.name} {sentence(record)}"
            self._lines.append(line[:LONGEST_LINE])

    def figures(self, health: Mapping[str, object]) -> dict[str, object]:
        """The health's figures, and of the lines the newest that have room beside them."""
        figures: dict[str, object] = {"health": dict(health), "lines": []}
        room = ROOM - _size(figures)
        newest: list[str] = []
        for line in reversed(tuple(self._lines)):
            room -= _size(line) + 1
            if room < 0:
                break
            newest.append(line)
        return {**figures, "lines": newest[::-1]}


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())
