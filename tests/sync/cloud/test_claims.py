"""The cloud's side of a claim: a code names a request, a signature and a fingerprint let in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from edge.core import claim
from edge.core.cose import SigningKey
from edge.errors import MalformedMessage
from sync.cloud import claims
from sync.contract.claims import to_base64
from tests.sync.cloud.claiming import approve, client, let_in, opened, poll
from tests.sync.cloud.conftest import Cloud

__all__ = ["client", "let_in"]


def test_the_code_alone_lets_nobody_in(cloud: Cloud, client: FlaskClient) -> None:
    mine, theirs = SigningKey.generate(), SigningKey.generate()
    code = opened(client, mine)
    with pytest.raises(MalformedMessage, match="another fingerprint"):
        approve(cloud, code, claim.fingerprint(theirs.public))
    approve(cloud, code, claim.fingerprint(mine.public))

    assert poll(client, code, theirs).status_code == 401
    granted = poll(client, code, mine).get_json()
    assert (granted["state"], granted["point"]["point_id"]) == ("granted", "willow-1")


def test_a_poll_that_was_overheard_is_good_for_nothing(cloud: Cloud, client: FlaskClient) -> None:
    key = SigningKey.generate()
    code, other = opened(client, key), opened(client, key)
    nonce = client.post(f"/v1/claims/{code}/nonces", json={}).get_json()["nonce"]
    old = client.post(f"/v1/claims/{other}/nonces", json={}).get_json()["nonce"]

    assert poll(client, code, key, nonce).get_json() == {"state": "waiting"}
    assert poll(client, code, key, nonce).status_code == 401
    assert poll(client, code, key, old).status_code == 401
    assert poll(client, code, key, f"{nonce[:-1]}0").status_code == 401
    cloud.clock.wall += timedelta(seconds=61)
    assert poll(client, other, key, old).status_code == 401
    assert poll(client, code, key).status_code == 200


def test_a_code_lives_for_a_quarter_of_an_hour_and_is_good_once(
    cloud: Cloud, client: FlaskClient
) -> None:
    key = SigningKey.generate()
    mark = claim.fingerprint(key.public)
    used, late = opened(client, key), opened(client, key)
    approve(cloud, used, mark)
    with pytest.raises(MalformedMessage, match="was used already"):
        approve(cloud, used, mark, point_id="willow-2")

    cloud.clock.wall += timedelta(seconds=claim.LIFE_SECONDS)

    with pytest.raises(MalformedMessage, match="not any more"):
        approve(cloud, late, mark)
    assert client.post(f"/v1/claims/{late}/nonces", json={}).status_code == 404


def test_devices_that_ask_too_often_are_slowed_down(cloud: Cloud, client: FlaskClient) -> None:
    wish = {"public_key": to_base64(SigningKey.generate().public.to_bytes())}
    asked = [client.post("/v1/claims", json=wish).status_code for _ in range(11)]
    cloud.clock.wall += timedelta(seconds=61)

    assert asked == [200] * claims.MOST_A_MINUTE + [429]
    assert client.post("/v1/claims", json=wish).status_code == 200


def test_a_point_that_has_a_device_gives_its_place_to_another_only_when_revoked(
    cloud: Cloud, client: FlaskClient
) -> None:
    key = SigningKey.generate()
    code, mark = opened(client, key), claim.fingerprint(key.public)
    with pytest.raises(MalformedMessage, match="has a device already"):
        approve(cloud, code, mark, point_id="bamboo-3")

    cloud.desk.perform("revoke_point", {"point_id": "bamboo-3"})
    approve(cloud, code, mark, point_id="bamboo-3")

    token = poll(client, code, key).get_json()["point"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/v1/points/bamboo-3/orders", headers=headers).status_code == 200


def test_a_point_is_promised_to_one_device(cloud: Cloud, client: FlaskClient) -> None:
    first, second = SigningKey.generate(), SigningKey.generate()
    approve(cloud, opened(client, first), claim.fingerprint(first.public))
    code, mark = opened(client, second), claim.fingerprint(second.public)

    with pytest.raises(MalformedMessage, match="promised to another device"):
        approve(cloud, code, mark)

    cloud.clock.wall += timedelta(seconds=claim.LIFE_SECONDS - 1)
    with pytest.raises(MalformedMessage, match="promised to another device"):
        approve(cloud, code, mark)


def test_a_device_that_is_revoked_cannot_fetch_its_grant_again(
    cloud: Cloud, client: FlaskClient
) -> None:
    key = SigningKey.generate()
    code = opened(client, key)
    approve(cloud, code, claim.fingerprint(key.public))
    token = poll(client, code, key).get_json()["point"]["token"]

    cloud.desk.perform("revoke_point", {"point_id": "willow-1"})

    headers = {"Authorization": f"Bearer {token}"}
    assert client.post(f"/v1/claims/{code}/nonces", json={}).status_code == 404
    assert client.get("/v1/points/willow-1/orders", headers=headers).status_code == 403


def test_a_device_that_is_refused_is_told_so_and_its_code_is_used_up(
    cloud: Cloud, client: FlaskClient
) -> None:
    key = SigningKey.generate()
    code = opened(client, key)
    cloud.desk.perform("refuse_claim", {"code": code})

    assert poll(client, code, key).get_json() == {"state": "refused"}
    assert poll(client, code, SigningKey.generate()).status_code == 401
    assert claims.waiting(cloud.store.reader, cloud.clock.now().unix_ms) == []
    with pytest.raises(MalformedMessage, match="was used already"):
        approve(cloud, code, claim.fingerprint(key.public))
    with pytest.raises(MalformedMessage, match="not any more"):
        cloud.desk.perform("refuse_claim", {"code": "ABCD-EFGH"})


def test_no_secret_of_a_grant_can_be_read_out_of_the_database(
    cloud: Cloud, client: FlaskClient
) -> None:
    key = SigningKey.generate()
    code = opened(client, key)
    approve(cloud, code, claim.fingerprint(key.public))
    point = poll(client, code, key).get_json()["point"]

    database = cloud.folder.root / "cloud" / "cloud.db"
    stored = b"".join(file.read_bytes() for file in database.parent.glob("cloud.db*"))
    assert point["token"].encode() not in stored
    assert point["mqtt_password"].encode() not in stored


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"public_key": 7}', b'{"public_key": "AA"}'])
def test_a_request_without_a_key_is_refused_by_its_field(client: FlaskClient, body: bytes) -> None:
    assert client.post("/v1/claims", data=body).status_code in {400, 422}


def test_what_the_screen_s_qr_says_is_read_back() -> None:
    key = SigningKey.generate()
    mark = claim.fingerprint(key.public)

    assert claim.read_qr_text(claim.qr_text("ABCD-EFGH", mark)) == ("ABCD-EFGH", mark)
    assert claim.read_qr_text("ABCD-EFGH") is None
    assert claim.tidy(" abcd efgh") == "ABCD-EFGH"
