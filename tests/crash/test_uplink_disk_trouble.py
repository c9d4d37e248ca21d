"""The disk of agent or cloud refuses a write or a sync while events go up: none is lost for it."""

from __future__ import annotations

import pytest

from sync.__main__ import BROKEN
from sync.cloud.__main__ import FAILED
from tests.crash.busy_point import OTHER, BusyPoint

ENDS = {"agent": BROKEN, "cloud": FAILED}


@pytest.mark.slow
@pytest.mark.parametrize("part", ["agent", "cloud"])
def test_whichever_write_or_sync_fails_everything_is_in_the_ledger_once_and_told_truly(
    point: BusyPoint, part: str
) -> None:
    point.start(OTHER[part])
    points = [(call, number) for call, number in point.calls_of(part) if call != "sendto"]
    ended = [
        point.bear(part, call, how)
        for call, number in points
        for how in (f"error=EIO:when={number}", f"error=ENOSPC:when={number}+")
    ]
    assert set(ended) <= {None, ENDS[part]}
    point.start(part)
    assert point.must_be_in_the_ledger_once() > 6 * len(ended)
