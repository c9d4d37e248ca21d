"""The README says what the code does."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from edge.config.cabinet import DOOR_KEYS, PROFILE_KEYS, SHELF_KEYS
from edge.config.point import TABLES
from tests.docs.state_diagram import mermaid

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = [f"{table}.{key.name}" for table, keys in TABLES.items() for key in keys]
WIRING = sorted({key.name for key in (*PROFILE_KEYS, *DOOR_KEYS, *SHELF_KEYS)})


def test_the_state_diagram_is_drawn_from_the_table() -> None:
    assert f"```mermaid\n{mermaid()}\n```" in README


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_of_a_point_is_in_the_readme(setting: str) -> None:
    assert f"`{setting}`" in README


@pytest.mark.parametrize("name", WIRING)
def test_every_key_of_a_cabinets_profile_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_every_linked_file_is_there(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize(
    "command", sorted(set(re.findall(r"\b(pickup-(?:kiosk|sync|cloud) [a-z-]+)", README)))
)
def test_every_command_in_the_readme_exists_and_has_help(command: str) -> None:
    program, verb = command.split()
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / program), verb, "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout
