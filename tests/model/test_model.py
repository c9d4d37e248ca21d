"""Whatever happens on an evening, every promise holds: Hypothesis plays, a plain model watches."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import machine_with
from tests.model.parts import Parts
from tests.model.runs import runs


def test_every_promise_holds_on_some_evenings(template: Path) -> None:
    run_state_machine_as_test(machine_with(template, Parts()), settings=runs(10))


@pytest.mark.slow
@pytest.mark.parametrize("_hundred", range(1, 26))
def test_every_promise_holds_for_a_hundred_thousand_steps(template: Path, _hundred: int) -> None:
    # Other ones every time; so many at once that what is found can be made small before time is up.
    deep = settings(runs(100), derandomize=False, print_blob=True)
    run_state_machine_as_test(machine_with(template, Parts()), settings=deep)
