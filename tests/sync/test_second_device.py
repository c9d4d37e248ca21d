"""A copy of a device: the broker keeps one of the two, they push each other off, and it is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from sync.agent.second_device import SecondDevice
from sync.agent.status import STATUS_SECONDS
from sync.backoff import Backoff
from sync.cloud.folder import CloudFolder
from sync.contract import Hint, encode_hint
from tests.brokers import RunningBroker
from tests.sync.fake_cloud import fake_cloud
from tests.sync.fake_orders import orders_server
from tests.sync.points import PointUnderTest
from tests.sync.systems import WholeSystem, give_secrets, whole_system

HOUR = 3600.0


@pytest.fixture
def watch() -> SecondDevice:
    """Connected since the beginning."""
    watching = SecondDevice()
    watching.up(0.0)
    return watching


def push_off(watch: SecondDevice, at: float) -> None:
    watch.down(at, pushed_off=True)
    watch.up(at + 5.0)


def test_case_33_one_push_off_the_line_may_be_a_person_who_looks_in(watch: SecondDevice) -> None:
    push_off(watch, 100.0)
    assert not watch.is_there(101.0)


def test_case_33_a_line_that_breaks_again_and_again_is_no_second_device(
    watch: SecondDevice,
) -> None:
    for at in range(100, 900, 10):
        watch.down(float(at), pushed_off=False)
        watch.up(at + 1.0)
    assert not watch.is_there(900.0)


def test_case_33_two_pushes_within_ten_minutes_are_a_second_device(watch: SecondDevice) -> None:
    push_off(watch, 100.0)
    push_off(watch, 699.0)
    assert watch.is_there(700.0)


def test_case_33_two_pushes_hours_apart_are_none(watch: SecondDevice) -> None:
    push_off(watch, 100.0)
    push_off(watch, 701.0)
    assert not watch.is_there(702.0)


def test_case_33_only_ten_minutes_of_having_the_name_alone_end_it(watch: SecondDevice) -> None:
    push_off(watch, 100.0)
    push_off(watch, 200.0)
    watch.down(210.0, pushed_off=False)
    assert watch.is_there(210.0 + HOUR)
    watch.up(4000.0)
    assert watch.is_there(4599.0)
    assert not watch.is_there(4600.0)
    push_off(watch, 4700.0)
    assert not watch.is_there(4701.0)


def test_case_33_what_the_cloud_has_seen_needs_no_push(watch: SecondDevice) -> None:
    watch.down(100.0, pushed_off=False)
    watch.up(105.0)
    watch.told()
    assert watch.is_there(106.0)
    assert not watch.is_there(705.0)


def test_case_33_what_the_cloud_says_of_it_is_shown_to_the_leader_and_said_in_the_status(
    broker: RunningBroker, tmp_path: Path
) -> None:
    with fake_cloud(broker.port) as cloud, orders_server() as api:
        point = PointUnderTest(tmp_path / "point", orders_port=api.port, broker_port=broker.port)
        point.start()
        point.until(lambda: point.link().state == "online")
        cloud.say("down/hint", encode_hint(Hint(second_device=True)))
        point.until(lambda: point.link().trouble == "second_device")
        # With the next look at its state, a minute later.
        point.clock.leap(STATUS_SECONDS)
        cloud.until(lambda: b"second_device" in cloud.heard.get("up/status", b""))
        point.close()


@pytest.fixture
def system(
    broker: RunningBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[WholeSystem]:
    with whole_system(broker, tmp_path) as system:
        yield system


@pytest.fixture
def copy(system: WholeSystem, tmp_path: Path) -> Iterator[PointUnderTest]:
    """A copy of the point's card, in another machine."""
    point = PointUnderTest(
        tmp_path / "copy",
        orders_port=system.https_line.port,
        broker_port=system.broker_line.port,
    )
    point.clock.boot_id = "another-machine"
    give_secrets(CloudFolder(system.broker.folder), point)
    yield point
    point.close()


@pytest.mark.slow
def test_case_33_two_devices_of_one_name_are_seen_by_the_cloud_and_told_and_nothing_is_lost(
    system: WholeSystem, copy: PointUnderTest
) -> None:
    both = [system.point, copy]
    epochs = [one.begin_epoch() for one in both]
    for one in both:
        one.happen(4)
        one.start()

    copy.until(lambda: {one.link().trouble for one in both} == {"second_device"})
    for one, epoch in zip(both, epochs, strict=True):
        one.until_settled(epoch, 4)

    assert '"event": "second_device"' in system.cloud.log()
    assert sorted(system.ledger()) == sorted((epoch, n) for epoch in epochs for n in range(1, 5))


def pushes_in_an_hour(waits: list[Backoff]) -> list[float]:
    """When one of two devices pushes the other off; each connects at once when its wait is over."""
    pushes: list[float] = []
    inside, waiting_until = 0, waits[1].next_wait()
    connected_at = 0.0
    while waiting_until < HOUR:
        pushes.append(waiting_until)
        pushed, since, connected_at = inside, connected_at, waiting_until
        inside = 1 - inside
        waiting_until = connected_at + waits[pushed].next_wait(connected_at - since)
    return pushes


@pytest.mark.parametrize("seed", range(5))
def test_case_33_two_of_one_name_push_each_other_off_no_faster_than_the_backoff(seed: int) -> None:
    waits = [Backoff(Random(f"{seed}-{which}"), spread=90.0) for which in "ab"]

    pushes = pushes_in_an_hour(waits)

    assert 40 < len(pushes) < 120
    assert sum(at < 60.0 for at in pushes) < 10
