"""Agent and cloud are killed at every write, sync and send while events go up."""

from __future__ import annotations

import pytest

from sync.__main__ import BROKEN
from tests.crash.busy_point import OTHER, BusyPoint

PARTS = pytest.mark.parametrize("part", ["agent", "cloud"])


def kill_again_and_again(point: BusyPoint, part: str, *, every_write: int) -> int:
    """Kill a part at each call, of the many page writes at one in `every_write`; how often."""
    point.start(OTHER[part])
    points = [
        (call, number)
        for call, number in point.calls_of(part)
        if call != "pwrite64" or number % every_write == 0
    ]
    assert {"pwrite64", "fdatasync", "sendto"} <= {call for call, _ in points}
    for call, number in points:
        point.kill_at(part, call, number)
    point.start(part)
    point.burst()
    point.await_settled()
    return len(points)


@PARTS
def test_whenever_it_is_killed_every_event_is_in_the_ledger_once(
    point: BusyPoint, part: str
) -> None:
    kills = kill_again_and_again(point, part, every_write=6)
    assert kills >= 15
    assert point.must_be_in_the_ledger_once() > 6 * kills


@pytest.mark.slow
@PARTS
def test_killed_at_each_single_write_every_event_is_in_the_ledger_once(
    point: BusyPoint, part: str
) -> None:
    kills = kill_again_and_again(point, part, every_write=1)
    assert point.must_be_in_the_ledger_once() > 6 * kills


def test_an_agent_whose_disk_fails_ends_and_begins_again_from_what_is_there(
    point: BusyPoint,
) -> None:
    point.start("cloud")
    first = point.start("agent")
    point.burst()
    point.await_settled()
    first.kill()
    point.burst()
    # The second one of a process is of the folder, and SQLite does not mind how that ends.
    with point.disturbed("agent", "fdatasync", "error=EIO:when=3") as (agent, _):
        assert agent.wait() == BROKEN
    point.start("agent")
    point.await_settled()
    assert point.must_be_in_the_ledger_once() > 12


def test_a_cloud_whose_disk_fails_acknowledges_nothing_before_it_is_well_again(
    point: BusyPoint,
) -> None:
    point.start("agent")
    with point.disturbed("cloud", "fdatasync", "error=EIO:when=1..3") as (cloud, trace):
        point.burst()
        point.await_settled()
    assert trace.injected
    assert cloud.code is None
    assert point.must_be_in_the_ledger_once() > 6
