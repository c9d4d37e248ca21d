"""The orders API: what a point pulls, and nothing about any other point's orders."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request
from peewee import Database

from edge.core.moment import instant_from_ms, rfc3339
from edge.core.pickup_code import key_document
from sync.cloud import orders, points
from sync.cloud.bearer import authorise_point
from sync.cloud.changes import Cursor, current, read_cursor
from sync.cloud.desk import Desk
from sync.cloud.problems import Problem
from sync.cloud.rules import RULES

DEFAULT_LIMIT = 200
MAX_LIMIT = 1000
LONGEST_CURSOR = 200
WORTH_GZIP = 1024


@dataclass(frozen=True, slots=True)
class OrdersApi:
    """What the API answers from."""

    desk: Desk

    @property
    def reader(self) -> Database:
        """Where it reads."""
        return self.desk.store.reader

    def blueprint(self) -> Blueprint:
        """Its routes."""
        routes = Blueprint("orders", __name__)
        routes.get("/v1/points/<point_id>/orders")(self.pull)
        return routes

    def pull(self, point_id: str) -> Response:
        """The next orders of one point, with all that a point needs to know beside them."""
        authorise_point(self.reader, point_id)
        _refuse_unknown_parameters(("since", "limit"))
        limit, since = _limit(), self._since()
        now = self.desk.clock.now().wall
        page = orders.page(self.reader, point_id, since, limit=limit, now=now)
        point = points.must_find(self.reader, point_id)
        eta = orders.expected_at(self.reader, point_id, now.astimezone(point.zone).date())
        around = {
            "cursor": str(page.cursor),
            "more": page.more,
            "server_time": rfc3339(now),
            "keys": self.desk.keyring.public_documents(now),
            "command_keys": self.desk.command_keys.public_documents(now),
            "points": points.neighbours(self.reader, point_id),
            "rules": RULES,
            "pickup_codes": key_document(point.code_key),
            "eta": None if eta is None else rfc3339(instant_from_ms(eta)),
        }
        return _json(around, page.bodies)

    def _since(self) -> Cursor:
        now = current(self.reader)
        text = _single("since")
        if text is None:
            return orders.start_of_pull(now)
        if len(text) > LONGEST_CURSOR or not re.fullmatch(r"[!-~]+", text):
            raise Problem(400, "since is not a cursor; leave it out to start over.", field="since")
        cursor = read_cursor(text, now)
        if cursor is None:
            raise Problem(
                410, "This cursor is not known here; pull again without since.", field="since"
            )
        return cursor


def _limit() -> int:
    text = _single("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise Problem(400, f"limit must be a whole number from 1 to {MAX_LIMIT}.", field="limit")
    return int(text)


def _single(name: str) -> str | None:
    values = request.args.getlist(name)
    if len(values) > 1:
        raise Problem(400, f"{name} is given {len(values)} times; give it once.", field=name)
    return values[0] if values else None


def _refuse_unknown_parameters(known: Sequence[str]) -> None:
    for name in request.args:
        if name not in known:
            raise Problem(400, f"{name[:40]!r} is no parameter here; known: {', '.join(known)}.")


def _json(around: dict[str, object], bodies: Sequence[str]) -> Response:
    # Orders are kept as the JSON that is served: joining costs nothing, decoding would.
    head = json.dumps(around, ensure_ascii=False, separators=(",", ":"))
    data = f'{head[:-1]},"orders":[{",".join(bodies)}]}}'.encode()
    response = Response(data, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Encoding"
    if len(data) >= WORTH_GZIP and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(data, compresslevel=5))
        response.headers["Content-Encoding"] = "gzip"
    return response
