"""Values of an order that cannot be wrong once they exist."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.core.order import Window
from tests.edge.core.samples import EVENING, line, order, parcel


def test_a_window_opens_before_it_closes() -> None:
    with pytest.raises(ValueError, match="opens before it closes"):
        Window(EVENING, EVENING)


@pytest.mark.parametrize("quantity", ["ordered", "expected"])
def test_a_line_cannot_hold_less_than_nothing(quantity: str) -> None:
    negative = {"ordered": 2, "expected": 2, quantity: -1}

    with pytest.raises(ValueError, match="line 7: a quantity cannot be negative"):
        replace(line("7"), ordered=negative["ordered"], expected=negative["expected"])


@pytest.mark.parametrize("line_ids", [(), ("1",), ("1", "2", "2"), ("1", "3")])
def test_an_order_with_a_line_in_no_bag_or_in_two_cannot_be_built(
    line_ids: tuple[str, ...],
) -> None:
    bags = (parcel("bag-1", "1", "2"),)

    with pytest.raises(ValueError, match="exactly one parcel"):
        replace(order(*bags), parcels=(replace(bags[0], line_ids=line_ids),))


def test_the_lines_of_a_bag_come_in_the_order_s_own_sequence() -> None:
    whole = order(parcel("cold", "3", "1"), parcel("dry", "2"))
    shuffled = replace(whole, lines=(line("1"), line("2"), line("3")))

    assert [entry.line_id for entry in shuffled.lines_of("cold")] == ["1", "3"]
    assert [entry.line_id for entry in shuffled.lines_of("dry")] == ["2"]
    assert shuffled.lines_of("unheard-of") == ()
