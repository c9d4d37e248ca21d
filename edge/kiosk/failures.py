"""Plain pages for everything that is not a page, and for our own failures."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from edge.errors import ForbiddenTransition, PointError, UnknownCompartment
from edge.kiosk.languages import say

log = logging.getLogger(__name__)


def wants_json() -> bool:
    """Whether a program asks rather than a browser."""
    kinds = request.accept_mimetypes
    return kinds.best_match(["text/html", "application/json"]) == "application/json"


def status_of(error: PointError) -> int:
    """404 for a place that is not here, 409 for what the order's state forbids, else 503."""
    if isinstance(error, UnknownCompartment):
        return 404
    return 409 if isinstance(error, ForbiddenTransition) else 503


def _sentence(status: int) -> str:
    if status in {404, 405}:
        return say("There is no such page here.")
    return say("This was not accepted.") if status < 500 else say("Out of service for a moment.")


def install(app: Flask) -> None:
    """One plain page for each kind of failure; programs get the same as JSON."""

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        return answer(error.code or 500, _sentence(error.code or 500))

    @app.errorhandler(PointError)
    def point(error: PointError) -> Response:
        log.error("%s", error)
        return answer(status_of(error), _sentence(status_of(error)))

    @app.errorhandler(500)
    def unforeseen(_error: Exception) -> Response:
        return answer(500, _sentence(500))

    def answer(status: int, sentence: str) -> Response:
        if wants_json():
            return make_response(jsonify({"error": sentence, "status": status}), status)
        page = render_template("failure.html", sentence=sentence, status=status)
        return make_response(page, status)
