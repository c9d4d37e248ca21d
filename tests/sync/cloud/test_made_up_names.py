"""Names that nobody could have: some databases refuse them, and none may stop what comes behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from edge.core.events import EventType
from sync.cloud.judge import Arrival
from sync.cloud.recorder import record
from sync.cloud.server import create_app
from sync.cloud.tables import DeadLetter, LedgerEntry
from tests.sync.cloud.conftest import EVENING, TOKEN, Cloud, PointVoice, arrival

LONG = "x" * 300


@pytest.fixture
def client(cloud: Cloud) -> Iterator[FlaskClient]:
    app = create_app(cloud.desk, token="admin", connected=lambda: True, notify=lambda _: None)
    with app.test_client() as client:
        yield client


def keep(cloud: Cloud, *arrivals: Arrival) -> None:
    cloud.store.write(lambda database: record(database, arrivals, EVENING))


def count(cloud: Cloud, model: type[LedgerEntry | DeadLetter]) -> int:
    return int(model.select().count(cloud.store.reader))


@pytest.mark.parametrize("name", [LONG, "bamboo\0", ""])
def test_rubbish_on_a_topic_that_a_client_made_up_is_kept_aside(cloud: Cloud, name: str) -> None:
    made_up = Arrival(f"pickup/v1/p00/{name}/up/events", name, b"rubbish")

    keep(cloud, made_up, arrival(PointVoice().started()))

    assert (count(cloud, DeadLetter), count(cloud, LedgerEntry)) == (1, 1)


@pytest.mark.parametrize("command_id", ["a\0b", LONG, 7, None])
def test_the_outcome_of_a_command_that_nobody_asked_for_is_an_event_like_others(
    cloud: Cloud, command_id: object
) -> None:
    body = PointVoice().write(EventType.COMMAND_APPLIED, None, command_id=command_id)

    keep(cloud, arrival(body))

    assert count(cloud, LedgerEntry) + count(cloud, DeadLetter) == 1


@pytest.mark.parametrize("name", ["%00", "bamboo-3%00", "%ff", LONG, "%F0%9F%8D%9C"])
def test_a_point_that_nobody_could_name_is_not_there(client: FlaskClient, name: str) -> None:
    authorised = {"Authorization": f"Bearer {TOKEN}"}

    assert client.get(f"/v1/points/{name}/orders", headers=authorised).status_code == 401


@pytest.mark.parametrize("name", ["%00", "%ff", LONG])
@pytest.mark.parametrize("issuer", ["", "?issuer=%00", f"?issuer={LONG}"])
def test_an_order_that_nobody_could_name_has_no_picture(
    client: FlaskClient, name: str, issuer: str
) -> None:
    assert client.get(f"/phone/{name}.svg{issuer}").status_code == 404
