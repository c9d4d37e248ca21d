"""A card that takes longer than anybody waits: nothing moves, and nothing is stuck afterwards."""

from __future__ import annotations

import threading

import pytest

from edge.core.order import OrderState
from edge.errors import StoreBusy
from edge.flows.counter import ScanOutcome
from tests.edge.flows.evening import Evening, a_pass, an_order


def test_a_hand_over_that_is_committed_too_late_moves_no_door_and_the_next_scan_does(
    evening: Evening,
) -> None:
    evening.order_here(an_order("A1001"))
    go_on = threading.Event()

    # Doors are asked inside the transaction: there it can be made as slow as by a card.
    evening.doors.on_faults = lambda: go_on.wait(30)
    evening.writer.patience = 0.2
    with pytest.raises(StoreBusy, match="may yet be recorded"):
        evening.counter.scan(a_pass("A1001"))
    go_on.set()
    evening.writer.patience = 30.0

    assert evening.state("A1001") is OrderState.RELEASED
    assert evening.doors.unlocked == []
    assert evening.counter.scan(a_pass("A1001")).outcome is ScanOutcome.RELEASED
    assert [place_id for place_id, _ in evening.doors.unlocked] == ["1"]
