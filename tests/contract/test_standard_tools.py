"""Tools that know nothing of us read what a point says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from edge.core import topics
from tests.brokers import RECEIVER, RunningBroker
from tests.golden import examples

EVENTS = examples.events()
POINT = examples.ORIGIN.point_id


@pytest.mark.parametrize("name", EVENTS)
def test_the_cloudevents_sdk_reads_an_event(name: str) -> None:
    document = json.loads(EVENTS[name])

    event = JSONFormat().read(CloudEvent, EVENTS[name])

    assert event.get_id() == document["id"]
    assert event.get_type() == document["type"]
    assert event.get_source() == document["source"]
    assert event.get_subject() == document.get("subject")
    assert event.get_data() == document["data"]
    assert event.get_extension("sequence") == document["sequence"]
    assert event.get_extension("prevhash") == document["prevhash"]


def test_mosquitto_sub_shows_the_exact_bytes_of_events(tmp_path: Path) -> None:
    broker = RunningBroker(tmp_path / "data")
    broker.add_user(POINT)
    broker.start()
    connection = ["-h", "127.0.0.1", "-p", str(broker.port), "-V", "5", "-q", "1"]
    receiver = ["-u", RECEIVER, "-P", f"secret of {RECEIVER}", "-i", "onlooker", "-c"]
    # The first visit leaves a session behind: what is published then waits for the second.
    subscribe = ["mosquitto_sub", *connection, *receiver, "-x", "60", "-t", "pickup/v1/+/+/up/#"]
    try:
        subprocess.run([*subscribe, "-E"], check=True, timeout=20)
        for body in EVENTS.values():
            point = ["-u", POINT, "-P", f"secret of {POINT}", "-s"]
            publish = ["mosquitto_pub", *connection, *point]
            topic = topics.topic(POINT, "up/events")
            subprocess.run([*publish, "-t", topic], input=body, check=True, timeout=20)
        shown = subprocess.run(
            [*subscribe, "-C", str(len(EVENTS)), "-W", "20"],
            capture_output=True,
            check=True,
            timeout=30,
        )
    finally:
        broker.kill()

    assert shown.stdout.splitlines() == list(EVENTS.values())
