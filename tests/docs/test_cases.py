"""The table of cases names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE, _, MISSING = (ROOT / "tests/CASES.md").read_text("utf-8").partition("Not there yet:")
NAMED = re.findall(r"`(tests/[^`]+)::(test_\w+)`", TABLE)
CASES = 52


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_every_test_that_a_case_names_is_there(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


def test_every_case_stands_in_its_place_or_is_said_to_be_missing() -> None:
    rows = [int(number) for number in re.findall(r"^\| (\d+) \|", TABLE, flags=re.MULTILINE)]
    missing = {int(number) for number in re.findall(r"\b\d+\b", MISSING.partition(".")[0])}

    assert [number for number in range(1, CASES + 1) if number not in missing] == rows
