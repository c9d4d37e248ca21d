"""What the programs say while they run."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from edge import logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def spoken(stream: io.StringIO) -> list[dict[str, object]]:
    logs.flush()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_into_a_file_every_event_is_one_json_object_with_its_facts() -> None:
    file = io.StringIO()
    logs.begin("pickup-sync", file)

    logging.getLogger("sync.agent.loop").info("broker_away", extra={"why": "No route.\nNone."})

    (told,) = spoken(file)
    assert str(told.pop("time")).endswith("Z")
    assert told == {
        "level": "info",
        "process": "pickup-sync",
        "event": "broker_away",
        "why": "No route.\nNone.",
    }


def test_on_a_terminal_the_same_event_is_a_line_of_words() -> None:
    terminal = Terminal()
    logs.begin("pickup-sync", terminal)

    logging.getLogger("sync.agent").warning("order_left_out", extra={"why": "no window"})

    logs.flush()
    assert terminal.getvalue()[8:] == " pickup-sync: WARNING order left out: why no window\n"


def test_what_a_library_says_is_marked_as_its_own() -> None:
    file = io.StringIO()
    logs.begin("pickup-kiosk", file)

    logging.getLogger("waitress").warning("Serving on %s", "http://127.0.0.1:8080")

    (told,) = spoken(file)
    assert (told["event"], told["library"]) == ("library_spoke", "waitress")
    assert told["said"] == "Serving on http://127.0.0.1:8080"


def test_a_failure_says_where_and_never_what_somebody_typed() -> None:
    file = io.StringIO()
    logs.begin("pickup-kiosk", file)

    try:
        int("王小明")
    except ValueError:
        logging.getLogger("edge").exception("request_failed")

    (told,) = spoken(file)
    assert told["error"] == "ValueError"
    assert "test_logs.py" in str(told["where"])
    assert "王小明" not in file.getvalue()


def test_beginning_again_does_not_say_everything_twice() -> None:
    file = io.StringIO()
    logs.begin("pickup-kiosk", file)
    logs.begin("pickup-kiosk", file)

    logging.getLogger("edge").info("started")

    assert len(spoken(file)) == 1


def test_a_reader_that_went_away_costs_its_lines_and_nothing_else() -> None:
    there, ours = os.pipe()
    with os.fdopen(ours, "w") as stream:
        logs.begin("pickup-kiosk", stream)
        os.close(there)
        logging.getLogger("edge").info("started")
        logs.flush()
        heard = io.StringIO()
        logs.begin("pickup-kiosk", heard)
        logging.getLogger("edge").info("stopped")
        assert [told["event"] for told in spoken(heard)] == ["stopped"]
        with suppress(BrokenPipeError):
            stream.close()


def test_a_log_file_is_read_aloud_and_odd_lines_stay_as_they_are() -> None:
    line = (
        '{"time": "2026-11-23T10:00:00.000Z", "level": "error", "process": "pickup-cloud",'
        ' "event": "request_failed", "page": "orders.pull"}\n'
    )

    assert list(logs.read_aloud([line, "Segmentation fault\n", "[1, 2]\n"])) == [
        "10:00:00 pickup-cloud: ERROR request failed: page orders.pull",
        "Segmentation fault",
        "[1, 2]",
    ]
