"""The cloud's health and figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest
from flask.testing import FlaskClient
from peewee import Database
from prometheus_client.parser import text_string_to_metric_families

from edge.core.events import EventType
from edge.core.topics import topic
from sync.cloud import dead_letters, signs
from sync.cloud.judge import Arrival
from sync.cloud.keyring import ISSUER
from sync.cloud.recorder import record
from sync.cloud.server import create_app
from sync.contract import Presence, Status
from tests.sync.cloud.conftest import EVENING, Cloud, PointVoice, arrival, draft

OF_A_PERSON = ("王小明", "TW-1", "PP1")


def browser(cloud: Cloud, connected: Callable[[], bool] = lambda: True) -> FlaskClient:
    app = create_app(cloud.desk, token="admin", connected=connected, notify=lambda _: None)
    return app.test_client()


def figures(client: FlaskClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = client.get("/metrics").text
    assert [secret for secret in OF_A_PERSON if secret in text] == []
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figure(client: FlaskClient, name: str, **labels: str) -> float:
    return figures(client)[name, frozenset(labels.items())]


def test_health_names_every_part(cloud: Cloud) -> None:
    answer = browser(cloud).get("/healthz")
    told = json.loads(answer.text)

    assert (answer.status_code, told["version"]) == (200, "0.1.0")
    assert set(told["subsystems"]) == {"database", "broker", "receiver", "keys", "disk"}
    assert told["subsystems"]["database"]["points"] == 1
    assert told["subsystems"]["keys"] == {"status": "ok", "issuers": 1}


def test_without_a_broker_orders_are_still_served(cloud: Cloud) -> None:
    answer = browser(cloud, connected=lambda: False).get("/healthz")
    told = json.loads(answer.text)

    assert (answer.status_code, told["status"]) == (200, "degraded")
    broker = told["subsystems"]["broker"]
    assert (broker["status"], broker["connected"]) == ("degraded", False)
    assert set(told["attention"]) >= {"broker", "receiver"}
    assert "--broker-port" in broker["remedy"]
    assert "points keep their events" in broker["why"]


def test_stored_and_dead_letters_are_counted(cloud: Cloud) -> None:
    voice = PointVoice()
    bodies = [voice.started(), voice.write(EventType.GOODS_RECEIVED, orders=[])]
    arrivals = [arrival(body) for body in bodies] + [arrival(b"no event"), arrival(b"nor this")]
    cloud.store.write(lambda database: record(database, arrivals, EVENING))

    client = browser(cloud)

    assert figure(client, "pickup_events_stored_total") == 2
    assert figure(client, "pickup_events_parked_total", code="malformed") == 2


def test_what_comes_again_and_again_is_kept_once_for_each_topic_and_counted_each_time(
    cloud: Cloud,
) -> None:
    leaves = ("up/events", "up/hello", "up/status", "up/status", "up/status")
    arrivals = [Arrival(topic("bamboo-3", leaf), "bamboo-3", b"{rubbish") for leaf in leaves]
    for each in arrivals:
        cloud.store.write(partial(record, arrivals=[each], now=EVENING))

    letters = list(dead_letters.listing(cloud.store.reader))

    assert [(letter["topic"].split("/", 4)[4], letter["times"]) for letter in letters] == [
        ("up/events", 1),
        ("up/hello", 1),
        ("up/status", 3),
    ]
    assert "up/hello cannot be read" in letters[1]["reason"]
    assert figure(browser(cloud), "pickup_events_parked_total", code="malformed") == 5


def test_imports_and_orders_are_counted_by_what_became_of_them(cloud: Cloud) -> None:
    client = browser(cloud)
    cloud.import_orders(draft("TW-1"), draft("TW-2"))
    cloud.import_orders(draft("TW-1"))

    assert figure(client, "pickup_orders_taken_total", way="import", outcome="imported") == 2
    assert figure(client, "pickup_orders_taken_total", way="import", outcome="unchanged") == 1
    assert figure(client, "pickup_orders", state="open") == 2


def test_rows_that_the_reader_refuses_are_counted_as_refused(cloud: Cloud) -> None:
    client = browser(cloud)
    wish = {"issuer": ISSUER, "orders": [], "unreadable": 3}
    cloud.desk.perform("put_orders", wish)
    cloud.desk.perform("try_orders", wish)

    assert figure(client, "pickup_orders_taken_total", way="import", outcome="refused") == 3


def test_requests_are_counted_by_pattern_and_never_by_address(cloud: Cloud) -> None:
    client = browser(cloud)
    client.get("/v1/points/bamboo-3/orders")
    for address in ("/phone/TW-1.svg", "/phone/TW-2.svg", "/TW-1", "/TW-2"):
        client.get(address)

    told = figures(client)
    routes = {
        (labels["method"], labels["route"], labels["status"]): value
        for name, pairs in told
        if name == "pickup_http_requests_total"
        for labels, value in [(dict(pairs), told[name, pairs])]
    }
    assert routes["GET", "/v1/points/<point_id>/orders", "401"] == 1
    assert routes["GET", "/phone/<order_id>.svg", "404"] == 2
    assert routes["any", "none", "404"] == 2


def test_events_by_https_say_when_the_point_was_last_heard_of(cloud: Cloud) -> None:
    client = browser(cloud)
    cloud.desk.meter.acknowledged(["bamboo-3"], 1_795_000_000.0)

    name = "pickup_point_last_received_timestamp_seconds"
    assert figure(client, name, point_id="bamboo-3") == 1_795_000_000.0
    assert figure(client, "pickup_acks_total") == 1


def test_made_up_points_do_not_fill_the_figures(cloud: Cloud) -> None:
    cloud.desk.meter.acknowledged([f"p-{number}" for number in range(3000)], 1.0)

    assert len(cloud.desk.meter.heard) == 2000


def test_figures_tell_which_points_are_online_and_what_they_hold_back(cloud: Cloud) -> None:
    said = Presence(online=True, boot="boot-1", counter=7, since=EVENING, version="0.1.0")

    def hear(database: Database) -> None:
        signs.keep(database, "bamboo-3", said, EVENING)
        signs.keep(database, "bamboo-3", Status(12, EVENING, 2, "synced"), EVENING)

    cloud.store.write(hear)
    client = browser(cloud)

    assert figure(client, "pickup_point_online", point_id="bamboo-3") == 1
    assert figure(client, "pickup_point_unsent_events", point_id="bamboo-3") == 12
    assert figure(client, "pickup_point_set_aside_events", point_id="bamboo-3") == 2


@pytest.mark.parametrize(("code", "label"), [("second_device", "second_device"), ("new", "other")])
def test_case_33_a_point_s_trouble_is_a_figure_of_a_closed_list(
    cloud: Cloud, code: str, label: str
) -> None:
    said = Status(0, None, 0, "synced", code)
    cloud.store.write(lambda database: signs.keep(database, "bamboo-3", said, EVENING))

    client = browser(cloud)

    assert figure(client, "pickup_point_trouble", point_id="bamboo-3", trouble=label) == 1


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_a_foreign_name_reads_neither(cloud: Cloud, path: str) -> None:
    assert browser(cloud).get(path, headers={"Host": "evil.example"}).status_code == 421
