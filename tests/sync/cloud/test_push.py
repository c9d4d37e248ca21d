"""Platforms push orders: once by issuer, id and revision, and every refusal has a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.core.credential import Credential, TrustedKeys, verify
from edge.core.order import OrderRef
from edge.core.order_json import parse_order
from sync.cloud import orders
from sync.cloud.push import PushOutcome
from sync.cloud.server import create_app
from sync.contract.spec.push import OUTCOMES
from tests.sync.cloud.conftest import TOKEN, Cloud, draft
from tests.sync.cloud.pushing import LINE, pushed

HUB = "hub.example"
EIGHT = "2026-11-24T08:00:00Z"


class Platform:
    """Pushes with its own token; `told` are the points that were hinted at."""

    def __init__(self, cloud: Cloud, client: FlaskClient, issuer: str) -> None:
        self._client = client
        self._token = f"token of {issuer}"
        details = {"issuer": issuer, "name": "A hub"}
        cloud.desk.perform("add_platform", {"details": details, "token": self._token})

    def push(self, body: object) -> TestResponse:
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._client.post("/v1/orders", json=body, headers=headers)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def client(cloud: Cloud, told: list[str]) -> Iterator[FlaskClient]:
    app = create_app(cloud.desk, token="admin", connected=lambda: True, notify=told.extend)
    with app.test_client() as client:
        yield client


@pytest.fixture
def hub(cloud: Cloud, client: FlaskClient) -> Platform:
    return Platform(cloud, client, HUB)


def at_the_point(client: FlaskClient) -> dict[str, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = client.get("/v1/points/bamboo-3/orders", headers=headers).get_json()
    return {order["id"]: order for order in answer["orders"]}


def assert_problem(response: TestResponse, status: int, **fields: object) -> str:
    problem = response.get_json(force=True)
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert {name: problem.get(name) for name in fields} == fields
    return str(problem["detail"])


def test_a_pushed_order_reaches_its_point_whole_with_a_pass_of_its_issuer(
    cloud: Cloud, client: FlaskClient, hub: Platform, told: list[str]
) -> None:
    response = hub.push(pushed())

    order = parse_order(at_the_point(client)["T-881"])
    keys = TrustedKeys.from_document(cloud.desk.keyring.public_documents(cloud.clock.wall))
    text = orders.pass_of(cloud.store.reader, OrderRef(HUB, "T-881"))
    credential = verify(str(text), keys, cloud.clock.now())
    assert (response.status_code, told) == (201, ["bamboo-3"])
    assert response.get_json() == {
        "id": "T-881",
        "outcome": "created",
        "revision": 1,
        "stands": 1,
    }
    assert isinstance(credential, Credential)
    assert credential.ref == order.ref == OrderRef(HUB, "T-881")
    assert (order.lines[0].expected, order.lines[0].unit, order.lines[0].currency) == (
        2,
        "piece",
        "TWD",
    )
    assert [parcel.parcel_id for parcel in order.parcels] == ["T-881-F"]
    assert order.pickup_code_hash is not None
    assert order.window.opens.isoformat() == "2026-11-24T08:00:00+00:00"


def test_the_same_again_changes_nothing_and_wakes_no_point(
    client: FlaskClient, hub: Platform, told: list[str]
) -> None:
    hub.push(pushed())
    before = at_the_point(client)
    told.clear()

    again = hub.push(pushed())

    assert (again.status_code, again.get_json()["outcome"]) == (200, "unchanged")
    assert (at_the_point(client), told) == (before, [])


def test_a_higher_revision_replaces_and_an_older_one_is_told_which_stands(
    client: FlaskClient, hub: Platform
) -> None:
    hub.push(pushed(revision=3))
    newer = hub.push(pushed(revision=7, note="請放低一點"))
    older = hub.push(pushed(revision=3))

    assert (newer.status_code, newer.get_json()["outcome"]) == (200, "updated")
    assert (older.status_code, older.get_json()["outcome"]) == (200, "outdated")
    assert older.get_json()["stands"] == 7
    assert "Revision 7 is newer and stands" in older.get_json()["detail"]
    order = at_the_point(client)["T-881"]
    assert (order["revision"], order["note"]) == (7, "請放低一點")


def test_the_same_revision_with_other_content_is_a_conflict_and_the_first_stands(
    client: FlaskClient, hub: Platform
) -> None:
    hub.push(pushed(note="first"))

    detail = assert_problem(hub.push(pushed(note="second")), 409, id="T-881")

    assert "other content" in detail
    assert at_the_point(client)["T-881"]["note"] == "first"


def test_a_platform_cancels_by_a_higher_revision(client: FlaskClient, hub: Platform) -> None:
    hub.push(pushed())
    hub.push(pushed(revision=2, state="cancelled"))
    assert at_the_point(client)["T-881"]["state"] == "cancelled"


def test_a_deliberate_reissue_makes_another_pass_and_an_edit_none(
    cloud: Cloud, hub: Platform
) -> None:
    def text() -> str | None:
        return orders.pass_of(cloud.store.reader, OrderRef(HUB, "T-881"))

    hub.push(pushed())
    first = text()
    hub.push(pushed(revision=2, note="edited"))
    edited = text()
    cloud.clock.wall = cloud.clock.wall.replace(hour=11)
    hub.push(pushed(revision=3, pass_not_before="2026-11-23T10:30:00Z"))

    assert edited == first
    assert text() != first


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"revision": None}, "revision"),
        ({"revision": "1"}, "revision"),
        ({"revision": -1}, "revision"),
        ({"point_id": "maple-1"}, "point_id"),
        ({"point_id": None}, "point_id"),
        ({"pickup_date": "24.11.2026"}, "pickup_date"),
        ({"pickup_date": "0001-01-01"}, "pickup_date"),
        ({"pickup_date": "9999-12-31"}, "pickup_date"),
        ({"ordered_at": "0001-01-01T00:00:00+14:00"}, "ordered_at"),
        ({"hold_until": "9999-12-31T23:59:59Z"}, "hold_until"),
        ({"issuer": "shop.example"}, "issuer"),
        ({"pickup_code_hash": "00"}, "pickup_code_hash"),
        ({"payment": {"state": "due", "currency": "TWD"}}, "payment.due_minor"),
        ({"payment": None}, "payment"),
        ({"payment": {"state": "paid", "currency": "NT$"}}, "payment.currency"),
        ({"customer": {"phone_last3": "318"}}, "customer.name"),
        ({"customer": "王小明"}, "customer"),
        ({"lines": []}, "lines"),
        ({"lines": [{**LINE, "ordered": -2}]}, "lines[0].ordered"),
        ({"lines": [LINE, LINE]}, "lines[1].line_id"),
        ({"lines": [LINE, "水餃"]}, "lines[1]"),
        ({"lines": [{**LINE, "temperature_zone": "COLD"}]}, "lines[0].temperature_zone"),
        ({"window": {"opens": "x", "closes": "2026-11-24T21:00:00+08:00"}}, "window.opens"),
        ({"window": {"opens": EIGHT, "closes": "9999-12-31T20:00:00Z"}}, "window.closes"),
        ({"window": 5}, "window"),
        ({"pass_not_before": "2027-01-01T00:00:00Z"}, "pass_not_before"),
    ],
)
def test_a_broken_field_is_named_with_its_order_and_nothing_is_stored(
    client: FlaskClient, hub: Platform, changes: dict[str, Any], field: str
) -> None:
    detail = assert_problem(hub.push(pushed(**changes)), 422, id="T-881", field=field)
    assert "T-881" in detail or "'maple-1'" in detail
    assert at_the_point(client) == {}


@pytest.mark.parametrize(
    "field", ["id", "revision", "point_id", "pickup_date", "customer", "payment", "lines"]
)
def test_a_field_that_is_not_there_or_null_is_said_to_be_missing(hub: Platform, field: str) -> None:
    lacking = {name: value for name, value in pushed().items() if name != field}

    for order in (lacking, {**lacking, field: None}):
        detail = assert_problem(hub.push(order), 422, field=field)
        assert f"cannot be used: {field} is missing; it must " in detail


@pytest.mark.parametrize("order_id", ["", "order 1", "x" * 25, 7, None, "訂單"])
def test_an_order_whose_id_fits_no_pass_is_refused(hub: Platform, order_id: object) -> None:
    assert_problem(hub.push({**pushed(), "id": order_id}), 422, field="id")


def test_a_batch_answers_for_each_order_and_says_that_it_is_not_whole(
    client: FlaskClient, hub: Platform
) -> None:
    hub.push(pushed("KNOWN"))
    batch = [pushed("NEW"), pushed("KNOWN"), pushed("BROKEN", lines=[]), "rubbish", pushed("NEW")]

    response = hub.push({"orders": batch})

    results = response.get_json()["results"]
    assert response.status_code == 207
    assert [(row["index"], row["status"], row["outcome"], row.get("id")) for row in results] == [
        (0, 201, "created", "NEW"),
        (1, 200, "unchanged", "KNOWN"),
        (2, 422, "broken", "BROKEN"),
        (3, 422, "broken", None),
        (4, 200, "unchanged", "NEW"),
    ]
    assert results[2]["field"] == "lines"
    assert set(at_the_point(client)) == {"NEW", "KNOWN"}


def test_a_batch_that_went_in_whole_is_a_plain_200(client: FlaskClient, hub: Platform) -> None:
    response = hub.push({"orders": [pushed(f"T-{number}") for number in range(500)]})

    assert response.status_code == 200
    assert {row["outcome"] for row in response.get_json()["results"]} == {"created"}
    assert len(orders_of(client)) == 500


def orders_of(client: FlaskClient) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = client.get("/v1/points/bamboo-3/orders?limit=1000", headers=headers).get_json()
    found: list[dict[str, Any]] = answer["orders"]
    return found


@pytest.mark.parametrize("size", [0, 501])
def test_an_empty_or_oversized_batch_is_refused_whole(hub: Platform, size: int) -> None:
    assert_problem(hub.push({"orders": [pushed()] * size}), 422, field="orders")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'"order"', b"\xff\xfe", b"[" * 100_000, b'{"id":1,"id":2}']
)
def test_what_is_no_json_object_is_a_400(hub: Platform, client: FlaskClient, body: bytes) -> None:
    headers = {"Authorization": f"Bearer token of {HUB}"}
    assert_problem(client.post("/v1/orders", data=body, headers=headers), 400)


@pytest.mark.parametrize("header", [None, "Bearer wrong", f"Bearer {TOKEN}", "Basic token of hub"])
def test_without_a_platforms_token_nothing_goes_in(
    client: FlaskClient, hub: Platform, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    assert_problem(client.post("/v1/orders", json=pushed(), headers=headers), 401)
    assert at_the_point(client) == {}


def test_two_platforms_push_the_same_id_and_neither_touches_the_other(
    cloud: Cloud, client: FlaskClient, hub: Platform
) -> None:
    shop = Platform(cloud, client, "shop.example")

    first, second = hub.push(pushed()), shop.push(pushed(note="of the shop"))

    issuers = {(row["issuer"], row["order_id"]) for row in orders.listing(cloud.store.reader)}
    assert (first.status_code, second.status_code) == (201, 201)
    assert issuers == {(HUB, "T-881"), ("shop.example", "T-881")}


def test_an_order_that_was_cancelled_here_conflicts_with_the_next_revision_but_one_wins(
    cloud: Cloud, client: FlaskClient, hub: Platform
) -> None:
    hub.push(pushed())
    wish = {"issuer": HUB, "order_id": "T-881", "point_id": "bamboo-3"}
    cloud.desk.perform("cancel_order", wish)

    assert_problem(hub.push(pushed(revision=2)), 409)
    assert hub.push(pushed(revision=3)).status_code == 200
    assert at_the_point(client)["T-881"]["state"] == "open"


def test_an_order_moves_to_no_other_point(cloud: Cloud, client: FlaskClient, hub: Platform) -> None:
    hub.push(pushed())
    cloud.desk.perform("ensure_points", {"count": 2, "time_zone": "Asia/Taipei"})
    moved = pushed(revision=2, point_id="point-01")
    assert "bamboo-3" in assert_problem(hub.push(moved), 422, field="point_id")


def test_what_a_platform_pushed_survives_an_import_of_others(
    cloud: Cloud, client: FlaskClient, hub: Platform
) -> None:
    hub.push(pushed())
    before = json.dumps(at_the_point(client)["T-881"])
    cloud.import_orders(draft("T-882"))
    assert json.dumps(at_the_point(client)["T-881"]) == before


def test_the_contract_names_every_outcome() -> None:
    assert set(OUTCOMES) == {outcome.value for outcome in PushOutcome}
