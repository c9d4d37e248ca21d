"""`GET /healthz` and `GET /metrics`: how every part of the cloud is, and its figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

from flask import Flask, Response, jsonify, request

from edge.errors import PointError
from sync.cloud import changes, points
from sync.cloud.desk import Desk
from sync.cloud.drivers.port import DATABASE_ERRORS
from sync.cloud.metrics import exposition

OK, DEGRADED, FAILING = "ok", "degraded", "failing"
ROOM_BYTES = 500_000_000

Part = dict[str, object]
_ADVICE = {
    "database": (
        "the database does not answer: no order is served, nothing is acknowledged",
        "See that it runs and that --data or --database names it; points keep everything.",
    ),
    "broker": (
        "there is no connection to the broker; points keep their events, or send them by HTTPS",
        "See that the broker runs and that --broker-host and --broker-port name it.",
    ),
    "receiver": (
        "nothing is received by MQTT while there is no broker",
        "See 'broker'.",
    ),
    "disk": ("the disk is nearly full", "Make room beside the data directory."),
}
"""Why a part is not well, and what to do now."""


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What is asked; `connected`: whether the receiver has a broker."""

    desk: Desk
    connected: Callable[[], bool]

    def install(self, app: Flask) -> None:
        """Both routes, and a count of every answer."""
        figures = exposition(self.desk, self.connected)
        app.get("/healthz")(self.healthz)

        @app.get("/metrics")
        def metrics() -> Response:
            return Response(figures(), content_type="text/plain; version=0.0.4; charset=utf-8")

        @app.after_request
        def count(response: Response) -> Response:
            route = "none" if request.url_rule is None else request.url_rule.rule
            method = request.method if request.url_rule is not None else "any"
            self.desk.meter.answered(method, route, response.status_code)
            return response

    def healthz(self) -> tuple[Response, int]:
        """200 while orders can be served and events stored; 503 without a database."""
        database = self._database()
        connected = self.connected()
        parts = {
            "database": database,
            "broker": {"status": OK if connected else DEGRADED, "connected": connected},
            "receiver": self._receiver(connected=connected),
            "keys": {"status": OK, "issuers": len(self.desk.keyring.issuers())},
            "disk": self._disk(),
        }
        told = {
            "version": version("pickup-point"),
            "status": _worst(parts),
            "attention": [name for name, part in parts.items() if part["status"] != OK],
            "subsystems": {name: _told(name, part) for name, part in parts.items()},
        }
        return jsonify(told), 503 if database["status"] == FAILING else 200

    def _database(self) -> Part:
        reader = self.desk.store.reader
        try:
            position, known = changes.current(reader), points.ids(reader)
        except (PointError, *DATABASE_ERRORS):
            return {"status": FAILING}
        return {
            "status": OK,
            "generation": position.generation,
            "change": position.change,
            "points": len(known),
        }

    def _receiver(self, *, connected: bool) -> Part:
        heard = self.desk.meter.heard.values()
        silent = None if not heard else round(self.desk.clock.now().wall.timestamp() - max(heard))
        return {"status": OK if connected else DEGRADED, "last_received_seconds_ago": silent}

    def _disk(self) -> Part:
        folder = self.desk.keyring.folder
        if folder is None:
            return {"status": OK}
        free = shutil.disk_usage(folder).free
        return {"status": OK if free >= ROOM_BYTES else DEGRADED, "free_bytes": free}


def _told(name: str, part: Part) -> Part:
    if part["status"] == OK:
        return part
    why, remedy = _ADVICE[name]
    return {**part, "why": why, "remedy": remedy}


def _worst(parts: dict[str, Part]) -> str:
    if parts["database"]["status"] == FAILING:
        return FAILING
    return OK if all(part["status"] == OK for part in parts.values()) else DEGRADED
