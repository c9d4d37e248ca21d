"""Every error of the HTTP API as problem details (RFC 9457)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from edge.errors import ConfigError, MalformedMessage, PointError, StoreBusy

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
_STATUS_OF: Mapping[type[PointError], int] = {MalformedMessage: 422, ConfigError: 409}


class Problem(Exception):
    """An answer that says no: what is wrong, and whether trying again can help."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        field: str | None = None,
        code: str | None = None,
        order_id: str | None = None,
        remedy: str | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.code = code
        self.order_id = order_id
        self.remedy = remedy
        self.retryable = retryable


def answer(problem: Problem) -> Response:
    """The problem as a response."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path,
        "retryable": problem.retryable,
    }
    extras = {
        "code": problem.code,
        "field": problem.field,
        "id": problem.order_id,
        "remedy": problem.remedy,
    }
    document |= {name: text for name, text in extras.items() if text is not None}
    body = json.dumps(document, ensure_ascii=False) + "\n"
    response = Response(body, status=problem.status, content_type=PROBLEM_TYPE)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="pickup"'
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "5"
    return response


def install(app: Flask) -> None:
    """Turn every way to fail into a problem."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(PointError, _of_point_error)
    app.register_error_handler(Exception, _of_surprise)


def _of_http(error: HTTPException) -> Response:
    return answer(Problem(error.code or 500, error.description or "The request was refused."))


def _of_point_error(error: PointError) -> Response:
    busy = isinstance(error, StoreBusy)
    status = 503 if busy else _STATUS_OF.get(type(error), 500)
    return answer(Problem(status, error.what, remedy=error.remedy, retryable=busy))


def _of_surprise(error: Exception) -> Response:
    log.error("request_failed", exc_info=error, extra={"page": request.endpoint})
    return answer(Problem(500, "The cloud failed here; its log says how.", retryable=True))
