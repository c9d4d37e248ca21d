"""Passes and sub-passes as platforms ask for them."""

from __future__ import annotations

from typing import Final

from edge.core import ids, pass_text
from sync.contract.spec.fragments import Schema, array, day, instant, matching, record
from sync.contract.spec.operations import parameter, problems, reference

MOST_SUB_PASSES: Final = 5
"""Sub-passes of one order, at most."""
FORMS: Final = ("application/json", "image/png", "image/svg+xml", "text/plain")
"""How a pass is served; the first where nothing is asked for."""

_TEXT: Final[Schema] = {
    "type": "string",
    "pattern": f"^{pass_text.PREFIX}[A-Z2-7]+$",
    "maxLength": pass_text.LONGEST_SUB_PASS,
    "description": "what the QR code carries: draw it as it is, in alphanumeric mode",
}
_SUB_PASS_ID: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
_ORDER: Final = {
    "issuer": matching(ids.ISSUER),
    "order_id": matching(ids.ORDER_ID),
    "point_id": matching(ids.POINT_ID),
    "pass": _TEXT,
}
PASS: Final = record(
    {
        **_ORDER,
        "pickup_code": {
            "type": "string",
            "pattern": "^[0-9]{8}$",
            "description": "for a customer without a screen; shown as 1234-5678",
        },
        "pickup_date": day("at the point"),
        "window": record({"opens": instant(), "closes": instant()}),
    },
    about="The pass of an order, for its customer alone: whoever has it can collect.",
)
SUB_PASS: Final = record(
    {
        **_ORDER,
        "sub_pass_id": {**_SUB_PASS_ID, "description": "the `cti` of the pass, in hex"},
        "made_at": instant(),
    },
    about="A pass of its own for somebody who collects the order for its customer.",
)


def _get_pass() -> Schema:
    return {
        "operationId": "getPass",
        "summary": "The pass of an order, as data or as a picture",
        "description": "An order that was handed over keeps its pass: it opens nothing twice.",
        **_about_an_order(),
        "responses": {"200": _forms("pass"), **_refusals("406", "410")},
    }


def _list_sub_passes() -> Schema:
    page = record({"sub_passes": array(reference("sub-pass"), MOST_SUB_PASSES)})
    return {
        "operationId": "listSubPasses",
        "summary": "The sub-passes of an order, the oldest first",
        **_about_an_order(),
        "responses": {
            "200": {"description": "All of them.", "content": {FORMS[0]: {"schema": page}}},
            **_refusals(),
        },
    }


def _make_sub_pass() -> Schema:
    return {
        "operationId": "makeSubPass",
        "summary": f"A sub-pass for a neighbour; an order has {MOST_SUB_PASSES} at most",
        "description": "It closes this one order and nothing else; the closure says that a "
        "sub-pass was shown. The customer's own pass stays good.",
        **_about_an_order(),
        "responses": {
            "201": {
                "description": "It is made and kept; `Location` is where it is served.",
                "content": {FORMS[0]: {"schema": reference("sub-pass")}},
            },
            **_refusals("409", "410", "503"),
        },
    }


def _get_sub_pass() -> Schema:
    named = parameter("sub_pass_id", "path", _SUB_PASS_ID, required=True)
    return {
        "operationId": "getSubPass",
        "summary": "One sub-pass, as data or as a picture",
        **_about_an_order(named),
        "responses": {"200": _forms("sub-pass"), **_refusals("406", "410")},
    }


def _about_an_order(*more: Schema) -> Schema:
    order = parameter("order_id", "path", matching(ids.ORDER_ID), required=True)
    return {"security": [{"platform": []}], "parameters": [order, *more]}


def _forms(name: str) -> Schema:
    data, png, svg, plain = FORMS
    return {
        "description": "In the form that `Accept` asks for.",
        "content": {
            data: {"schema": reference(name)},
            png: {"schema": {"type": "string", "contentMediaType": png}},
            svg: {"schema": {"type": "string"}},
            plain: {"schema": {"type": "string"}},
        },
    }


_NO: Final = {
    "401": "No token, or no platform's.",
    "404": "No such order or sub-pass of this platform.",
    "406": f"None of the forms {', '.join(FORMS)}.",
    "409": "The order was handed over, or has as many sub-passes as it may.",
    "410": "The order was cancelled: its passes are worth nothing.",
    "503": "The database took nothing: send the same again.",
}


def _refusals(*more: str) -> Schema:
    return problems({status: _NO[status] for status in sorted(("401", "404", *more))})


PATHS: Final[Schema] = {
    "/v1/orders/{order_id}/pass": {"get": _get_pass()},
    "/v1/orders/{order_id}/sub-passes": {"get": _list_sub_passes(), "post": _make_sub_pass()},
    "/v1/orders/{order_id}/sub-passes/{sub_pass_id}": {"get": _get_sub_pass()},
}
