"""A cloud whose claims are asked, and somebody who approves them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.core import claim
from edge.core.cose import SigningKey
from sync.cloud.points import PointDetails
from sync.cloud.server import create_app
from sync.contract.claims import to_base64
from tests.sync.cloud.conftest import Cloud

LetIn = dict[str, str]
"""The broker's passwords, by point."""
NOTHING_ELSE: Mapping[str, object] = {}


@pytest.fixture
def let_in() -> LetIn:
    return {}


@pytest.fixture
def client(cloud: Cloud, let_in: LetIn) -> Iterator[FlaskClient]:
    app = create_app(
        cloud.desk,
        token="admin",
        connected=lambda: True,
        notify=lambda _: None,
        let_in=let_in.__setitem__,
    )
    with app.test_client() as client:
        yield client


def grant(point_id: str, other: Mapping[str, object]) -> dict[str, object]:
    details = PointDetails(point_id, "柳樹下", time_zone="Asia/Taipei")
    point = {
        "point_id": point_id,
        "name": "柳樹下",
        "language": "zh-Hant",
        "time_zone": "Asia/Taipei",
        "driver": "simulated",
        "profile": "cabinet-24-60",
        "broker_host": None,
        "broker_port": 8883,
        **other,
    }
    return {"details": asdict(details), "point": point}


def approve(
    cloud: Cloud,
    code: str,
    fingerprint: str,
    point_id: str = "willow-1",
    other: Mapping[str, object] = NOTHING_ELSE,
) -> None:
    wish = {"code": code, "fingerprint": fingerprint, "grant": grant(point_id, other)}
    cloud.desk.perform("approve_claim", wish)


def opened(client: FlaskClient, key: SigningKey) -> str:
    answer = client.post("/v1/claims", json={"public_key": to_base64(key.public.to_bytes())})
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["code"])


def poll(client: FlaskClient, code: str, key: SigningKey, nonce: str | None = None) -> TestResponse:
    if nonce is None:
        nonce = client.post(f"/v1/claims/{code}/nonces", json={}).get_json()["nonce"]
    signature = to_base64(key.sign(claim.poll_message(code, nonce)))
    return client.post(f"/v1/claims/{code}/polls", json={"nonce": nonce, "signature": signature})
