"""The cloud's HTTP side as an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Final

from edge.core import ids
from sync.contract.batch import BATCH_TYPE, EVENT_TYPE, MAX_MESSAGE_BYTES
from sync.contract.page import CURSOR
from sync.contract.refusal import REVOKED
from sync.contract.spec import claims, passes, reconciliation
from sync.contract.spec.fragments import (
    Schema,
    flag,
    matching,
    record,
    whole,
)
from sync.contract.spec.operations import parameter, problems, reference
from sync.contract.spec.push import MAX_PUSHED
from sync.contract.spec.schemas import IN_DOCUMENT

PROBLEM: Final = record(
    {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": whole(400, 599),
        "detail": {"type": "string", "description": "what is wrong, in a sentence"},
        "instance": {"type": "string"},
        "retryable": flag("whether the same request can succeed later"),
    },
    {
        "code": {"type": "string", "description": f"for programs; `{REVOKED}`: access taken away"},
        "field": {"type": "string", "description": "the parameter or field that breaks a rule"},
        "id": {"type": "string", "description": "the order that it is about"},
        "remedy": {"type": "string", "description": "what to do"},
    },
    about="Problem details (RFC 9457).",
)


def document(version: str) -> Schema:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pickup Point over HTTP",
            "version": version,
            "description": "What a pickup point pulls, and what a platform pushes and asks.",
        },
        "servers": [{"url": "https://cloud.example"}],
        "paths": {
            "/v1/points/{point_id}/orders": {"get": _pull()},
            "/v1/orders": {"post": _push()},
            **passes.PATHS,
            "/v1/events": {"post": _post_events()},
            "/v1/reconciliation": {"post": reconciliation.operation()},
            **claims.paths(),
        },
        "components": {
            "schemas": {
                "order": IN_DOCUMENT["order"],
                "orders-page": IN_DOCUMENT["orders-page"],
                "pushed-order": IN_DOCUMENT["pushed-order"],
                "pushed-batch": IN_DOCUMENT["pushed-batch"],
                "push-answer": IN_DOCUMENT["push-answer"],
                "push-results": IN_DOCUMENT["push-results"],
                "pass": IN_DOCUMENT["pass"],
                "sub-pass": IN_DOCUMENT["sub-pass"],
                "event": IN_DOCUMENT["event"],
                "event-batch": IN_DOCUMENT["event-batch"],
                "ack": IN_DOCUMENT["ack"],
                "reconciliation": IN_DOCUMENT["reconciliation"],
                "ledger-ranges": IN_DOCUMENT["ledger-ranges"],
                **{name: IN_DOCUMENT[name] for name in IN_DOCUMENT if name.startswith("claim")},
                "problem": PROBLEM,
            },
            "securitySchemes": {
                "point": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "the point's token, given with its settings",
                },
                "platform": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "the platform's token, shown once when it is added",
                },
            },
        },
    }


def _pull() -> Schema:
    return {
        "operationId": "pullOrders",
        "summary": "The next orders of one point, with all that it needs to know beside them",
        "description": "Without `since`: everything that is still held at the point, whatever its "
        "date. Orders of tomorrow are served as soon as they are there.",
        "security": [{"point": []}],
        "parameters": [
            parameter("point_id", "path", matching(ids.POINT_ID), required=True),
            parameter("since", "query", matching(CURSOR, "the cursor of the answer before")),
            parameter("limit", "query", whole(1, 1000, "orders at most; 200 if left out")),
        ],
        "responses": {
            "200": {
                "description": "One page; with `more` true there is another at once.",
                "content": {"application/json": {"schema": reference("orders-page")}},
            },
            **problems(
                {
                    "400": "A parameter breaks its rule.",
                    "401": "No token, or not this point's.",
                    "403": "This point is revoked.",
                    "410": "The cursor is not known any more: pull again without `since`.",
                }
            ),
        },
    }


def _push() -> Schema:
    answer = {"application/json": {"schema": reference("push-answer")}}
    results = {"application/json": {"schema": reference("push-results")}}
    either = {"anyOf": [reference("push-answer"), reference("push-results")]}
    return {
        "operationId": "pushOrders",
        "summary": f"One order of a platform, or up to {MAX_PUSHED} of them",
        "description": "Idempotent by (issuer, id, revision): the same again changes nothing, "
        "an older revision changes nothing and is told which one stands. Each order of a batch "
        "goes in or is refused alone.",
        "security": [{"platform": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [reference("pushed-order"), reference("pushed-batch")]}
                }
            },
        },
        "responses": {
            "200": {
                "description": "A known order: updated, unchanged, or a newer revision stands; "
                "or every order of a batch went in.",
                "content": {"application/json": {"schema": either}},
            },
            "201": {"description": "A new order.", "content": answer},
            "207": {
                "description": "Some orders of the batch did not go in: each has its status.",
                "content": results,
            },
            **problems(
                {
                    "400": "No JSON object.",
                    "401": "No token, or no platform's.",
                    "409": "This revision is here with other content, which stands.",
                    "413": "More than 32 MiB.",
                    "422": "A field breaks its rule: the problem names order and field.",
                    "503": "The database took nothing: send the same again.",
                }
            ),
        },
    }


def _post_events() -> Schema:
    return {
        "operationId": "postEvents",
        "summary": "Events of one point, where its broker is blocked",
        "description": "The same bytes as on `up/events`, one message of them, and the same "
        "ledger: what came by the other way, too, counts once. The ack is sent after the commit.",
        "security": [{"point": []}],
        "requestBody": {
            "required": True,
            "content": {
                EVENT_TYPE: {"schema": reference("event")},
                BATCH_TYPE: {"schema": reference("event-batch")},
            },
        },
        "responses": {
            "200": {
                "description": "What is settled now, of the epochs that these events are of.",
                "content": {"application/json": {"schema": reference("ack")}},
            },
            **problems(
                {
                    "401": "No token, or no point's.",
                    "403": "This point is revoked: its events wait there until it is readmitted.",
                    "413": f"More than {MAX_MESSAGE_BYTES} bytes.",
                    "415": "Neither of the two content types.",
                    "422": "No event could be read: the bytes are kept aside for a person.",
                    "503": "The database took nothing: send the same again.",
                }
            ),
        },
    }
