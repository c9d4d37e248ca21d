"""Points are there or not: birth and will are paired, and late ones change nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.core.topics import topic
from sync.cloud import signs, twins
from sync.cloud.__main__ import main
from sync.cloud.database import Store
from sync.cloud.judge import Arrival
from sync.cloud.receiver import take_apart
from sync.cloud.reception import receive
from sync.cloud.tables import DeadLetter, update
from sync.contract import (
    Hello,
    Presence,
    Status,
    encode_hello,
    encode_presence,
    encode_status,
)
from sync.mqtt import Connection, Message
from tests.sync.cloud.conftest import EVENING, Cloud

BIRTH = Presence(online=True, boot="boot-a", counter=1000, since=EVENING, version="0.1.0")
WILL = replace(BIRTH, online=False, since=None)
HALF_PAST = EVENING + timedelta(minutes=30)


def hear(cloud: Cloud, *said: Presence | Status | bytes, at: datetime = EVENING) -> None:
    arrivals = [_arrival(one) for one in said]
    cloud.store.write(lambda database: receive(database, arrivals, at))


def _arrival(said: Presence | Status | bytes, point_id: str = "bamboo-3") -> Arrival:
    if isinstance(said, Status):
        return Arrival(topic(point_id, "up/status"), point_id, encode_status(said))
    body = encode_presence(said) if isinstance(said, Presence) else said
    return Arrival(topic(point_id, "up/presence"), point_id, body)


def shown(cloud: Cloud) -> tuple[object, object]:
    """State, and since when."""
    presence = signs.presences(cloud.store.reader)["bamboo-3"]
    return presence["state"], presence["since"]


def parked(cloud: Cloud) -> list[tuple[str, str, bytes]]:
    query = DeadLetter.select(DeadLetter.code, DeadLetter.reason, DeadLetter.body).tuples()
    rows = query.execute(cloud.store.reader)
    return [(code, reason, bytes(body)) for code, reason, body in rows]


def test_a_birth_and_its_will_say_since_when(cloud: Cloud) -> None:
    hear(cloud, BIRTH)
    assert shown(cloud) == ("online", "2026-11-23T10:00:00.000Z")

    hear(cloud, WILL, at=HALF_PAST)
    assert shown(cloud) == ("offline", "2026-11-23T10:30:00.000Z")


def test_an_old_word_after_a_newer_birth_changes_nothing(cloud: Cloud) -> None:
    last_boot = replace(BIRTH, boot="boot-0", counter=90_000)
    hear(cloud, last_boot, BIRTH, replace(BIRTH, counter=2000))

    for late in (WILL, BIRTH, last_boot, replace(last_boot, online=False, since=None)):
        hear(cloud, late, at=HALF_PAST)

        assert shown(cloud) == ("online", "2026-11-23T10:00:00.000Z"), late


def test_the_broker_repeating_what_it_retains_does_not_move_the_time(cloud: Cloud) -> None:
    quiet = Status(3, EVENING, 0, "synced")
    hear(cloud, BIRTH, quiet)

    hear(cloud, BIRTH, quiet, at=HALF_PAST)

    assert shown(cloud) == ("online", "2026-11-23T10:00:00.000Z")
    assert signs.statuses(cloud.store.reader)["bamboo-3"]["since"] == "2026-11-23T10:00:00.000Z"


def test_a_will_whose_birth_was_never_heard_tells_that_the_point_is_gone(cloud: Cloud) -> None:
    hear(cloud, BIRTH)

    hear(cloud, replace(WILL, boot="boot-b", counter=1), at=HALF_PAST)

    assert shown(cloud) == ("offline", "2026-11-23T10:30:00.000Z")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)))
def test_in_whatever_order_they_come_the_last_word_of_a_boot_stands(
    cloud: Cloud, order: list[int]
) -> None:
    said = [replace(word, counter=at) for at in (1, 2, 3) for word in (BIRTH, WILL)][:5]
    said.append(said[0])
    cloud.store.write(lambda database: update(database, "DELETE FROM point_presence"))

    hear(cloud, *(said[at] for at in order))

    assert shown(cloud)[0] == "online"


HELLO = encode_hello(Hello((), "boot-1"))
MALFORMED = {
    b"": "up/presence cannot be read",
    b"\xff": "up/presence cannot be read",
    b'{"state": "asleep"}': "state must be one of online, offline",
    encode_presence(replace(BIRTH, counter=-1)): "counter must be a whole number",
    encode_presence(replace(BIRTH, version="1\x00")): "version must look like",
    encode_presence(replace(BIRTH, boot="../x")): "boot must look like",
}


def test_a_malformed_sign_is_parked_once_with_its_bytes_and_reason(cloud: Cloud) -> None:
    hear(cloud, BIRTH)

    hear(cloud, *MALFORMED, *MALFORMED)

    aside = {body: (code, reason) for code, reason, body in parked(cloud)}
    assert sorted(body for _, _, body in parked(cloud)) == sorted(MALFORMED)
    for body, why in MALFORMED.items():
        assert aside[body][0] == "malformed"
        assert why in aside[body][1]
    assert shown(cloud)[0] == "online"


def test_what_the_broker_delivers_is_taken_apart_as_a_sign(cloud: Cloud) -> None:
    status = Status(3, EVENING, 0, "synced")
    said = {"presence": encode_presence(BIRTH), "status": encode_status(status)}
    for leaf, body in said.items():
        name = topic("bamboo-3", f"up/{leaf}")
        message = Message(cast(Connection, None), name, body, 1, 1, retained=True, duplicate=False)
        arrivals = take_apart(message).arrivals
        cloud.store.write(partial(receive, arrivals=arrivals, now=EVENING))

    assert shown(cloud)[0] == "online"
    assert signs.statuses(cloud.store.reader)["bamboo-3"]["unsent"] == 3


def test_a_stranger_and_a_wrong_partition_are_parked_and_believed_nothing(cloud: Cloud) -> None:
    other = "pickup/v1/p99/bamboo-3/up/presence"
    arrivals = [
        _arrival(BIRTH, "cedar-9"),
        Arrival(other, "bamboo-3", encode_presence(BIRTH)),
    ]

    cloud.store.write(lambda database: receive(database, arrivals, EVENING))

    assert sorted(code for code, _, _ in parked(cloud)) == ["unknown_point", "wrong_source"]
    assert signs.presences(cloud.store.reader) == {}


@pytest.mark.parametrize(
    ("name", "body", "code", "why"),
    [
        (topic("bamboo-3", "up/hello"), b"{rubbish", "malformed", "up/hello cannot be read"),
        ("pickup/v1/p99/bamboo-3/up/hello", HELLO, "wrong_source", "no topic of a point"),
        (topic("bamboo-3", "up/weather"), b"rain", "malformed", "Nobody here reads the topic"),
        ("pickup/v1/p99/bamboo-3/up/a/b", b"", "malformed", "Nobody here reads the topic"),
    ],
)
def test_nothing_that_the_broker_brings_is_dropped_without_a_word(
    cloud: Cloud, name: str, body: bytes, code: str, why: str
) -> None:
    message = Message(cast(Connection, None), name, body, 1, 1, retained=False, duplicate=False)
    arrivals = take_apart(message).arrivals
    cloud.store.write(partial(receive, arrivals=arrivals, now=EVENING))

    ((found, reason, kept),) = parked(cloud)
    assert (found, kept) == (code, body)
    assert why in reason


def listing(cloud: Cloud, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    cloud.store.close()
    assert main(["point", "list", *more, "--data", str(cloud.folder.root)]) == 0
    cloud.store = Store.open(cloud.folder.database)
    return capsys.readouterr().out


def test_the_list_says_who_is_there_and_what_is_unsent(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "(never online)" in listing(cloud, capsys)

    hear(cloud, BIRTH, WILL, Status(3, EVENING, 0, "synced"))

    told = "(offline since 2026-11-23T10:00:00.000Z, version 0.1.0, 3 unsent)"
    assert listing(cloud, capsys) == f"bamboo-3      竹園  {told}\n"
    row = json.loads(listing(cloud, capsys, "--json"))
    assert row["presence"]["state"] == "offline"
    assert (row["status"]["unsent"], row["status"]["clock_quality"]) == (3, "synced")


def test_case_33_a_point_s_trouble_is_listed_until_it_says_that_it_is_over(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    troubled = Status(0, None, 0, "synced", "second_device")
    hear(cloud, BIRTH, troubled)
    hear(cloud, troubled, at=HALF_PAST)

    said = "trouble: second_device since 2026-11-23T10:00:00.000Z"
    assert said in listing(cloud, capsys)
    row = json.loads(listing(cloud, capsys, "--json"))
    assert row["trouble"] == {"code": "second_device", "since": "2026-11-23T10:00:00.000Z"}

    hear(cloud, replace(troubled, trouble="rows_damaged"), at=HALF_PAST)
    assert signs.troubles(cloud.store.reader)["bamboo-3"]["since"] == "2026-11-23T10:30:00.000Z"
    hear(cloud, replace(troubled, trouble=None), at=HALF_PAST)
    assert signs.troubles(cloud.store.reader) == {}


COPY = replace(BIRTH, boot="boot-copy", counter=77)


def birth(of: Presence, turn: int) -> Presence:
    return replace(of, counter=of.counter + turn)


def take_turns(cloud: Cloud, turns: int, *, apart: timedelta = timedelta(minutes=1)) -> datetime:
    """Point and copy push each other off the line, so many times each; when the last one was."""
    at = EVENING
    for turn in range(turns):
        for device in (BIRTH, COPY):
            hear(cloud, birth(device, turn), at=at)
            at += apart
    return at - apart


def two_there(cloud: Cloud, at: datetime) -> bool:
    return twins.are_there(cloud.store.reader, "bamboo-3", at)


def test_case_33_two_devices_that_take_turns_are_seen_until_ten_minutes_after_the_last(
    cloud: Cloud,
) -> None:
    at = take_turns(cloud, 3)

    assert two_there(cloud, at)
    assert not two_there(cloud, at + timedelta(minutes=10))
    assert not two_there(cloud, at - timedelta(hours=1))


def test_case_33_whichever_of_the_two_spoke_last_is_there(cloud: Cloud) -> None:
    at = take_turns(cloud, 3)
    hear(cloud, birth(BIRTH, 9), replace(birth(COPY, 2), online=False), at=at)

    assert shown(cloud)[0] == "online"


def test_case_33_a_device_that_starts_again_is_no_second_one(cloud: Cloud) -> None:
    for number in range(6):
        hear(cloud, replace(BIRTH, boot=f"boot-{number}", counter=number))

    assert not two_there(cloud, EVENING)


def test_case_33_late_words_of_the_boot_before_are_no_second_device(cloud: Cloud) -> None:
    hear(cloud, BIRTH, COPY, BIRTH, WILL, birth(BIRTH, 1), COPY, BIRTH, birth(BIRTH, 1))

    assert not two_there(cloud, EVENING)


def test_case_33_turns_that_are_hours_apart_are_no_second_device(cloud: Cloud) -> None:
    at = take_turns(cloud, 4, apart=timedelta(hours=1))

    assert not two_there(cloud, at)
