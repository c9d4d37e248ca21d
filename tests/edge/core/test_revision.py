from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from edge.core.order import Order, Parcel
from edge.core.revision import keep_handed_over
from tests.edge.core.samples import order, parcel

BAGS = ("bag-of-a-rather-long-name-1", "bag-of-a-rather-long-name-2", "box", "box-later")


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """Some of six lines, spread over some of the bags."""
    held: dict[str, list[str]] = {}
    for line_id in draw(st.lists(st.sampled_from("123456"), min_size=1, unique=True)):
        held.setdefault(draw(st.sampled_from(BAGS)), []).append(line_id)
    return order(*(parcel(bag, *line_ids) for bag, line_ids in held.items()))


def where(parcels: Sequence[Parcel]) -> dict[str, tuple[str, ...]]:
    return {parcel.parcel_id: parcel.line_ids for parcel in parcels}


@given(known=orders(), told=orders(), data=st.data())
def test_what_was_handed_over_stays_and_all_else_is_as_told(
    known: Order, told: Order, data: st.DataObject
) -> None:
    ids = [parcel.parcel_id for parcel in known.parcels]
    handed_over = data.draw(st.sets(st.sampled_from(ids)))
    merged = keep_handed_over(known, told, handed_over)
    after = where(merged.parcels)
    assert len(after) == len(merged.parcels), "no two parcels share an id"
    assert all(len(parcel_id) <= 32 for parcel_id in after)
    gone = {line_id for bag in handed_over for line_id in where(known.parcels)[bag]}
    assert {bag: after[bag] for bag in handed_over} == {
        bag: where(known.parcels)[bag] for bag in handed_over
    }
    assert {line.line_id for line in merged.lines} == gone | {line.line_id for line in told.lines}
    for bag, line_ids in where(told.parcels).items():
        rest = tuple(line_id for line_id in line_ids if line_id not in gone)
        assert not rest or rest in after.values(), f"the rest of {bag} stays together"


@given(known=orders(), told=orders(), data=st.data())
def test_the_same_revision_again_changes_nothing(
    known: Order, told: Order, data: st.DataObject
) -> None:
    ids = [parcel.parcel_id for parcel in known.parcels]
    handed_over = data.draw(st.sets(st.sampled_from(ids)))
    merged = keep_handed_over(known, told, handed_over)
    assert keep_handed_over(merged, told, handed_over) == merged


@given(known=orders(), told=orders())
def test_before_any_hand_over_the_cloud_has_the_last_word(known: Order, told: Order) -> None:
    assert keep_handed_over(known, told, ()) == told
