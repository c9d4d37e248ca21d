"""What is in the repository works from any clone: no package host, no path of one machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Written in pieces, so that this file does not name them either.
PACKAGE_HOSTS = [
    ".".join(host)
    for host in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
        ("archive", "raspberrypi"),
        ("piwheels", "org"),
    )
]
MACHINE_PATHS = ["/" + "work/", "/" + "home/", "/" + "Users/", "/opt/" + "pypi"]
PACKAGE_ADDRESS = re.compile(r"https?://\S+\.(whl|deb|tgz|tar\.gz|zip)\b")


def tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True
    ).stdout
    return [ROOT / name for name in names.split("\0") if name]


def lines_of(file: Path) -> list[str]:
    """The lines of a text file; a picture or a catalogue has none."""
    content = file.read_bytes() if file.is_file() else b""
    return [] if b"\0" in content else content.decode("utf-8").splitlines()


@pytest.fixture(scope="module")
def lines() -> list[tuple[str, str]]:
    """Every line of the repository, with the place where it stands."""
    return [
        (f"{file.relative_to(ROOT)}:{number}", line)
        for file in tracked()
        for number, line in enumerate(lines_of(file), 1)
    ]


@pytest.mark.parametrize("word", [*PACKAGE_HOSTS, *MACHINE_PATHS])
def test_no_file_names(lines: list[tuple[str, str]], word: str) -> None:
    assert [place for place, line in lines if word in line] == []


def test_no_file_gives_the_address_of_a_package(lines: list[tuple[str, str]]) -> None:
    assert [place for place, line in lines if PACKAGE_ADDRESS.search(line)] == []


def test_the_top_folders_are_the_fixed_five() -> None:
    folders = {
        file.relative_to(ROOT).parts[0]
        for file in tracked()
        if len(file.relative_to(ROOT).parts) > 1
    }

    assert folders <= {"edge", "firmware_config", "web", "sync", "tests", ".ci"}
