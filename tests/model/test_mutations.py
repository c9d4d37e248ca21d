"""Every promise is seen to fail: a planted fault is found, by the name of what it breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.faults import BrokenPromise
from tests.model.machine import machine_with
from tests.model.plants import PLANTS
from tests.model.runs import runs

MOST_RUNS = 200


@pytest.mark.slow
@pytest.mark.parametrize("fault", PLANTS)
def test_a_planted_fault_is_found(template: Path, fault: str) -> None:
    parts, promise = PLANTS[fault]
    first_found = settings(runs(MOST_RUNS), phases=[Phase.generate])
    with pytest.raises(BrokenPromise) as broken:
        run_state_machine_as_test(machine_with(template, parts), settings=first_found)
    assert broken.value.promise == promise
