"""Names on a public screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.masking import mask_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王○明"),
        ("歐陽小文", "歐○○文"),
        ("陳明", "陳○"),
        ("陳", "陳"),
        ("王 小明", "王○明"),
        ("Mary Wang", "Mary W."),
        ("Mary Jane Wang", "Mary W."),
        ("Mary", "Mary"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_name_is_shown_with_its_middle_hidden(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@given(st.text())
def test_any_name_can_be_masked(name: str) -> None:
    masked = mask_name(name)

    assert bool(masked) is bool(name.split())
