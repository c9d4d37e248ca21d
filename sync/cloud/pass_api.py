"""Passes for a platform's own pages: as data for programs, as pictures for customers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from peewee import Database

from edge.core.order import CloudState, OrderRef
from sync.cloud import orders, sub_passes
from sync.cloud.bearer import authorised_issuer
from sync.cloud.desk import Workbench
from sync.cloud.pass_pictures import pass_png, pass_svg
from sync.cloud.problems import Problem
from sync.contract.spec.passes import FORMS

JSON = FORMS[0]
DRAWN: Mapping[str, Callable[[str], str | bytes]] = {
    "image/png": pass_png,
    "image/svg+xml": pass_svg,
    "text/plain": lambda text: f"{text}\n",
}


@dataclass(frozen=True, slots=True)
class PassApi:
    """What a platform may ask about the passes of its own orders."""

    desk: Workbench
    reader: Database

    def blueprint(self) -> Blueprint:
        """Its routes."""
        routes = Blueprint("passes", __name__, url_prefix="/v1/orders/<order_id>")
        routes.get("/pass")(self.show)
        routes.get("/sub-passes")(self.list_sub_passes)
        routes.post("/sub-passes")(self.give_sub_pass)
        routes.get("/sub-passes/<sub_pass_id>")(self.show_sub_pass)
        return routes

    def show(self, order_id: str) -> Response:
        """The pass of an order, in the form that is asked for."""
        _, row = self._order(order_id)
        _refuse_cancelled(row)
        return _in_form(row["pass_text"], _document(row))

    def list_sub_passes(self, order_id: str) -> Response:
        """All sub-passes of an order."""
        ref, _ = self._order(order_id)
        given = [one.to_json() for one in sub_passes.of_order(self.reader, ref)]
        return _private(jsonify(sub_passes=given))

    def give_sub_pass(self, order_id: str) -> Response:
        """Make one more."""
        ref, row = self._order(order_id)
        _refuse_cancelled(row)
        wish = {
            "issuer": ref.issuer,
            "order_id": ref.order_id,
            "point_id": row["point_id"],
        }
        given = self.desk.perform("give_sub_pass", wish)
        response = _private(jsonify(given))
        response.status_code = 201
        response.headers["Location"] = url_for(
            ".show_sub_pass", order_id=order_id, sub_pass_id=given["sub_pass_id"]
        )
        return response

    def show_sub_pass(self, order_id: str, sub_pass_id: str) -> Response:
        """One sub-pass, in the form that is asked for."""
        ref, row = self._order(order_id)
        _refuse_cancelled(row)
        for one in sub_passes.of_order(self.reader, ref):
            if one.sub_pass_id == sub_pass_id:
                return _in_form(one.pass_text, one.to_json())
        raise Problem(404, f"Order {order_id} has no such sub-pass.")

    def _order(self, order_id: str) -> tuple[OrderRef, Mapping[str, Any]]:
        ref = OrderRef(authorised_issuer(self.reader), order_id)
        row = orders.find(self.reader, ref)
        if row is None:
            raise Problem(404, f"There is no order {order_id[:40]!r} of this platform.")
        return ref, row


def _refuse_cancelled(row: Mapping[str, Any]) -> None:
    if row["state"] == CloudState.CANCELLED:
        raise Problem(410, f"Order {row['order_id']} was cancelled: its pass is worth nothing.")


def _document(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "issuer": row["issuer"],
        "order_id": row["order_id"],
        "point_id": row["point_id"],
        "pass": row["pass_text"],
        "pickup_code": row["pickup_code"],
        "pickup_date": row["pickup_date"],
        "window": json.loads(row["body"])["window"],
    }


def _in_form(text: str, document: Mapping[str, Any]) -> Response:
    accepted = request.accept_mimetypes
    form = accepted.best_match(FORMS) if accepted else JSON
    if form is None:
        raise Problem(406, f"A pass is served as {', '.join(FORMS)}.")
    if form == JSON:
        return _private(jsonify(document))
    return _private(Response(DRAWN[form](text), content_type=form))


def _private(response: Response) -> Response:
    # Whoever has a pass can collect: no cache on the way may keep it.
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept, Authorization"
    return response
