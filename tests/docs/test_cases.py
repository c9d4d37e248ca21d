"""The table of cases names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.findall(r"`(tests/[^`]+)::(test_\w+)`", (ROOT / "tests/CASES.md").read_text("utf-8"))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_every_test_that_a_case_names_is_there(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")
