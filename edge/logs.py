"""What the programs say while they run: one JSON object a line, or words on a terminal.

Rule: a log call names an event (`broker_connected`) and gives its facts in `extra`; no fact is a
name, a telephone number, a pass, a code or a token. Nobody waits for the log: whoever reads it may
be slow, or gone.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from edge.core.moment import rfc3339

OUR_OWN = ("edge", "sync")
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_HEAD = ("time", "level", "process", "event")
_QUIET = ("urllib3", "waitress.queue")
"""Libraries that repeat what our own events say better."""


MOST_WAITING = 1000
"""Lines that wait for a slow reader; what comes beyond them is counted instead."""
FLUSH_SECONDS = 1.0


def begin(process: str, stream: TextIO | None = None) -> None:
    """Let every logger of this process write to `stream`, else to standard error."""
    stream = stream or sys.stderr
    handler = Unwaited(stream)
    handler.setFormatter(Words(process) if stream.isatty() else JsonLines(process))
    root = logging.getLogger()
    for before in root.handlers[:]:
        if isinstance(before, Unwaited):
            root.removeHandler(before)
            before.close()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def flush() -> None:
    """Give what was said a moment to be written, before the process ends without further ado."""
    for handler in logging.getLogger().handlers:
        handler.flush()


class Unwaited(logging.Handler):
    """Writes on a thread of its own, so that a pipe which nobody empties stops nobody else."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._waiting: deque[str] = deque()
        self._left_out = 0
        self._changed = threading.Condition()
        self._is_closed = False
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                self._left_out += 1
                return
            self._waiting.append(line)
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until all is written, but not for long."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, FLUSH_SECONDS)

    def close(self) -> None:
        self.flush()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        super().close()

    def _write(self) -> None:
        while (line := self._next()) is not None:
            # A reader that is gone, or a disk that is full, costs lines and nothing else.
            with suppress(OSError, ValueError):
                self._stream.write(f"{line}\n")
                self._stream.flush()
            self._written()

    def _next(self) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            return self._waiting[0] if self._waiting else None

    def _written(self) -> None:
        with self._changed:
            self._waiting.popleft()
            left_out, self._left_out = self._left_out, 0
            self._changed.notify_all()
        if left_out:
            logging.getLogger(__name__).warning("log_lines_left_out", extra={"lines": left_out})


class JsonLines(logging.Formatter):
    """For programs: time, level, process, event, then the event's facts."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(facts(record, self._process), ensure_ascii=False, default=str)


class Words(JsonLines):
    """For people: the same facts in one sentence."""

    def format(self, record: logging.LogRecord) -> str:
        return in_words(facts(record, self._process))


def facts(record: logging.LogRecord, process: str) -> dict[str, object]:
    """All that a record says."""
    ours = record.name.partition(".")[0] in OUR_OWN
    told: dict[str, object] = {
        "time": rfc3339(datetime.fromtimestamp(record.created, UTC)),
        "level": record.levelname.lower(),
        "process": process,
        "event": record.getMessage() if ours else "library_spoke",
    }
    if not ours:
        told |= {"library": record.name, "said": record.getMessage()}
    told |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
    if record.exc_info and record.exc_info[1] is not None:
        told |= _failure(record.exc_info[1])
    return told


def in_words(told: Mapping[str, object]) -> str:
    """One line for a person: `18:02:11 pickup-sync: broker connected`."""
    time, level, process, event = (str(told.get(name, "?")) for name in _HEAD)
    loud = "" if level == "info" else f"{level.upper()} "
    rest = ", ".join(f"{name} {value}" for name, value in told.items() if name not in _HEAD)
    return f"{time[11:19]} {process}: {loud}{event.replace('_', ' ')}{': ' if rest else ''}{rest}"


def sentence(record: logging.LogRecord) -> str:
    """The event and its facts on one line, without time and place."""
    told = facts(record, "")
    rest = ", ".join(f"{name} {value}" for name, value in told.items() if name not in _HEAD)
    return " ".join(f"{told['event']}{': ' if rest else ''}{rest}".split())


def read_aloud(lines: Iterable[str]) -> Iterable[str]:
    """The lines of a log file in words; what is no JSON object stays as it is."""
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        yield in_words(told) if isinstance(told, dict) else line.rstrip("\n")


def _failure(error: BaseException) -> dict[str, object]:
    # Where it happened, not what it said: a message of Python may quote what somebody typed.
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": where}


if __name__ == "__main__":
    for words in read_aloud(sys.stdin):
        sys.stdout.write(f"{words}\n")
