"""What a point pulls, and how the API says no."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.core.credential import Credential, TrustedKeys, verify
from edge.core.events import EventType
from edge.core.order import OrderRef
from edge.core.order_json import parse_order
from edge.core.pickup_code import hash_code, read_key
from sync.cloud import orders, points
from sync.cloud.keyring import ISSUER
from sync.cloud.points import PointDetails
from sync.cloud.recorder import record
from sync.cloud.server import create_app
from tests.sync.cloud.conftest import EVENING, TOKEN, Cloud, PointVoice, arrival, draft

PATH = "/v1/points/bamboo-3/orders"
AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def notified() -> list[str]:
    return []


@pytest.fixture
def client(cloud: Cloud, notified: list[str]) -> Iterator[FlaskClient]:
    app = create_app(cloud.desk, token="admin", connected=lambda: True, notify=notified.extend)
    with app.test_client() as client:
        yield client


def pull(client: FlaskClient, **query: object) -> dict[str, Any]:
    response = client.get(PATH, headers=AUTHORISED, query_string=query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    return answer


def ids(answer: dict[str, Any]) -> list[str]:
    return [order["id"] for order in answer["orders"]]


def assert_problem(response: TestResponse, status: int, *words: str) -> None:
    assert response.content_type == "application/problem+json"
    problem = response.get_json(force=True)
    assert (response.status_code, problem["status"]) == (status, status)
    for word in words:
        assert word in problem["detail"]


def test_a_revoked_point_is_told_so_with_its_own_token_and_by_no_other(
    cloud: Cloud, client: FlaskClient
) -> None:
    cloud.desk.perform("revoke_point", {"point_id": "bamboo-3"})

    answer = client.get(PATH, headers=AUTHORISED)
    stranger = client.get(PATH, headers={"Authorization": "Bearer made up"})

    assert (answer.status_code, answer.get_json()["code"]) == (403, "revoked")
    assert (stranger.status_code, "code" in stranger.get_json()) == (401, False)


def test_a_readmitted_point_has_a_new_token_and_the_old_one_is_refused(
    cloud: Cloud, client: FlaskClient
) -> None:
    cloud.desk.perform("revoke_point", {"point_id": "bamboo-3"})
    cloud.desk.perform("readmit_point", {"point_id": "bamboo-3", "token": "another"})

    assert client.get(PATH, headers={"Authorization": "Bearer another"}).status_code == 200
    assert client.get(PATH, headers=AUTHORISED).status_code == 401


def test_a_pull_brings_orders_that_the_core_reads_and_keys_that_verify_their_passes(
    cloud: Cloud, client: FlaskClient
) -> None:
    cloud.import_orders(draft("G1", "鮮乳", "池上米"))

    answer = pull(client)

    order = parse_order(answer["orders"][0])
    text = orders.pass_of(cloud.store.reader, OrderRef(ISSUER, "G1"))
    credential = verify(str(text), TrustedKeys.from_document(answer["keys"]), cloud.clock.now())
    assert isinstance(credential, Credential)
    assert (credential.ref, credential.point_id) == (order.ref, "bamboo-3")
    assert answer["server_time"] == "2026-11-23T10:00:00.000Z"
    assert answer["eta"] == "2026-11-23T08:00:00.000Z"
    assert answer["rules"]["version"] == 1
    code = next(row["pickup_code"] for row in orders.listing(cloud.store.reader))
    assert order.pickup_code_hash == hash_code(code, read_key(answer["pickup_codes"]))
    assert not answer["more"]


def test_pages_together_hold_every_order_once_and_the_cursor_then_only_news(
    cloud: Cloud, client: FlaskClient
) -> None:
    cloud.import_orders(*(draft(f"G{number}") for number in range(5)))

    first = pull(client, limit=2)
    second = pull(client, limit=2, since=first["cursor"])
    third = pull(client, limit=2, since=second["cursor"])
    cloud.import_orders(draft("G3", "兩條魚"))
    news = pull(client, since=third["cursor"])

    assert [page["more"] for page in (first, second, third)] == [True, True, False]
    assert ids(first) + ids(second) + ids(third) == ["G0", "G1", "G2", "G3", "G4"]
    assert [(order["id"], order["revision"]) for order in news["orders"]] == [("G3", 2)]
    assert pull(client, since=news["cursor"])["orders"] == []


def test_a_first_pull_leaves_out_what_was_collected_or_is_long_over(
    cloud: Cloud, client: FlaskClient
) -> None:
    old = (EVENING - timedelta(days=30)).date().isoformat()
    cloud.import_orders(draft("OLD", pickup_date=old), draft("TAKEN"), draft("HELD"))
    closure = arrival(PointVoice().hand_over("TAKEN"))
    cloud.store.write(lambda database: record(database, [closure], EVENING))

    assert ids(pull(client)) == ["HELD"]
    assert ids(pull(client, limit=1)) == ["HELD"]


def test_a_cancelled_order_is_pulled_as_cancelled(cloud: Cloud, client: FlaskClient) -> None:
    cloud.import_orders(draft("G1"))
    before = pull(client)["cursor"]

    cloud.desk.perform("cancel_order", {"issuer": ISSUER, "order_id": "G1", "point_id": "bamboo-3"})

    (order,) = pull(client, since=before)["orders"]
    assert (order["state"], order["revision"]) == ("cancelled", 2)


def test_a_point_sees_its_own_orders_and_its_neighbours_addresses(
    cloud: Cloud, client: FlaskClient
) -> None:
    maple = PointDetails("maple-1", "楓林", "楓林街 1 號", "15–20")
    cloud.store.write(lambda database: points.provision(database, maple, "other", EVENING))
    cloud.import_orders(draft("OURS"), draft("THEIRS", point_id="maple-1"))

    answer = pull(client)

    assert ids(answer) == ["OURS"]
    assert answer["points"] == [
        {"point_id": "maple-1", "name": "楓林", "address": "楓林街 1 號", "hours": "15–20"}
    ]


def test_large_answers_are_gzipped_for_whoever_asks(cloud: Cloud, client: FlaskClient) -> None:
    cloud.import_orders(*(draft(f"G{number}") for number in range(20)))

    packed = client.get(PATH, headers={**AUTHORISED, "Accept-Encoding": "gzip"})
    plain = client.get(PATH, headers={**AUTHORISED, "Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.data))["orders"] == plain.get_json()["orders"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer \udcff\udcfe"},
    ],
)
def test_without_the_points_token_nothing_is_told(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    assert_problem(client.get(PATH, headers=headers), 401, "token")


def test_an_unknown_point_is_answered_like_a_wrong_token(client: FlaskClient) -> None:
    wrong = client.get(PATH, headers={"Authorization": "Bearer wrong"}).get_json(force=True)
    unknown = client.get("/v1/points/nobody/orders", headers=AUTHORISED).get_json(force=True)

    assert {**wrong, "instance": ""} == {**unknown, "instance": ""}


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "9" * 50, "two", "٣", "1e2", "", " 5"])
def test_a_hostile_limit_is_named(client: FlaskClient, limit: str) -> None:
    response = client.get(PATH, headers=AUTHORISED, query_string={"limit": limit})
    assert_problem(response, 400, "limit", "1000")


@pytest.mark.parametrize("since", ["", "\0", "a b", "x" * 201, "游標"])
def test_a_hostile_cursor_is_named(client: FlaskClient, since: str) -> None:
    response = client.get(PATH, headers=AUTHORISED, query_string={"since": since})
    assert_problem(response, 400, "since")


@pytest.mark.parametrize("since", ["0123456789abcdef.1.later", "1", "x.y.z", "..", "'; DROP"])
def test_a_cursor_of_another_database_is_gone(client: FlaskClient, since: str) -> None:
    since = since.replace(" ", "_")
    response = client.get(PATH, headers=AUTHORISED, query_string={"since": since})
    assert_problem(response, 410, "without since")


def test_a_cursor_from_before_a_restored_backup_is_gone(cloud: Cloud, client: FlaskClient) -> None:
    generation = pull(client)["cursor"].partition(".")[0]
    response = client.get(
        PATH, headers=AUTHORISED, query_string={"since": f"{generation}.999.later"}
    )
    assert_problem(response, 410)


def test_repeated_and_unknown_parameters_are_named(client: FlaskClient) -> None:
    assert_problem(client.get(f"{PATH}?limit=1&limit=2", headers=AUTHORISED), 400, "2 times")
    assert_problem(client.get(f"{PATH}?page=2", headers=AUTHORISED), 400, "'page'")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("POST", PATH, 405),
        ("GET", "/phone?point=nobody", 404),
        ("GET", "/phone?date=yesterday", 400),
        ("GET", "/phone/G404.svg", 404),
    ],
)
def test_every_error_is_a_problem_document(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    assert_problem(client.open(path, method=method), status)


def test_a_made_up_host_name_sees_nothing(client: FlaskClient) -> None:
    assert_problem(client.get("/phone", headers={"Host": "evil.example"}), 421)


def test_the_admin_door_opens_to_its_token_only_and_tells_the_points(
    client: FlaskClient, notified: list[str]
) -> None:
    payload = {"issuer": ISSUER, "orders": [draft("G1").to_json()]}
    refused = client.post("/admin/put_orders", json=payload)
    accepted = client.post(
        "/admin/put_orders", json=payload, headers={"Authorization": "Bearer admin"}
    )

    assert_problem(refused, 401)
    assert accepted.get_json()["imported"] == 1
    assert notified == ["bamboo-3"]


def test_a_refused_wish_at_the_admin_door_says_what_and_what_now(client: FlaskClient) -> None:
    response = client.post(
        "/admin/cancel_order",
        json={"issuer": ISSUER, "order_id": "G404", "point_id": "bamboo-3"},
        headers={"Authorization": "Bearer admin"},
    )
    assert_problem(response, 422, "G404")
    assert "pickup-cloud orders" in response.get_json(force=True)["remedy"]


def test_the_phone_page_shows_masked_names_items_and_each_pass(
    cloud: Cloud, client: FlaskClient
) -> None:
    cloud.import_orders(draft("G1", "鮮乳 <b>"), draft("G2", paid=False))
    text = orders.pass_of(cloud.store.reader, OrderRef(ISSUER, "G1"))

    page = client.get("/phone").text

    assert "王○明" in page
    assert "王小明" not in page
    assert "鮮乳 &lt;b&gt;" in page
    assert str(text) in page
    assert "/phone/G1.svg" in page
    assert "DEMO" in page
    assert "到店付款" in page


def test_the_phone_page_of_an_empty_day_says_what_to_do(client: FlaskClient) -> None:
    assert "pickup-cloud import" in client.get("/phone").text


def test_a_collected_order_cannot_be_cancelled(cloud: Cloud, client: FlaskClient) -> None:
    cloud.import_orders(draft("G1"))
    closure = arrival(PointVoice().hand_over("G1", type_=EventType.ORDER_COLLECTED))
    cloud.store.write(lambda database: record(database, [closure], EVENING))

    response = client.post(
        "/admin/cancel_order",
        json={"issuer": ISSUER, "order_id": "G1", "point_id": "bamboo-3"},
        headers={"Authorization": "Bearer admin"},
    )

    assert_problem(response, 422, "collected already")
