"""Each guard is switched off in a copy of the tree, and its tests are seen to fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.guards.guards import GUARDS, Guard

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "data", "__pycache__", ".*_cache", "test-output"
)
LONGEST_SECONDS = 300
ALL_PASSED, SOME_FAILED = 0, 1


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this tree in which anything may be broken."""
    return shutil.copytree(ROOT, tmp_path_factory.mktemp("guards") / "tree", ignore=NOT_COPIED)


def run(tree: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """These tests, on the copy's own code, up to the first that fails."""
    words = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    # What this run of pytest says to programs that it starts is not for that one.
    ours = [name for name in os.environ if "PYTEST" in name or name == "PYTHONPATH"]
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [*words, "-m", "not slow", "-k", "not postgresql"],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
    )


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
def test_every_guard_stands_where_the_list_says(guard: Guard) -> None:
    assert (ROOT / guard.file).read_text("utf-8").count(guard.on) == 1
    assert guard.on != guard.off
    file, _, name = guard.test.partition("::")
    assert re.search(rf"^def {name or 'test_'}", (ROOT / file).read_text("utf-8"), re.MULTILINE)


@pytest.mark.slow
def test_with_every_guard_in_place_their_tests_pass(tree: Path) -> None:
    ended = run(tree, sorted({guard.test for guard in GUARDS.values()}))
    assert ended.returncode == ALL_PASSED, ended.stdout + ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
def test_a_guard_that_is_switched_off_is_missed(tree: Path, guard: Guard) -> None:
    file = tree / guard.file
    whole = file.read_text("utf-8")
    file.write_text(whole.replace(guard.on, guard.off), "utf-8")
    try:
        ended = run(tree, [guard.test])
    finally:
        file.write_text(whole, "utf-8")
    assert ended.returncode == SOME_FAILED, ended.stdout + ended.stderr
    assert re.search(r"^FAILED ", ended.stdout, re.MULTILINE), ended.stdout
