"""The demo page: the day's passes as a customer's phone would show them. Loopback only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from peewee import Database

from edge.clock import Clock
from edge.core.ids import is_point_id
from edge.core.masking import mask_name
from edge.core.order import OrderRef
from sync.cloud import orders, points
from sync.cloud.keyring import ISSUER
from sync.cloud.pass_pictures import pass_png, pass_svg
from sync.cloud.printing.slip import spoken_code
from sync.cloud.problems import Problem

POLICY = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'"


@dataclass(frozen=True, slots=True)
class PassCard:
    """One pass on the page."""

    issuer: str
    order_id: str
    name: str
    language: str
    state: str
    items: tuple[tuple[str, int, str], ...]
    zones: tuple[str, ...]
    pickup_code: str
    pass_text: str


@dataclass(frozen=True, slots=True)
class PhonePage:
    """The page and the pictures on it."""

    reader: Database
    clock: Clock

    def blueprint(self) -> Blueprint:
        """Its routes."""
        routes = Blueprint(
            "phone",
            __name__,
            template_folder="templates",
            static_folder="static",
            static_url_path="/phone/static",
        )
        routes.get("/phone")(self.show)
        routes.get("/phone/<order_id>.svg")(self.svg)
        routes.get("/phone/<order_id>.png")(self.png)
        return routes

    def show(self) -> Response:
        """All passes of one point and one day."""
        known = points.ids(self.reader)
        point_id = _chosen_point(known)
        cards: list[PassCard] = []
        day = _chosen_day()
        if point_id is not None:
            zone = points.must_find(self.reader, point_id).zone
            day = day or self.clock.now().wall.astimezone(zone).date()
            rows = orders.listing(self.reader, point_id=point_id, pickup_date=day.isoformat())
            cards = [_card(row) for row in rows]
        page = render_template("phone.html", cards=cards, points=known, point=point_id, day=day)
        response = Response(page)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
        return response

    def svg(self, order_id: str) -> Response:
        """One pass as a drawing."""
        return Response(pass_svg(self._pass(order_id)), content_type="image/svg+xml")

    def png(self, order_id: str) -> Response:
        """One pass as a picture to keep."""
        return Response(pass_png(self._pass(order_id)), content_type="image/png")

    def _pass(self, order_id: str) -> str:
        issuer = request.args.get("issuer", ISSUER)
        text = orders.pass_of(self.reader, OrderRef(issuer, order_id))
        if text is None:
            raise Problem(404, f"There is no order {order_id[:40]!r}.")
        return text


def _chosen_point(known: list[str]) -> str | None:
    wanted = request.args.get("point", "")
    if wanted and (not is_point_id(wanted) or wanted not in known):
        raise Problem(404, f"There is no point {wanted[:40]!r}.", field="point")
    return wanted or next(iter(known), None)


def _chosen_day() -> date | None:
    text = request.args.get("date", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Problem(400, "date must be like 2026-11-23.", field="date") from None


def _card(row: Mapping[str, Any]) -> PassCard:
    order = json.loads(row["body"])
    return PassCard(
        issuer=row["issuer"],
        order_id=row["order_id"],
        name=mask_name(order["customer"]["name"]),
        language=order["customer"]["language"] or "zh-Hant",
        state="due" if _is_due(row, order) else orders.shown_state(row),
        items=tuple((line["name"], line["ordered"], line["unit"]) for line in order["lines"]),
        zones=tuple(parcel["temperature_zone"] for parcel in order["parcels"]),
        pickup_code=spoken_code(row["pickup_code"]),
        pass_text=row["pass_text"],
    )


def _is_due(row: Mapping[str, Any], order: Mapping[str, Any]) -> bool:
    return orders.shown_state(row) == orders.OPEN and order["payment"]["state"] == "due"
