"""The room kept back on the disk, by what the disk says is free."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.core.ballast import Ballast
from edge.store.ballast import FULL_BELOW, ROOM_BESIDE, Reserve

WANTED = 3 * 1024 * 1024
PLENTY = WANTED + ROOM_BESIDE


class Disk:
    """So much is free, whatever lies on it."""

    def __init__(self) -> None:
        self.free = PLENTY

    def __call__(self, _folder: Path) -> int:
        return self.free


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def reserve(tmp_path: Path, disk: Disk) -> Reserve:
    return Reserve(tmp_path, WANTED, disk)


def held(folder: Path) -> int:
    """Bytes that files of this folder really take."""
    return sum(file.stat().st_blocks * 512 for file in folder.iterdir())


def test_room_is_really_taken_and_given_up_when_the_disk_fills(
    reserve: Reserve, disk: Disk, tmp_path: Path
) -> None:
    assert reserve.tend() is Ballast.KEPT
    assert held(tmp_path) >= WANTED

    disk.free = FULL_BELOW - 1
    assert reserve.tend() is Ballast.GIVEN_UP
    assert held(tmp_path) == 0


def test_it_is_given_up_until_there_is_plenty_again(reserve: Reserve, disk: Disk) -> None:
    reserve.tend()
    disk.free = FULL_BELOW - 1
    reserve.tend()

    disk.free = PLENTY - 1
    assert reserve.tend() is Ballast.GIVEN_UP
    disk.free = PLENTY
    assert reserve.tend() is Ballast.KEPT


def test_a_disk_that_is_merely_low_keeps_it(reserve: Reserve, disk: Disk) -> None:
    reserve.tend()
    disk.free = FULL_BELOW
    assert reserve.tend() is Ballast.KEPT


def test_where_there_was_never_room_or_none_is_wanted_there_is_none(
    reserve: Reserve, disk: Disk, tmp_path: Path
) -> None:
    disk.free = PLENTY - 1
    assert reserve.tend() is Ballast.NONE
    assert Reserve(tmp_path, 0, lambda _: 10**12).tend() is Ballast.NONE
    assert held(tmp_path) == 0


def test_a_disk_that_has_less_than_it_says_costs_nothing(tmp_path: Path) -> None:
    assert Reserve(tmp_path, 2**60, lambda _: 2**62).tend() is Ballast.NONE
    assert held(tmp_path) == 0


def test_what_an_earlier_start_kept_is_known(reserve: Reserve, disk: Disk, tmp_path: Path) -> None:
    reserve.tend()
    later = Reserve(tmp_path, WANTED, disk)
    disk.free = 0
    assert later.tend() is Ballast.GIVEN_UP


def test_the_very_first_start_finds_no_folder_and_makes_it(tmp_path: Path) -> None:
    assert Reserve(tmp_path / "data" / "edge", 4096).tend() in {Ballast.KEPT, Ballast.NONE}
    assert (tmp_path / "data" / "edge").is_dir()
