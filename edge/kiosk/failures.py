"""Plain pages for everything that is not a page, and for our own failures."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError

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
    # Flask's own line names the address that was asked for; ours is said below.
    app.logger.disabled = True

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        return answer(error.code or 500, _sentence(error.code or 500))

    @app.errorhandler(PointError)
    def point(error: PointError) -> Response:
        log.error("request_failed", extra={"page": request.endpoint, "why": str(error)})
        return answer(status_of(error), _sentence(status_of(error)))

    @app.errorhandler(500)
    def unforeseen(error: InternalServerError) -> Response:
        log.error(
            "request_failed", exc_info=error.original_exception, extra={"page": request.endpoint}
        )
        return answer(500, _sentence(500))

    def answer(status: int, sentence: str) -> Response:
        if wants_json():
            return make_response(jsonify({"error": sentence, "status": status}), status)
        page = render_template("failure.html", sentence=sentence, status=status)
        return make_response(page, status)
