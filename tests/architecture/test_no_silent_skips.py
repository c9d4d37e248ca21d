"""On a machine that has everything, a skipped test is a failed test."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
SKIPS_AND_PASSES = """
import pytest

def test_with_a_browser():
    pytest.skip("no browser here")

def test_without():
    pass
"""
SKIPS_WHOLE_FILE = """
import pytest

pytest.importorskip("a_package_that_nobody_has")
"""
NEEDS_SHARED = """
import pytest

@pytest.mark.needs_shared
def test_with_five_thousand_baskets():
    raise AssertionError("must not run without the data")
"""
EXPECTED_FAILURE = """
import pytest

@pytest.mark.xfail(strict=True, reason="known")
def test_known_fault():
    raise AssertionError
"""

NEEDS_LOOP_MOUNT = """
import pytest

@pytest.mark.needs_loop_mount
def test_with_a_disk_of_its_own():
    pytest.skip("there is no loop device")
"""


@pytest.fixture
def other_tree(pytester: pytest.Pytester) -> pytest.Pytester:
    """A small project under our conftest, on a machine without ../shared."""
    tests = pytester.mkdir("tree") / "tests"
    tests.mkdir()
    (tests / "conftest.py").write_text(CONFTEST.read_text("utf-8"), "utf-8")
    settings = "[pytest]\nmarkers =\n needs_shared: x\n needs_loop_mount: x\n"
    (tests.parent / "pytest.ini").write_text(settings, "utf-8")
    pytester.chdir()
    return pytester


def outcomes(other_tree: pytest.Pytester, test_file: str, *options: str) -> dict[str, int]:
    tests = other_tree.path / "tree" / "tests"
    (tests / "test_it.py").write_text(test_file, "utf-8")
    run = other_tree.runpytest_inprocess(
        "--rootdir", tests.parent, "-p", "no:hypothesispytest", tests, *options
    )
    return run.parseoutcomes()


def test_a_skip_is_only_listed_on_an_ordinary_machine(other_tree: pytest.Pytester) -> None:
    assert outcomes(other_tree, SKIPS_AND_PASSES) == {"passed": 1, "skipped": 1}


def test_a_skip_fails_on_the_machine_that_has_everything(other_tree: pytest.Pytester) -> None:
    assert outcomes(other_tree, SKIPS_AND_PASSES, "--skips-fail") == {"passed": 1, "failed": 1}


def test_a_file_that_skips_itself_fails_too(other_tree: pytest.Pytester) -> None:
    assert outcomes(other_tree, SKIPS_WHOLE_FILE, "--skips-fail") == {"errors": 1}


def test_what_needs_shared_data_may_be_skipped_without_them(other_tree: pytest.Pytester) -> None:
    assert outcomes(other_tree, NEEDS_SHARED, "--skips-fail") == {"skipped": 1}


def test_what_mounts_a_disk_may_be_skipped_where_nothing_can_be_mounted_and_is_told(
    other_tree: pytest.Pytester,
) -> None:
    assert outcomes(other_tree, NEEDS_LOOP_MOUNT, "--skips-fail") == {"skipped": 1}


def test_an_expected_failure_is_no_skip(other_tree: pytest.Pytester) -> None:
    assert outcomes(other_tree, EXPECTED_FAILURE, "--skips-fail") == {"xfailed": 1}
