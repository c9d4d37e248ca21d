"""An orders API that answers whatever a test wants."""

from __future__ import annotations

import gzip
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "order.json"
NOW = "2026-11-20T18:00:00.000Z"

Handler = BaseHTTPRequestHandler
Reply = Callable[[Handler], None]


def order(order_id: str = "GB-1", revision: int = 1, **change: object) -> dict[str, object]:
    raw: dict[str, object] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    raw.update(id=order_id, revision=revision, point_id="bamboo-3", parcels=None)
    raw.update(change)
    return raw


def page(*orders: object, cursor: str = "c1", more: object = False, **around: object) -> Reply:
    """A good answer, unless `around` makes it a bad one."""
    value = {"cursor": cursor, "more": more, "server_time": NOW, "orders": list(orders), **around}
    return body(json.dumps(value).encode())


def body(
    data: bytes,
    status: int = 200,
    *,
    packed: bool = False,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Reply:
    def answer(handler: Handler) -> None:
        sent = gzip.compress(data) if packed else data
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if packed:
            handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(sent)))
        handler.end_headers()
        handler.wfile.write(sent)

    return answer


class OrdersServer:
    """Answers `queue` one by one, then `usual` for ever; remembers what was asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.usual: Reply = page()
        self.queue: list[Reply] = []
        self.asked: list[Mapping[str, str | None]] = []
        self._news = threading.Condition()

    def reply(self, handler: Handler) -> None:
        parts = urlsplit(handler.path)
        query = parse_qs(parts.query)
        with self._news:
            self.asked.append(
                {
                    "path": parts.path,
                    "since": query.get("since", [None])[0],
                    "token": handler.headers.get("Authorization"),
                    "encoding": handler.headers.get("Accept-Encoding"),
                }
            )
            answer = self.queue.pop(0) if self.queue else self.usual
            self._news.notify_all()
        try:
            answer(handler)
        except ConnectionError:
            handler.close_connection = True

    def await_requests(self, count: int, seconds: float = 20.0) -> None:
        with self._news:
            assert self._news.wait_for(lambda: len(self.asked) >= count, seconds), self.asked


@contextmanager
def orders_server(tls: ssl.SSLContext | None = None) -> Iterator[OrdersServer]:
    """With `tls` it speaks https."""

    class Handling(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            fake.reply(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's own name
            """Keep the tests quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handling) as server:
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        fake = OrdersServer(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
