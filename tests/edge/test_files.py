"""A file that matters is there whole or as it was, and nobody else may read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.files import write_private


def test_what_everybody_could_read_is_private_once_it_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "sync" / "token"
    file.parent.mkdir()
    file.write_bytes(b"old")
    file.chmod(0o644)

    write_private(file, b"new")

    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"old")

    with pytest.raises(TypeError):
        write_private(tmp_path / "token", "no bytes")  # type: ignore[arg-type] # that is the fault

    assert (tmp_path / "token").read_bytes() == b"old"
