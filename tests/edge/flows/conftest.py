"""One evening per test, on a file of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.flows.evening import Evening


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(tmp_path)
    yield evening
    evening.close()
