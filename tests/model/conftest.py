"""One template of files for all runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model.template import make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("model")
    make_template(root)
    return root
