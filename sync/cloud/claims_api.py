"""`/v1/claims`: how a device that is no point yet asks to become one."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, jsonify, request

from edge.core import claim
from edge.core.cose import VerifyingKey
from sync.cloud import claims
from sync.cloud.desk import Desk
from sync.cloud.json_body import json_object
from sync.cloud.problems import Problem
from sync.contract.claims import KEY_BYTES, SIGNATURE_BYTES, ClaimState, from_base64

NONCE = re.compile(r"([0-9]{13})\.([0-9a-f]{64})")
NONCE_MS = 60_000
LARGEST_BODY = 4096

LetIn = Callable[[str, str], None]
"""Called with a point and its new broker password."""


@dataclass(frozen=True, slots=True)
class ClaimsApi:
    """What the API answers from; a nonce of another run of this cloud is good for nothing."""

    desk: Desk
    let_in: LetIn
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def blueprint(self) -> Blueprint:
        """Its routes."""
        routes = Blueprint("claims", __name__)
        routes.post("/v1/claims")(self.open)
        routes.post("/v1/claims/<code>/nonces")(self.nonce)
        routes.post("/v1/claims/<code>/polls")(self.poll)
        return routes

    def open(self) -> Response:
        """A new request, named by a code."""
        key = from_base64(_body().get("public_key"), KEY_BYTES)
        if key is None:
            raise Problem(
                422,
                "public_key must be an Ed25519 key: 32 bytes in base64url.",
                field="public_key",
            )
        code = self.desk.perform("open_claim", {"public_key": key.hex()})["code"]
        if code is None:
            raise Problem(429, "Too many devices ask just now.", retryable=True)
        return _told({"code": code, "expires_in": claim.LIFE_SECONDS})

    def nonce(self, code: str) -> Response:
        """What the next poll has to sign."""
        self._find(code)
        issued = self._now_ms()
        return _told({"nonce": f"{issued}.{self._seal(code, issued)}"})

    def poll(self, code: str) -> Response:
        """How the request stands; told to nobody but the device whose request it is."""
        body = _body()
        found = self._find(code)
        nonce_ms = self._checked(code, found.key, body)
        answer = self.desk.perform("poll_claim", {"code": code, "nonce_ms": nonce_ms})
        if not answer["fresh"]:
            raise _unsigned()
        point = answer["point"]
        if point is None:
            return _told({"state": ClaimState.REFUSED if found.refused else ClaimState.WAITING})
        self.let_in(point["point_id"], point["mqtt_password"])
        return _told({"state": ClaimState.GRANTED, "point": point})

    def _checked(self, code: str, key: VerifyingKey, body: Mapping[str, Any]) -> int:
        nonce, signature = body.get("nonce"), from_base64(body.get("signature"), SIGNATURE_BYTES)
        match = NONCE.fullmatch(nonce) if isinstance(nonce, str) else None
        if match is None or signature is None:
            raise _unsigned()
        issued, seal = int(match[1]), match[2]
        age = self._now_ms() - issued
        ours = hmac.compare_digest(seal, self._seal(code, issued)) and 0 <= age <= NONCE_MS
        if not ours or not key.verify(signature, claim.poll_message(code, match[0])):
            raise _unsigned()
        return issued

    def _find(self, code: str) -> claims.Request:
        found = claims.find(self.desk.store.reader, code, self._now_ms())
        if found is None:
            raise Problem(404, "No request has this code, or not any more: ask anew.")
        return found

    def _seal(self, code: str, issued: int) -> str:
        return hmac.new(self.secret, f"{code} {issued}".encode(), hashlib.sha256).hexdigest()

    def _now_ms(self) -> int:
        return self.desk.clock.now().unix_ms


def _unsigned() -> Problem:
    return Problem(401, "Sign a fresh nonce with the key that asked.")


def _body() -> Mapping[str, Any]:
    request.max_content_length = LARGEST_BODY
    return json_object("The body must be a JSON object.")


def _told(document: Mapping[str, object]) -> Response:
    response = jsonify(document)
    response.headers["Cache-Control"] = "no-store"
    return response
