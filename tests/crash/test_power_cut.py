"""The power fails at any moment of an evening: whatever a customer saw is on the card.

The evening's system calls are recorded once; every state that a cut could have left is rebuilt
from them and opened by the store, as the next start would.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from tests.conftest import ROOT
from tests.crash.replay import (
    CALLS,
    CrashState,
    Image,
    Images,
    Said,
    Step,
    Write,
    crash_states,
    read_recording,
)
from tests.crash.verdict import what_is_wrong
from tests.crash.workload import HUNDRED, SHIPPED, SHRED, orders_of

WORKLOAD = [sys.executable, "-m", "tests.crash.workload"]
SEED = 20_261_124
SHARES = 4
"""All states of the long evening in so many tests, which may run beside each other."""


class Recording:
    """One evening: its files before, and every step after."""

    def __init__(self, folder: Path, command: str) -> None:
        edge_db = folder / "edge" / "edge.db"
        self.files = (edge_db, edge_db.with_name("edge.db-wal"))
        log = folder / "calls"
        prepare = [*WORKLOAD, str(folder), "prepare", command]
        subprocess.run(prepare, cwd=ROOT, check=True, timeout=120)
        self.before: Images = {path: Image.of(path) for path in self.files}
        strace = ["strace", "-f", "-qq", "-y", "-xx", "-s", "70000", "-o", str(log)]
        subprocess.run(
            [*strace, "-e", f"trace={','.join(CALLS)}", *WORKLOAD, str(folder), command],
            cwd=ROOT,
            check=True,
            timeout=120,
            stdout=subprocess.DEVNULL,
        )
        self.steps: Sequence[Step] = read_recording(log, self.files)
        count = len(orders_of(command))
        # Else no checkpoint would be among what is cut.
        assert edge_db in {step.path for step in self.steps if isinstance(step, Write)}
        said = [step.line.split()[0] for step in self.steps if isinstance(step, Said)]
        assert Counter(said) == dict.fromkeys(["released", "collected"], count)

    def states(self, *, every: int, draws: int) -> Iterator[CrashState]:
        return crash_states(self.before, self.steps, Random(SEED), every=every, draws=draws)


@pytest.fixture
def recorded(memory: Path, request: pytest.FixtureRequest) -> Recording:
    return Recording(memory / request.node.name, request.param)


def after(state: CrashState, folder: Path) -> str | None:
    """What the store finds wrong with this state, None if nothing."""
    for path, image in state.files.items():
        image.write_to(folder / path.name)
    (folder / "edge.db-shm").unlink(missing_ok=True)
    return what_is_wrong(folder / "edge.db", state.said)


def bad_states(
    recorded: Recording, folder: Path, *, every: int, draws: int = 1, share: int | None = None
) -> tuple[int, list[str]]:
    """How many states were tried, and what is wrong with those that break a promise."""
    folder.mkdir()
    states = recorded.states(every=every, draws=draws)
    mine = states if share is None else islice(states, share, None, SHARES)
    found = [(state.name, after(state, folder)) for state in mine]
    return len(found), [f"{name}: {wrong}" for name, wrong in found if wrong is not None]


@pytest.mark.parametrize("recorded", [SHIPPED], indirect=True)
def test_no_power_cut_loses_what_a_customer_has_seen(recorded: Recording, memory: Path) -> None:
    tried, bad = bad_states(recorded, memory / "cuts", every=16)
    assert tried >= 250
    assert bad == []


@pytest.mark.slow
@pytest.mark.parametrize("recorded", [SHRED], indirect=True)
def test_no_power_cut_while_the_file_is_written_anew_loses_anything(
    recorded: Recording, memory: Path
) -> None:
    tried, bad = bad_states(recorded, memory / "shredding", every=5)
    assert tried >= 250
    assert bad == []


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("recorded", [HUNDRED], indirect=True)
def test_case_3_no_power_cut_behind_any_call_of_a_hundred_hand_overs_loses_anything(
    recorded: Recording, memory: Path, share: int
) -> None:
    folder = memory / f"all-cuts-{share}"
    tried, bad = bad_states(recorded, folder, every=1, draws=2, share=share)
    assert tried * SHARES >= 10_000
    assert bad == []


@pytest.mark.parametrize(
    "recorded", ["NORMAL", pytest.param("OFF", marks=pytest.mark.slow)], indirect=True
)
def test_a_store_that_syncs_less_is_seen_to_lose(recorded: Recording, memory: Path) -> None:
    _, bad = bad_states(recorded, memory / f"lost-{len(recorded.steps)}", every=100)
    assert any("lost: [" in wrong for wrong in bad)
