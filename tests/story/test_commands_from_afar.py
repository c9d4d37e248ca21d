"""The cloud opens a compartment at a real point; what was captured opens nothing again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from tests.stack import POINT, Stack, as_object, wait_until


def test_a_compartment_opens_from_the_cloud_once(stack: Stack) -> None:
    stack.provision()
    stack.start()
    wait_until(
        lambda: stack.subsystem("line")["state"] == "online", "the line to the cloud", every=0.5
    )

    words = ("command", "open-compartment", "--point", POINT, "--place", "7")
    said = as_object(json.loads(stack.cloud(*words, "--reason", "a glove in the door", "--json")))

    assert (said["state"], as_object(said["outcome"])["result"]) == ("applied", "opened")
    assert as_object(stack.subsystem("cabinet")["doors"]).get("open") == 1
    assert len([event for event in stack.ledger() if is_command(event)]) == 1
    replay(stack)
    wait_until(lambda: "replayed" in outcomes(stack), "the replay's rejection", every=0.5)
    assert outcomes(stack) == ["opened", "replayed"]


def replay(stack: Stack) -> None:
    """Deliver once more the bytes that the point got, as a thief of the line would."""
    stack.stop("sync")
    with closing(sqlite3.connect(stack.data / "sync" / "sync.db")) as file, file:
        file.execute("INSERT INTO delivery (body, retained) SELECT body, 0 FROM delivery")
    stack.start("sync")


def is_command(event: dict[str, object]) -> bool:
    return str(event["type"]).startswith("pickup.command.")


def outcomes(stack: Stack) -> list[object]:
    return [
        data.get("result") or data.get("reason")
        for event in stack.ledger()
        if is_command(event)
        for data in [as_object(as_object(event["event"])["data"])]
    ]
