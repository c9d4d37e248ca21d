"""Server-sent events: each stream is told the version of what the screens show."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

from flask import Blueprint, Response

from edge.flows.news import News

MOST_STREAMS = 4
COMMENT_SECONDS = 1.0
"""A write this often finds dead clients; without one a dead stream would keep its thread."""


class Stream:
    """One browser that listens."""

    def __init__(self) -> None:
        self.open = True


class Streams:
    """The open streams, oldest first; one too many closes the oldest, so threads never run out."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._lock = threading.Lock()
        self._open: deque[Stream] = deque()

    def __len__(self) -> int:
        return len(self._open)

    def listen(self) -> Iterator[str]:
        """The text of one stream, until the client goes or is pushed out."""
        stream = self._admit()
        try:
            version = self._news.version
            yield f"retry: 1000\ndata: {version}\n\n"
            while stream.open:
                newer = self._news.wait(version, COMMENT_SECONDS)
                yield ":\n\n" if newer == version else f"data: {newer}\n\n"
                version = newer
        finally:
            self._dismiss(stream)

    def _admit(self) -> Stream:
        stream = Stream()
        with self._lock:
            self._open.append(stream)
            crowded = len(self._open) > MOST_STREAMS
            if crowded:
                self._open.popleft().open = False
        if crowded:
            self._news.bump()  # wakes the closed stream's thread at once
        return stream

    def _dismiss(self, stream: Stream) -> None:
        with self._lock:
            if stream in self._open:
                self._open.remove(stream)


def blueprint(streams: Streams) -> Blueprint:
    """`GET /live`."""
    pages = Blueprint("live", __name__)

    @pages.get("/live")
    def live() -> Response:
        return Response(
            streams.listen(),
            mimetype="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
        )

    return pages
