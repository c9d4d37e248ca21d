"""What the ledger holds, told from its stored bytes to the point that asks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from peewee import Database
from werkzeug.test import TestResponse

from edge.core.event_range import EventRange, proof_of
from sync.cloud.reception import receive
from sync.cloud.server import create_app
from sync.cloud.tables import update
from sync.contract.reconciliation import LedgerRange, decode_findings, encode_question
from tests.sync.cloud.conftest import EVENING, TOKEN, Cloud, PointVoice, arrival
from tests.sync.cloud.test_monitoring import figure


@pytest.fixture
def voice(cloud: Cloud) -> PointVoice:
    """A point with six events in the ledger."""
    voice = PointVoice()
    arrivals = [arrival(voice.started()) for _ in range(6)]
    cloud.store.write(lambda database: receive(database, arrivals, EVENING))
    return voice


def client(cloud: Cloud) -> FlaskClient:
    app = create_app(cloud.desk, token="admin", connected=lambda: True, notify=lambda _: None)
    return app.test_client()


def ask(cloud: Cloud, *ranges: EventRange, token: str = TOKEN) -> TestResponse:
    return client(cloud).post(
        "/v1/reconciliation",
        data=encode_question(ranges),
        headers={"Authorization": f"Bearer {token}"},
    )


def found(cloud: Cloud, *ranges: EventRange) -> list[LedgerRange]:
    answer = ask(cloud, *ranges)
    assert answer.status_code == 200, answer.text
    return list(decode_findings(answer.data))


def said(voice: PointVoice, first: int, last: int) -> EventRange:
    return EventRange(voice.epoch, first, last, proof_of(voice.bodies[first - 1 : last]))


def test_what_is_stored_is_proven_with_its_age_by_the_cloud_s_clock(
    cloud: Cloud, voice: PointVoice
) -> None:
    cloud.clock.wall = EVENING + timedelta(days=31)
    whole, part = said(voice, 1, 6), said(voice, 2, 3)

    answer = found(cloud, whole, part)

    assert [one.count for one in answer] == [6, 2]
    assert [one.proves(asked) for one, asked in zip(answer, (whole, part), strict=True)] == [
        True,
        True,
    ]
    assert [one.age_seconds for one in answer] == [31 * 86_400] * 2


def change_a_byte(database: Database) -> None:
    update(database, "UPDATE ledger SET body = ? WHERE sequence = 3", b"{}")


def lose_a_row(database: Database) -> None:
    update(database, "DELETE FROM ledger WHERE sequence = 3")


@pytest.mark.parametrize("spoil", [change_a_byte, lose_a_row])
def test_a_ledger_that_lost_or_changed_an_event_proves_nothing_and_says_so(
    cloud: Cloud, voice: PointVoice, spoil: object
) -> None:
    assert callable(spoil)
    cloud.store.write(spoil)
    whole = said(voice, 1, 6)

    (answer,) = found(cloud, whole)

    assert not answer.proves(whole)
    assert figure(client(cloud), "pickup_reconciled_ranges_total", outcome="differing") == 1


def test_what_never_came_is_told_as_nothing(cloud: Cloud, voice: PointVoice) -> None:
    future = EventRange(voice.epoch, 7, 9, bytes(32))

    (answer,) = found(cloud, future)

    assert (answer.count, answer.age_seconds) == (0, None)
    assert not answer.proves(future)


def test_another_point_s_events_are_nobody_s_business(cloud: Cloud, voice: PointVoice) -> None:
    assert ask(cloud, said(voice, 1, 6), token="a stranger's").status_code == 401


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "cannot be read"),
        (b"[]", "must be a JSON object"),
        (b'{"ranges": []}', "ranges must be a list of 1 to 200"),
        (b'{"ranges": [{"epoch": "x"}]}', "ranges[0]"),
    ],
)
def test_a_question_that_is_none_is_refused_by_name(cloud: Cloud, body: bytes, named: str) -> None:
    answer = client(cloud).post(
        "/v1/reconciliation", data=body, headers={"Authorization": f"Bearer {TOKEN}"}
    )

    assert (answer.status_code, named in answer.text) == (422, True)


def test_a_range_longer_than_a_hand_over_may_wait_for_is_refused(
    cloud: Cloud, voice: PointVoice
) -> None:
    assert ask(cloud, EventRange(voice.epoch, 1, 51, bytes(32))).status_code == 422
