"""pyproject.toml says exactly what we chose; the lock files add what it brings, with hashes."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / "requirements.txt"
TESTS = ROOT / "requirements-test.txt"
PIP = ROOT / "firmware_config" / "setup" / "pip.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CHOSEN_TO_RUN: list[str] = PROJECT["project"]["dependencies"]
CHOSEN_TO_TEST: list[str] = PROJECT["project"]["optional-dependencies"]["test"]
PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;]+)")


def pins(requirements: list[str]) -> dict[str, str]:
    """Version by normalised name; a requirement that is no exact pin is a KeyError in waiting."""
    matches = [PIN.match(requirement) for requirement in requirements]
    assert all(matches), requirements
    return {
        re.sub(r"[-_.]+", "-", match[1]).lower(): match[2] for match in matches if match is not None
    }


def entries(lock: Path) -> list[str]:
    """Each package's lines in one text: pin, marker, hashes."""
    lines = [
        line for line in lock.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")
    ]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


@pytest.mark.parametrize(
    ("lock", "chosen"), [(RUNS, CHOSEN_TO_RUN), (TESTS, CHOSEN_TO_RUN + CHOSEN_TO_TEST)]
)
def test_every_chosen_version_stands_in_the_lock(lock: Path, chosen: list[str]) -> None:
    assert pins(chosen).items() <= pins(entries(lock)).items()


def test_what_tests_runs_on_the_versions_that_run() -> None:
    assert pins(entries(RUNS)).items() <= pins(entries(TESTS)).items()


def test_the_build_uses_a_locked_version() -> None:
    assert pins(PROJECT["build-system"]["requires"]).items() <= pins(entries(RUNS)).items()


@pytest.mark.parametrize("lock", [RUNS, TESTS, PIP])
def test_every_entry_carries_hashes(lock: Path) -> None:
    assert [entry for entry in entries(lock) if "--hash=sha256:" not in entry] == []


@pytest.mark.slow
def test_a_raspberry_pi_needs_no_compiler(tmp_path: Path) -> None:
    wanted = [entry for entry in entries(RUNS) if "sys_platform == 'win32'" not in entry]
    # pip judges markers by this machine, so the Pi's own package is asked for without its marker.
    asked = tmp_path / "requirements.txt"
    asked.write_text("\n".join(wanted).replace("; platform_machine == 'aarch64'", ""), "utf-8")
    platforms = [f"--platform=manylinux_2_{minor}_aarch64" for minor in (17, 28, 34)]

    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
            *("--only-binary=:all:", "--python-version=3.11", "--implementation=cp"),
            *platforms,
            *("--platform=manylinux2014_aarch64", "--dest", tmp_path / "wheels"),
            *("--requirement", asked),
        ],
        check=True,
        timeout=300,
    )

    assert len(list((tmp_path / "wheels").glob("*.whl"))) == len(wanted)
