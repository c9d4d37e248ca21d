"""How a device that is no point yet asks to become one, as OpenAPI says it."""

from __future__ import annotations

import re
from typing import Final

from edge.core import claim, ids
from sync.contract.claims import LONGEST_SECRET, ClaimState
from sync.contract.spec.fragments import Schema, choice, matching, record, text, whole
from sync.contract.spec.operations import parameter, problems, reference

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_SIGNATURE: Final = re.compile(r"[A-Za-z0-9_-]{85}[AQgw]")
_CODE: Final = matching(claim.CODE, "shown on the device's screen; it only names the request")
REQUEST: Final = record(
    {"public_key": matching(_KEY, "the device's Ed25519 key, 32 bytes in base64url")},
    about="A device asks.",
)
OPENED: Final = record(
    {"code": _CODE, "expires_in": whole(1, 24 * 3600, "seconds")}, about="The request waits."
)
NONCE: Final = record({"nonce": text(LONGEST_SECRET)}, about="Good for one poll, for a minute.")
POLL: Final = record(
    {
        "nonce": text(LONGEST_SECRET),
        "signature": matching(
            _SIGNATURE,
            "by the device's key over `pickup-claim-poll-1`, code and nonce, a newline between",
        ),
    },
    about="How does it stand?",
)
ANSWER: Final = record(
    {"state": choice(ClaimState)},
    {
        "point": record(
            {
                "point_id": matching(ids.POINT_ID),
                "name": text(40),
                "language": text(20),
                "time_zone": text(60),
                "driver": text(20, about="of its cabinet"),
                "profile": text(200, about="its cabinet's wiring"),
                "broker_port": whole(1, 65535),
                "token": text(LONGEST_SECRET),
                "mqtt_password": text(LONGEST_SECRET),
            },
            {"broker_host": {"type": ["string", "null"], "description": "null: the cloud's own"}},
            about="Who the device is from now on; made anew at each poll, kept as hashes.",
        )
    },
    about="With `granted` the point is there, until a quarter of an hour after the approval.",
)


def _operation(name: str, summary: str, body: str, answer: str, no: dict[str, str]) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "requestBody": {
            "required": body != "",
            "content": {"application/json": {"schema": reference(body) if body else {}}},
        },
        "responses": {
            "200": {
                "description": summary,
                "content": {"application/json": {"schema": reference(answer)}},
            },
            **problems(no),
        },
    }


def paths() -> Schema:
    """The three requests of a device."""
    named = {"parameters": [parameter("code", "path", _CODE, required=True)]}
    gone = "No request has this code, or not any more: ask anew."
    broken = {"400": "No JSON object.", "413": "More than 4 KiB."}
    opening = {**broken, "422": "No Ed25519 key.", "429": "Too many ask just now.", "503": "Busy."}
    return {
        "/v1/claims": {
            "post": _operation("openClaim", "A new request", "claim-request", "claim", opening)
        },
        "/v1/claims/{code}/nonces": {
            **named,
            "post": _operation("claimNonce", "What to sign next", "", "claim-nonce", {"404": gone}),
        },
        "/v1/claims/{code}/polls": {
            **named,
            "post": _operation(
                "pollClaim",
                "How the request stands, for the device that asked",
                "claim-poll",
                "claim-answer",
                {**broken, "401": "Not signed by its key over a fresh nonce.", "404": gone},
            ),
        },
    }
