"""S2: a scan over HTTP at a real kiosk process: alone, with all event streams open or abandoned.

`python -m tests.bench.web FOLDER ROUNDS` answers as JSON, so that it can run on a slow disk.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from edge.kiosk.live import COMMENT_SECONDS, MOST_STREAMS
from tests.bench.bare import BareCommit
from tests.bench.measure import interleaved, timed
from tests.bench.ready import passes, provision
from tests.stack import BIN, LOOPBACK, PATIENCE, answers, free_base_port, wait_until

BLOCKS = 4
WARM_UP = 10
ABANDONED = 20
HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
}


class Client:
    """One program with one connection that stays open."""

    def __init__(self, port: int, waiting: Iterator[str]) -> None:
        self._connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PATIENCE)
        self._waiting = waiting

    def scan(self) -> None:
        body = urllib.parse.urlencode({"text": next(self._waiting)})
        self._connection.request("POST", "/scan", body, HEADERS)
        answer = json.loads(self._connection.getresponse().read())
        assert answer["outcome"] == "released", answer


@contextmanager
def a_kiosk(root: Path, port: int) -> Iterator[None]:
    """A kiosk that serves."""
    words = [str(BIN / "pickup-kiosk"), "serve", "--data", str(root), "--port", str(port)]
    with (root / "kiosk.log").open("wb") as log, subprocess.Popen(words, stderr=log) as kiosk:
        try:
            wait_until(lambda: answers(port), "kiosk serving")
            yield
        finally:
            kiosk.terminate()


def open_stream(port: int) -> http.client.HTTPConnection:
    """A browser that listens and has heard its first line."""
    browser = http.client.HTTPConnection(LOOPBACK, port, timeout=PATIENCE)
    browser.request("GET", "/live")
    assert browser.getresponse().readline().startswith(b"retry")
    return browser


def scan_against_bare(root: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of scans in each of three surroundings and of the bare work, all in turn."""
    port, count = free_base_port(), 3 * rounds + WARM_UP
    provision(root, count, port)
    taken: dict[str, list[float]] = {"alone": [], "streams": [], "abandoned": [], "bare": []}
    bare = BareCommit(root / "bare.db", b"x" * 900)
    with a_kiosk(root, port):
        client = Client(port, iter(passes(count)))
        for _ in range(WARM_UP):
            client.scan()
        for _ in range(BLOCKS):
            for surroundings in ("alone", "streams", "abandoned"):
                with ExitStack() as opened:
                    _surround(surroundings, port, opened)
                    ours, least = interleaved(
                        timed(client.scan), bare.timed, rounds=rounds // BLOCKS
                    )
                taken[surroundings] += ours
                taken["bare"] += least
    bare.close()
    return taken


def _surround(surroundings: str, port: int, opened: ExitStack) -> None:
    """Streams end with the block; before "alone" the kiosk gets the time to notice."""
    if surroundings == "alone":
        time.sleep(2 * COMMENT_SECONDS)
    elif surroundings == "streams":
        for _ in range(MOST_STREAMS):
            opened.callback(open_stream(port).close)
    else:
        for _ in range(ABANDONED):
            open_stream(port).close()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(scan_against_bare(Path(sys.argv[1]), int(sys.argv[2]))))
