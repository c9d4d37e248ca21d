"""The contract for machines, as the running cloud shows it to whoever asks."""

from __future__ import annotations

from importlib.metadata import version

from flask import Blueprint, Response, jsonify

from sync.contract.spec import asyncapi, openapi


def blueprint() -> Blueprint:
    """The routes `/openapi.json` and `/asyncapi.json`: no secret stands there, nobody is asked."""
    routes = Blueprint("contract", __name__)
    release = version("pickup-point")

    @routes.get("/openapi.json")
    def http_side() -> Response:
        return jsonify(openapi.document(release))

    @routes.get("/asyncapi.json")
    def mqtt_side() -> Response:
        return jsonify(asyncapi.document(release))

    return routes
