"""The Python environment is made once, from the locks, and made anew after an interruption."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PREPARE = """
set -Eeuo pipefail
ROOT=$PWD
PARTS=$ROOT/firmware_config/setup
source "$PARTS/words.sh"
source "$PARTS/environment.sh"
prepare_environment run
"""


def prepare(tree: Path) -> str:
    """What setup.sh says while it prepares the environment of a tree."""
    run = subprocess.run(
        ["bash", "-c", PREPARE],
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    return run.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The tree, at a path with spaces, as a newcomer's clone would be."""
    tree = tmp_path / "pickup point"
    own = shutil.ignore_patterns(".*", "data", "*.egg-info", "*.mo")
    shutil.copytree(ROOT, tree, ignore=own)
    return tree


@pytest.mark.slow
def test_it_is_made_once_and_again_after_an_interruption(clone: Path) -> None:
    assert "Making the Python environment" in prepare(clone)
    for command in ("pickup-kiosk", "pickup-sync", "pickup-cloud"):
        subprocess.run([clone / ".venv" / "bin" / command, "--help"], check=True, timeout=60)

    assert prepare(clone) == ""

    (clone / ".venv" / ".unfinished").touch()
    assert "Making the Python environment" in prepare(clone)


@pytest.mark.slow
def test_changed_locks_are_installed_into_the_environment_that_is_there(clone: Path) -> None:
    prepare(clone)
    with (clone / "requirements.txt").open("a", encoding="utf-8") as lock:
        lock.write("# another day\n")

    said = prepare(clone)

    assert "Python packages into .venv/" in said
    assert "Making the Python environment" not in said
