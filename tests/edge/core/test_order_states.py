"""The states of an order: the table is the law, and what really happens obeys it."""

from __future__ import annotations

import itertools

import pytest

from edge.core.order import (
    TRANSITIONS,
    CloudState,
    OrderState,
    Progress,
    Size,
    advance,
    derive_state,
)
from edge.errors import ForbiddenTransition

PAIRS = list(itertools.product(OrderState, OrderState))
LAWFUL = [(before, after) for before, after in PAIRS if after in TRANSITIONS[before]]
FORBIDDEN = [
    (before, after)
    for before, after in PAIRS
    if after is not before and after not in TRANSITIONS[before]
]

PARCEL_STEPS = {
    Progress.WAITING: {Progress.PLACED, Progress.RELEASED, Progress.RETURNED},
    Progress.PLACED: {Progress.RELEASED, Progress.WAITING, Progress.RETURNED},
    Progress.RELEASED: {Progress.COLLECTED, Progress.PLACED, Progress.WAITING, Progress.RETURNED},
    Progress.COLLECTED: {Progress.PLACED, Progress.WAITING, Progress.RETURNED},
    Progress.RETURNED: set[Progress](),
}
"""What one event does to one parcel; an annulled one is back in its place, in none, or gone."""


def test_every_state_stands_in_the_table() -> None:
    assert set(TRANSITIONS) == set(OrderState)


@pytest.mark.parametrize(("before", "after"), LAWFUL)
def test_a_lawful_change_is_made(before: OrderState, after: OrderState) -> None:
    assert advance(before, after) is after


@pytest.mark.parametrize(("before", "after"), FORBIDDEN)
def test_any_other_change_raises_and_names_both_states(
    before: OrderState, after: OrderState
) -> None:
    with pytest.raises(ForbiddenTransition, match=rf"\b{before}\b.*\b{after}\b") as failure:
        advance(before, after)

    assert "fault of the software" in failure.value.remedy


@pytest.mark.parametrize("state", OrderState)
def test_no_change_is_always_lawful(state: OrderState) -> None:
    assert advance(state, state) is state


def test_what_went_back_to_the_cloud_stays_gone() -> None:
    assert TRANSITIONS[OrderState.RETURNED] == frozenset()


ORDERS = list(
    itertools.product(
        CloudState,
        itertools.chain.from_iterable(
            itertools.product(Progress, repeat=count) for count in (1, 2, 3)
        ),
    )
)


def test_one_event_to_one_parcel_never_breaks_the_table() -> None:
    for cloud_state, parcels in ORDERS:
        before = derive_state(cloud_state, parcels)
        for index, progress in enumerate(parcels):
            for step in PARCEL_STEPS[progress]:
                # Nothing is handed over of what the cloud took back.
                if step is not Progress.RELEASED or cloud_state is CloudState.OPEN:
                    after = (*parcels[:index], step, *parcels[index + 1 :])
                    advance(before, derive_state(cloud_state, after))


def test_a_new_word_of_the_cloud_never_breaks_the_table() -> None:
    for cloud_state, parcels in ORDERS:
        for word in CloudState:
            advance(derive_state(cloud_state, parcels), derive_state(word, parcels))


def test_goods_are_never_gone_without_a_hand_over() -> None:
    sources = {before for before, after in LAWFUL if after is OrderState.COLLECTED}

    assert sources == {OrderState.RELEASED, OrderState.PARTLY_COLLECTED}


def test_what_the_cloud_took_back_is_not_handed_over() -> None:
    sources = {before for before, after in LAWFUL if after is OrderState.RELEASED}

    assert sources.isdisjoint({OrderState.CANCELLED, OrderState.MOVED, OrderState.RETURNED})


@pytest.mark.parametrize("cloud_state", CloudState)
@pytest.mark.parametrize(
    ("parcels", "state"),
    [
        ([Progress.RELEASED], OrderState.RELEASED),
        ([Progress.COLLECTED], OrderState.COLLECTED),
        ([Progress.RETURNED], OrderState.RETURNED),
        ([Progress.COLLECTED, Progress.RELEASED], OrderState.RELEASED),
        ([Progress.COLLECTED, Progress.PLACED], OrderState.PARTLY_COLLECTED),
        ([Progress.COLLECTED, Progress.WAITING], OrderState.PARTLY_COLLECTED),
        ([Progress.COLLECTED, Progress.RETURNED], OrderState.PARTLY_COLLECTED),
        ([Progress.COLLECTED, Progress.COLLECTED], OrderState.COLLECTED),
    ],
)
def test_what_happened_at_the_point_stands_whatever_the_cloud_wants(
    cloud_state: CloudState, parcels: list[Progress], state: OrderState
) -> None:
    assert derive_state(cloud_state, parcels) is state


@pytest.mark.parametrize("parcels", [[Progress.WAITING], [Progress.PLACED]])
@pytest.mark.parametrize(
    ("cloud_state", "state"),
    [(CloudState.CANCELLED, OrderState.CANCELLED), (CloudState.MOVED, OrderState.MOVED)],
)
def test_before_a_hand_over_the_cloud_s_word_counts(
    parcels: list[Progress], cloud_state: CloudState, state: OrderState
) -> None:
    assert derive_state(cloud_state, parcels) is state


@pytest.mark.parametrize(
    ("parcels", "state"),
    [
        ([Progress.WAITING], OrderState.EXPECTED),
        ([Progress.PLACED, Progress.WAITING], OrderState.EXPECTED),
        ([Progress.PLACED], OrderState.READY),
        ([Progress.PLACED, Progress.PLACED], OrderState.READY),
        ([Progress.PLACED, Progress.RETURNED], OrderState.READY),
        ([Progress.WAITING, Progress.RETURNED], OrderState.EXPECTED),
    ],
)
def test_an_order_is_ready_when_all_that_is_left_of_it_has_a_place(
    parcels: list[Progress], state: OrderState
) -> None:
    assert derive_state(CloudState.OPEN, parcels) is state


def test_small_fits_into_large_and_never_the_other_way() -> None:
    fitting = [(parcel, room) for parcel in Size for room in Size if parcel.fits(room)]

    assert fitting == [
        (Size.S, Size.S),
        (Size.S, Size.M),
        (Size.S, Size.L),
        (Size.M, Size.M),
        (Size.M, Size.L),
        (Size.L, Size.L),
    ]
