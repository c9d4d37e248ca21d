"""The real server around the pages, on a free port, gone when the test is."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from edge.kiosk.live import MOST_STREAMS

PATIENCE = 10.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(app: Flask, port: int) -> Iterator[None]:
    """Serve as the kiosk does; the server's own loop closes its sockets, then its threads end."""
    sockets: dict[int, Any] = {}
    server: Any = create_server(
        app, map=sockets, host="127.0.0.1", port=port, threads=MOST_STREAMS + 4
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield
    finally:
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets, ignore_all=True))
        thread.join(PATIENCE)
        server.task_dispatcher.shutdown(timeout=PATIENCE)
