"""The examples that both sides read are what the code makes, byte for byte."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from edge.core.command import Challenges, Checks, Delivery, judge
from edge.core.credential import Credential, TrustedKey, verify
from edge.core.events import GENESIS, event_hash, read_event
from edge.core.order_json import parse_order
from tests.edge.core.samples import TRUSTED, moment
from tests.golden import examples

EVENTS = examples.events()


def test_every_example_of_an_event_is_there_and_no_other() -> None:
    assert {path.name for path in (examples.FOLDER / "events").iterdir()} == set(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_made_of_exactly_these_bytes(name: str) -> None:
    assert (examples.FOLDER / "events" / name).read_bytes() == EVENTS[name]


@pytest.mark.parametrize("name", examples.documents())
def test_pass_and_order_are_spelled_exactly_so(name: str) -> None:
    assert (examples.FOLDER / name).read_bytes() == examples.documents()[name]


def test_the_events_of_the_evening_are_one_gapless_chain() -> None:
    envelopes = [read_event(body) for body in EVENTS.values()]

    assert [envelope.sequence for envelope in envelopes] == list(range(1, len(EVENTS) + 1))
    assert envelopes[0].prevhash == GENESIS
    for before, after in pairwise(envelopes):
        assert after.prevhash == event_hash(before.body)


def test_the_pass_in_the_closure_is_the_pass_of_the_order() -> None:
    order = parse_order(json.loads((examples.FOLDER / "order.json").read_bytes()))
    text = (examples.FOLDER / "pass.txt").read_text()
    closure = read_event(EVENTS["12-pickup.order.collected.json"])

    credential = verify(text, TRUSTED, moment())

    assert isinstance(credential, Credential)
    assert (credential.ref, credential.point_id) == (order.ref, order.point_id)
    assert closure.data["pass"] == text
    assert closure.subject == order.ref.order_id


def test_the_signed_command_is_obeyed_by_a_point_that_made_its_challenge() -> None:
    body = (examples.FOLDER / "command.cose").read_bytes()
    challenges = Challenges()
    challenges.add(examples.COMMAND.challenge, moment().boot_seconds)
    key = TrustedKey(examples.COMMAND_KID, "pickup-cloud", examples.COMMAND_KEY.public, None)
    checks = Checks("daan-07", {key.kid: key}, challenges, lambda _: False)

    assert judge(Delivery(body, retained=False), checks, moment()) == examples.COMMAND
