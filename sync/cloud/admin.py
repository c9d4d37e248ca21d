"""Where this machine's own tools reach the running server: one route, behind a random token."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, request

from sync.cloud.desk import Workbench
from sync.cloud.problems import Problem

Notify = Callable[[Sequence[str]], None]
"""Called with the points that have something new to pull."""


@dataclass(frozen=True, slots=True)
class AdminDoor:
    """The desk behind its token."""

    desk: Workbench
    token: str
    notify: Notify

    def blueprint(self) -> Blueprint:
        """Its route."""
        routes = Blueprint("admin", __name__)
        routes.post("/admin/<action>")(self.perform)
        return routes

    def perform(self, action: str) -> Response:
        """Carry out one action of the desk."""
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.token}".encode()):
            raise Problem(401, "This door is for pickup-cloud's own commands.")
        payload = request.get_json(force=True)
        if not isinstance(payload, dict):
            raise Problem(400, "The body must be a JSON object.")
        answer = self.desk.perform(action, payload)
        self.notify(answer.get("changed_points", ()))
        return jsonify(answer)
