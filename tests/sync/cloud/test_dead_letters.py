"""What was kept aside is seen by people, and enters the ledger once the cloud understands it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from edge.core.events import event_hash
from edge.core.topics import topic
from sync.cloud import ledger, orders, points
from sync.cloud.__main__ import main
from sync.cloud.database import Store
from sync.cloud.judge import Arrival
from sync.cloud.points import PointDetails
from sync.cloud.reception import receive
from sync.cloud.tables import DeadLetter, insert
from tests.sync.cloud.conftest import EVENING, Cloud, PointVoice, arrival, draft


def deliver(cloud: Cloud, *bodies: bytes, point_id: str = "bamboo-3") -> None:
    arrivals = [arrival(body, point_id) for body in bodies]
    cloud.store.write(lambda database: receive(database, arrivals, EVENING, ()))


def kept_by_an_older_cloud(cloud: Cloud, voice: PointVoice, body: bytes) -> None:
    """The row that a version without this event's type left behind."""
    row = {
        "point_id": voice.point_id,
        "epoch": voice.epoch,
        "sequence": voice.bodies.index(body) + 1,
        "code": "unknown_type",
        "reason": "The type pickup.order.collected is not known to this version.",
        "topic": topic(voice.point_id, "up/events"),
        "hash": event_hash(body),
        "body": body,
        "received_ms": 1_763_892_000_000,
        "times": 1,
    }
    cloud.store.write(lambda database: insert(database, DeadLetter, row))


def run(cloud: Cloud, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """What a command prints; the store is let go of meanwhile, as nobody serves."""
    cloud.store.close()
    code = main([*words, "--data", str(cloud.folder.root)])
    cloud.store = Store.open(cloud.folder.database)
    cloud.desk = replace(cloud.desk, store=cloud.store)
    assert code == 0
    return capsys.readouterr().out.splitlines()


def state(cloud: Cloud, order_id: str) -> str:
    rows: Sequence[dict[str, object]] = [dict(row) for row in orders.listing(cloud.store.reader)]
    return next(orders.shown_state(row) for row in rows if row["order_id"] == order_id)


def test_a_dead_letter_played_again_after_an_upgrade_is_applied_once(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.import_orders(draft("G1"))
    voice = PointVoice()
    first, second, third = voice.started(), voice.hand_over("G1"), voice.started()
    kept_by_an_older_cloud(cloud, voice, second)
    deliver(cloud, first, third)
    assert state(cloud, "G1") == "open"

    assert run(cloud, capsys, "parked", "--replay") == ["1 entered the ledger, 0 stay aside."]
    assert run(cloud, capsys, "parked", "--replay") == ["0 entered the ledger, 0 stay aside."]

    assert state(cloud, "G1") == "collected"
    report = ledger.verify(cloud.store.reader, "bamboo-3")
    assert (report.events, report.parked, report.findings) == (3, 0, ())


def test_what_is_still_wrong_stays_with_its_bytes_and_its_reason(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    voice = PointVoice()
    fork = PointVoice()
    fork.last = b"\1" * 32
    deliver(cloud, voice.started(), fork.started(), b"rubbish")

    before = run(cloud, capsys, "parked", "--json")
    assert run(cloud, capsys, "parked", "--replay") == ["0 entered the ledger, 2 stay aside."]

    assert run(cloud, capsys, "parked", "--json") == before
    letters = [json.loads(line) for line in before]
    assert [letter["code"] for letter in letters] == ["conflict", "malformed"]
    assert base64.b64decode(letters[1]["raw"]) == b"rubbish"


def test_the_events_of_a_point_that_was_added_late_are_not_lost(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    voice = PointVoice("cedar-9")
    deliver(cloud, voice.started(), voice.started(), point_id="cedar-9")
    assert [line.split()[4] for line in run(cloud, capsys, "parked")] == ["unknown_point"] * 2
    details = PointDetails("cedar-9", "雪松", "雪松路 9 號", "16–21", time_zone="Asia/Taipei")
    cloud.store.write(lambda db: points.provision(db, details, "another", EVENING))

    said = run(cloud, capsys, "parked", "--replay", "--point", "cedar-9", "--json")

    assert json.loads(said[0]) == {"applied": 2, "kept": 0}
    assert ledger.verify(cloud.store.reader, "cedar-9").events == 2


def test_one_point_s_dead_letters_are_played_without_the_others(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    voice = PointVoice()
    body = voice.started()
    kept_by_an_older_cloud(cloud, voice, body)
    details = PointDetails("cedar-9", "雪松", "雪松路 9 號", "16–21", time_zone="Asia/Taipei")
    cloud.store.write(lambda db: points.provision(db, details, "another", EVENING))

    assert run(cloud, capsys, "parked", "--replay", "--point", "cedar-9") == [
        "0 entered the ledger, 0 stay aside."
    ]
    assert len(run(cloud, capsys, "parked", "--point", "bamboo-3")) == 1


def test_a_stranger_s_topic_cannot_write_on_the_terminal(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    made_up = Arrival("pickup/v1/\x1b[2J/x/up/events", "\x1b[2J", b"\x1b[2J")
    cloud.store.write(lambda database: receive(database, [made_up], EVENING, ()))

    (line,) = run(cloud, capsys, "parked")

    assert line.isprintable()


def test_a_conflict_is_shown_until_it_is_settled(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(cloud, PointVoice().hand_over("G1"))

    (shown,) = run(cloud, capsys, "conflicts", "--json")
    conflict = json.loads(shown)
    assert (conflict["order_id"], conflict["kind"], conflict["open"]) == (
        "G1",
        "unknown_order",
        True,
    )
    cloud.import_orders(draft("G1"))

    assert run(cloud, capsys, "conflicts") == []
    (settled,) = run(cloud, capsys, "conflicts", "--all")
    assert "settled  unknown_order" in settled


def test_a_point_that_nobody_added_is_named(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["parked", "--point", "cedar-9", "--data", str(tmp_path)]) == 1
    assert "cedar-9" in capsys.readouterr().err
