"""`POST /v1/orders`: platforms hand their orders over, one at a time or up to 500 together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify
from peewee import Database

from sync.cloud.admin import Notify
from sync.cloud.bearer import authorised_issuer
from sync.cloud.desk import Workbench
from sync.cloud.json_body import json_object
from sync.cloud.problems import Problem
from sync.cloud.push import REMEDY, PushOutcome
from sync.contract.spec.push import MAX_PUSHED

STATUS_OF: Mapping[str, HTTPStatus] = {
    PushOutcome.CREATED: HTTPStatus.CREATED,
    PushOutcome.UPDATED: HTTPStatus.OK,
    PushOutcome.UNCHANGED: HTTPStatus.OK,
    PushOutcome.OUTDATED: HTTPStatus.OK,
    PushOutcome.CONFLICT: HTTPStatus.CONFLICT,
    PushOutcome.BROKEN: HTTPStatus.UNPROCESSABLE_ENTITY,
}


@dataclass(frozen=True, slots=True)
class PushApi:
    """Where platforms push."""

    desk: Workbench
    reader: Database
    notify: Notify

    def blueprint(self) -> Blueprint:
        """Its route."""
        routes = Blueprint("push", __name__)
        routes.post("/v1/orders")(self.push)
        return routes

    def push(self) -> Response:
        """Take one order, or a batch with an answer for each."""
        issuer = authorised_issuer(self.reader)
        body = json_object('The body must be an order, or {"orders": [order, …]}.')
        batch = _batch(body)
        orders = [body] if batch is None else batch
        answer = self.desk.perform("push_orders", {"issuer": issuer, "orders": orders})
        self.notify(answer["changed_points"])
        answers = answer["answers"]
        return _one(answers[0]) if batch is None else _many(answers)


def _batch(body: Mapping[str, Any]) -> list[object] | None:
    if "orders" not in body:
        return None
    orders = body["orders"]
    if not isinstance(orders, list) or not 1 <= len(orders) <= MAX_PUSHED:
        raise Problem(422, f"orders must be a list of 1 to {MAX_PUSHED} orders.", field="orders")
    return orders


def _one(answer: Mapping[str, Any]) -> Response:
    status = STATUS_OF[answer["outcome"]]
    if status >= HTTPStatus.BAD_REQUEST:
        raise Problem(
            status,
            answer["detail"],
            field=answer["field"],
            remedy=REMEDY,
            order_id=answer["order_id"],
        )
    response = jsonify(_shown(answer))
    response.status_code = status
    return response


def _many(answers: list[Mapping[str, Any]]) -> Response:
    results = [
        {"index": index, "status": STATUS_OF[answer["outcome"]].value, **_shown(answer)}
        for index, answer in enumerate(answers)
    ]
    whole = all(result["status"] < HTTPStatus.BAD_REQUEST for result in results)
    response = jsonify(results=results)
    # A batch that went in only in part must not look like one that went in.
    response.status_code = HTTPStatus.OK if whole else HTTPStatus.MULTI_STATUS
    return response


def _shown(answer: Mapping[str, Any]) -> dict[str, Any]:
    named = {"id": answer["order_id"], **{name: answer[name] for name in answer}}
    del named["order_id"]
    return {name: value for name, value in named.items() if value is not None}
