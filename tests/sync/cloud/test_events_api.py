"""Events by HTTPS: the same bytes and the same ledger as by the broker."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.core.events import EventType
from sync.cloud.reception import receive
from sync.cloud.server import create_app
from sync.cloud.tables import DeadLetter, LedgerEntry
from sync.contract import BATCH_TYPE, EVENT_TYPE, EpochAck, Rejection, decode_ack, encode_batch
from tests.sync.cloud.conftest import EVENING, TOKEN, Cloud, PointVoice, arrival

EPOCH = "00000000000000a1"


@pytest.fixture
def client(cloud: Cloud) -> FlaskClient:
    app = create_app(cloud.desk, token="admin", connected=lambda: False, notify=lambda _: None)
    return app.test_client()


def post(
    client: FlaskClient, payload: bytes, *, kind: str = EVENT_TYPE, token: str = TOKEN
) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    return client.post("/v1/events", data=payload, headers=headers)


def acked(response: TestResponse) -> tuple[EpochAck, ...]:
    assert response.status_code == 200, response.text
    return decode_ack(response.data).epochs


def ledger(cloud: Cloud) -> list[bytes]:
    query = LedgerEntry.select(LedgerEntry.body).order_by(LedgerEntry.sequence).tuples()
    return [bytes(body) for (body,) in query.execute(cloud.store.reader)]


def parked(cloud: Cloud) -> list[tuple[str, bytes]]:
    query = DeadLetter.select(DeadLetter.code, DeadLetter.body).order_by(DeadLetter.entry)
    return [(code, bytes(body)) for code, body in query.tuples().execute(cloud.store.reader)]


def test_an_event_is_in_the_ledger_when_its_ack_comes(cloud: Cloud, client: FlaskClient) -> None:
    body = PointVoice().started()

    assert acked(post(client, body)) == (EpochAck(EPOCH, 1),)
    assert ledger(cloud) == [body]


def test_a_batch_keeps_every_byte_of_its_events(cloud: Cloud, client: FlaskClient) -> None:
    voice = PointVoice()
    bodies = [voice.started(), voice.hand_over("GB-1"), voice.hand_over("GB-2", hand_over=8)]

    assert acked(post(client, encode_batch(bodies), kind=BATCH_TYPE)) == (EpochAck(EPOCH, 3),)
    assert ledger(cloud) == bodies


def test_what_came_by_the_broker_and_by_https_is_there_once(
    cloud: Cloud, client: FlaskClient
) -> None:
    voice = PointVoice()
    bodies = [voice.started(), voice.started()]
    cloud.store.write(lambda database: receive(database, [arrival(bodies[0])], EVENING))

    for _ in range(2):
        assert acked(post(client, encode_batch(bodies), kind=BATCH_TYPE)) == (EpochAck(EPOCH, 2),)
    assert ledger(cloud) == bodies


def test_an_event_that_cannot_be_accepted_is_kept_aside_and_rejected_beside_the_good_one(
    cloud: Cloud, client: FlaskClient
) -> None:
    voice = PointVoice()
    good = voice.started()
    odd = voice.started().replace(b"pickup.point.started", b"pickup.point.sneezed")

    (ack,) = acked(post(client, encode_batch([good, odd]), kind=BATCH_TYPE))

    assert ack == EpochAck(EPOCH, 2, rejected=(Rejection(2, "unknown_type"),))
    assert parked(cloud) == [("unknown_type", odd)]


def test_bytes_that_are_no_event_are_kept_aside_and_said(cloud: Cloud, client: FlaskClient) -> None:
    response = post(client, b'{"order": "half')

    assert (response.status_code, response.content_type) == (422, "application/problem+json")
    assert parked(cloud) == [("malformed", b'{"order": "half')]


def test_a_point_speaks_for_no_other(cloud: Cloud, client: FlaskClient) -> None:
    foreign = PointVoice("lotus-9").write(EventType.POINT_STARTED)

    (ack,) = acked(post(client, foreign))

    assert ack.rejected == (Rejection(1, "wrong_source"),)
    assert ledger(cloud) == []


@pytest.mark.parametrize("token", ["", "another", "admin"])
def test_without_a_point_s_token_nothing_is_taken(
    cloud: Cloud, client: FlaskClient, token: str
) -> None:
    response = post(client, PointVoice().started(), token=token)

    assert response.status_code == 401
    assert (ledger(cloud), parked(cloud)) == ([], [])


@pytest.mark.parametrize(
    ("payload", "kind", "status"),
    [
        (b"{}" + b" " * 65_536, EVENT_TYPE, 413),
        (b"{}", "application/json", 415),
        (b"{}", "", 415),
        (b"", EVENT_TYPE, 422),
        (b"[]", BATCH_TYPE, 422),
        (b"\xff" * 100, BATCH_TYPE, 422),
        (b"[" * 60_000, BATCH_TYPE, 422),
    ],
)
def test_what_is_no_message_of_events_is_refused_by_a_problem(
    client: FlaskClient, payload: bytes, kind: str, status: int
) -> None:
    response = post(client, payload, kind=kind)

    assert response.status_code == status
    assert json.loads(response.data)["status"] == status
