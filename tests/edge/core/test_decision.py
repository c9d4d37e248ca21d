"""What an authentic pass does now: every rung, in the words of the counter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from edge.core.credential import Credential, verify
from edge.core.decision import (
    FAULT_REASONS,
    LEADER_MAY_OVERRIDE,
    MAX_ATTEMPTS,
    MAX_REOPENS,
    REOPEN_GRACE,
    Decision,
    DoorFault,
    Facts,
    Release,
    Reopen,
    Retry,
    SeenOpen,
    Underway,
    decide,
    decide_manual,
    decide_release,
    decide_sibling,
)
from edge.core.moment import ClockQuality, Moment
from edge.core.order import CloudState, Parcel, PaymentState
from edge.core.places import COUNTER
from edge.core.reasons import Reason, Refusal
from edge.core.view import OrderView, Outcome, ParcelView
from tests.edge.core.samples import (
    ELSEWHERE,
    EVENING,
    HERE,
    ISSUER,
    TRUSTED,
    moment,
    new_pass,
    order,
)
from tests.edge.core.views import bag, collected, hand_over, view

NOW = moment(EVENING + timedelta(minutes=5))
FACTS = Facts(HERE)
SECOND = timedelta(seconds=1)


def test_a_pass_opens_the_place_of_its_order() -> None:
    ready = view(bag(place_id="7"))

    assert _decide(ready) == Release(ready, ready.parcels[0], "7")


def test_bags_come_one_place_after_the_other() -> None:
    two = view(bag("cold", "7", collected()), bag("dry", "B2"))

    assert _decide(two) == Release(two, two.parcels[1], "B2")


# The pass itself


def test_an_authentic_pass_for_an_order_that_nobody_announced_opens_nothing() -> None:
    assert _decide(None) == Refusal(Reason.UNKNOWN_ORDER)


def test_a_pass_for_another_point_says_which() -> None:
    decision = decide(None, _credential(ELSEWHERE), FACTS, NOW)

    assert decision == Refusal(Reason.WRONG_POINT, point_id=ELSEWHERE)


def test_a_pass_naming_another_point_is_good_where_its_order_was_moved_to() -> None:
    moved_here = view()

    decision = decide(moved_here, _credential(ELSEWHERE), FACTS, NOW)

    assert isinstance(decision, Release)


def test_an_order_that_now_waits_elsewhere_is_not_given_out_here() -> None:
    gone = view(of=order(point_id=ELSEWHERE))

    assert _decide(gone) == Refusal(Reason.WRONG_POINT, gone, point_id=ELSEWHERE)


def test_a_pass_older_than_its_re_issue_is_refused() -> None:
    reissued = view(of=order(pass_not_before=EVENING + SECOND))

    assert _decide(reissued) == Refusal(Reason.REISSUED, reissued)


def test_a_pass_as_old_as_its_re_issue_is_good() -> None:
    assert isinstance(_decide(view(of=order(pass_not_before=EVENING))), Release)


def test_a_pass_past_its_date_is_refused() -> None:
    ready = view()
    end = moment(EVENING + timedelta(days=14))

    assert _decide(ready, now=end) == Refusal(Reason.EXPIRED, ready)
    assert isinstance(_decide(ready, now=moment(end.wall - SECOND)), Release)


def test_a_clock_that_may_be_wrong_refuses_no_honest_customer() -> None:
    next_year = moment(EVENING + timedelta(days=365), ClockQuality.UNTRUSTED, floor=EVENING)

    assert isinstance(_decide(view(), now=next_year), Release)


# What the cloud wants, and where the goods are


@pytest.mark.parametrize(
    ("cloud_state", "reason"),
    [(CloudState.CANCELLED, Reason.CANCELLED), (CloudState.MOVED, Reason.MOVED)],
)
def test_what_the_cloud_took_back_is_not_given_out(cloud_state: CloudState, reason: Reason) -> None:
    for held in (bag(), bag(place_id=None), bag(place_id=None, received=False)):
        taken_back = view(held, of=order(cloud_state=cloud_state))
        assert _decide(taken_back) == Refusal(reason, taken_back)


def test_the_rest_of_a_cancelled_order_stays_here() -> None:
    half = (bag("cold", "7", collected(EVENING - timedelta(hours=1))), bag("dry", "8"))
    cancelled = view(*half, of=order(*_parcels(half), cloud_state=CloudState.CANCELLED))

    assert _decide(cancelled) == Refusal(Reason.CANCELLED, cancelled)


def test_goods_still_on_the_van_are_not_here_yet() -> None:
    expected = view(bag(place_id=None, received=False))

    assert _decide(expected) == Refusal(Reason.NOT_ARRIVED, expected)


def test_goods_that_came_but_have_no_place_yet_are_with_the_leader() -> None:
    received = view(bag(place_id=None, received=True))

    assert _decide(received) == Refusal(Reason.NOT_PLACED, received)


def test_goods_that_went_back_are_not_here_any_more() -> None:
    returned = view(bag(place_id=None, returned=True))

    assert _decide(returned) == Refusal(Reason.RETURNED, returned)


def test_money_comes_before_goods() -> None:
    unpaid = view(of=order(payment=PaymentState.DUE))

    assert _decide(unpaid) == Refusal(Reason.PAYMENT_DUE, unpaid)


def test_money_taken_with_the_first_bag_is_taken_for_all() -> None:
    bags = (bag("cold", "7", collected()), bag("dry", "8"))
    half = view(*bags, of=order(*(entry.parcel for entry in bags), payment=PaymentState.DUE))

    assert not half.owes
    assert _decide(half) == Release(half, half.parcels[1], "8")


@pytest.mark.parametrize(
    ("received", "reason"), [(True, Reason.NOT_PLACED), (False, Reason.NOT_ARRIVED)]
)
def test_the_rest_of_an_order_is_where_the_rest_is(*, received: bool, reason: Reason) -> None:
    half = view(bag("cold", "7", collected()), bag("dry", None, received=received))

    assert _decide(half) == Refusal(reason, half)


def test_what_is_left_after_a_bag_went_back_is_still_given_out() -> None:
    rest = view(bag("cold", None, returned=True), bag("dry", "8"))

    assert _decide(rest) == Release(rest, rest.parcels[1], "8")


def test_where_one_bag_was_taken_and_the_other_went_back_the_leader_explains() -> None:
    over = view(bag("cold", "7", collected()), bag("dry", None, returned=True))

    assert _decide(over) == Refusal(Reason.SEE_LEADER, over)


# Doors in trouble


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (DoorFault.OFFLINE, Reason.CABINET_OFFLINE),
        (DoorFault.BLOCKED, Reason.DOOR_BLOCKED),
        (DoorFault.ALREADY_OPEN, Reason.DOOR_OPEN),
    ],
)
def test_a_door_known_to_be_in_trouble_refuses_before_anything_is_written(
    fault: DoorFault, reason: Reason
) -> None:
    ready = view(bag(place_id="7"))

    assert _decide(ready, Facts(HERE, {"7": fault})) == Refusal(reason, ready, place_id="7")


def test_every_door_fault_has_its_reason() -> None:
    assert set(FAULT_REASONS) == set(DoorFault)


def test_trouble_at_another_door_is_no_trouble() -> None:
    assert isinstance(_decide(view(), Facts(HERE, {"8": DoorFault.OFFLINE})), Release)


def test_a_bag_behind_a_good_door_comes_before_one_behind_a_blocked_one() -> None:
    two = view(bag("cold", "7"), bag("dry", "8"))

    decision = _decide(two, Facts(HERE, {"7": DoorFault.BLOCKED}))

    assert decision == Release(two, two.parcels[1], "8")


def test_of_two_doors_in_trouble_the_first_is_named() -> None:
    two = view(bag("cold", "7"), bag("dry", "8"))

    decision = _decide(two, Facts(HERE, {"8": DoorFault.BLOCKED, "7": DoorFault.OFFLINE}))

    assert decision == Refusal(Reason.CABINET_OFFLINE, two, place_id="7")


# Committed, but nobody saw the door open


def test_a_second_scan_tries_the_same_hand_over_again() -> None:
    released = view(bag(given=hand_over()))

    assert _decide(released) == Retry(released, released.parcels[0], hand_over())


def test_a_stuck_door_is_tried_again_by_the_next_scan() -> None:
    stuck = hand_over(outcome=Outcome.STUCK, at=EVENING)
    released = view(bag(given=stuck))

    assert _decide(released) == Retry(released, released.parcels[0], stuck)


def test_a_scan_while_the_door_moves_commands_nothing() -> None:
    released = view(bag(given=hand_over(position=11)))

    decision = _decide(released, Facts(HERE, in_flight=frozenset({11})))

    assert decision == Underway(released, released.parcels[0], hand_over(position=11))


def test_a_door_that_stands_open_by_now_is_the_proof() -> None:
    released = view(bag(given=hand_over()))

    decision = _decide(released, Facts(HERE, {"7": DoorFault.ALREADY_OPEN}))

    assert decision == SeenOpen(released, released.parcels[0], hand_over())


@pytest.mark.parametrize("fault", [DoorFault.OFFLINE, DoorFault.BLOCKED])
def test_a_committed_hand_over_waits_while_its_door_is_in_trouble(fault: DoorFault) -> None:
    released = view(bag(given=hand_over()))

    decision = _decide(released, Facts(HERE, {"7": fault}))

    assert decision == Refusal(FAULT_REASONS[fault], released, place_id="7")


def test_after_some_attempts_the_leader_has_to_look() -> None:
    last_try = view(bag(given=hand_over(attempts=MAX_ATTEMPTS - 1)))
    tired = view(bag(given=hand_over(attempts=MAX_ATTEMPTS)))

    assert isinstance(_decide(last_try), Retry)
    assert _decide(tired) == Refusal(Reason.SEE_LEADER, tired, place_id="7")


def test_what_the_leader_hands_over_is_not_unlocked_again() -> None:
    at_counter = view(bag(place_id=None, given=hand_over(place_id=COUNTER)))

    assert _decide(at_counter) == Refusal(Reason.SEE_LEADER, at_counter, place_id=COUNTER)


def test_one_bag_in_motion_comes_before_the_next() -> None:
    two = view(bag("cold", "7"), bag("dry", "8", hand_over(place_id="8")))

    assert _decide(two) == Retry(two, two.parcels[1], hand_over(place_id="8"))


def test_a_hand_over_is_finished_even_after_a_cancellation() -> None:
    released = view(bag(given=hand_over()), of=order(cloud_state=CloudState.CANCELLED))

    assert isinstance(_decide(released), Retry)


# Collected


def test_second_scan_within_grace_reopens_the_same_compartment() -> None:
    done = view(bag(given=collected(EVENING)))

    for after in (timedelta(0), REOPEN_GRACE):
        decision = _decide(done, now=moment(EVENING + after))
        assert decision == Reopen(done, done.parcels[0], collected(EVENING))


def test_after_the_grace_it_says_when_it_was_collected() -> None:
    done = view(bag(given=collected(EVENING)))

    decision = _decide(done, now=moment(EVENING + REOPEN_GRACE + SECOND))

    assert decision == Refusal(Reason.ALREADY_COLLECTED, done, at=EVENING)


def test_a_clock_that_jumped_back_gives_no_second_grace() -> None:
    done = view(bag(given=collected(EVENING + timedelta(minutes=1))))

    decision = _decide(done, now=moment(EVENING))

    assert decision == Refusal(Reason.ALREADY_COLLECTED, done, at=EVENING + timedelta(minutes=1))


def test_a_door_is_reopened_twice_and_no_more() -> None:
    again = view(bag(given=replace(collected(EVENING), reopens=MAX_REOPENS - 1)))
    enough = view(bag(given=replace(collected(EVENING), reopens=MAX_REOPENS)))

    assert isinstance(_decide(again, now=moment(EVENING)), Reopen)
    assert _decide(enough, now=moment(EVENING)) == Refusal(
        Reason.ALREADY_COLLECTED, enough, at=EVENING
    )


@pytest.mark.parametrize("now_there", [None, "8"])
def test_a_place_that_was_given_to_others_is_not_reopened(now_there: str | None) -> None:
    done = view(bag(place_id=now_there, given=collected(EVENING, place_id="7")))

    assert _decide(done, now=moment(EVENING)) == Refusal(Reason.ALREADY_COLLECTED, done, at=EVENING)


@pytest.mark.parametrize("fault", DoorFault)
def test_a_door_in_trouble_is_not_reopened(fault: DoorFault) -> None:
    done = view(bag(given=collected(EVENING)))

    decision = _decide(done, Facts(HERE, {"7": fault}), moment(EVENING))

    assert decision == Refusal(Reason.ALREADY_COLLECTED, done, at=EVENING)


def test_of_several_bags_the_last_one_collected_is_reopened() -> None:
    first = collected(EVENING, position=11, place_id="7")
    last = collected(EVENING + SECOND, position=14, place_id="8")
    done = view(bag("dry", "8", last), bag("cold", "7", first))

    decision = _decide(done, now=moment(EVENING + timedelta(seconds=30)))

    assert decision == Reopen(done, done.parcels[0], last)


def test_what_was_collected_is_told_even_after_a_cancellation() -> None:
    done = view(bag(given=collected()), of=order(cloud_state=CloudState.CANCELLED))

    decision = _decide(done, now=moment(EVENING + timedelta(hours=1)))

    assert decision == Refusal(Reason.ALREADY_COLLECTED, done, at=EVENING)


# Without a pass: the rungs below


def test_below_the_pass_neither_its_date_nor_its_re_issue_counts() -> None:
    reissued = view(of=order(pass_not_before=EVENING + timedelta(days=1)))

    decision = decide_release(reissued, FACTS, moment(EVENING + timedelta(days=90)))

    assert isinstance(decision, Release)


def test_the_leader_s_word_opens_what_a_pass_would_open() -> None:
    ready = view()

    assert decide_manual(ready, FACTS, NOW) == Release(ready, ready.parcels[0], "7")


@pytest.mark.parametrize(
    ("held", "facts"),
    [
        (view(bag(place_id=None, received=False)), FACTS),
        (view(bag(place_id=None)), FACTS),
        (view(), Facts(HERE, {"7": DoorFault.BLOCKED})),
        (view(), Facts(HERE, {"7": DoorFault.ALREADY_OPEN})),
        (view(), Facts(HERE, {"7": DoorFault.OFFLINE})),
    ],
)
def test_the_leader_hands_over_the_counter_what_no_door_gives(
    held: OrderView, facts: Facts
) -> None:
    refusal = decide_release(held, facts, NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.reason in LEADER_MAY_OVERRIDE

    assert decide_manual(held, facts, NOW) == Release(held, held.parcels[0], COUNTER)


def test_the_leader_s_word_says_that_the_money_is_in_the_drawer() -> None:
    unpaid = view(of=order(payment=PaymentState.DUE))

    assert decide_release(unpaid, FACTS, NOW) == Refusal(Reason.PAYMENT_DUE, unpaid)
    assert decide_manual(unpaid, FACTS, NOW) == Release(unpaid, unpaid.parcels[0], "7")


def _of(customer: str, issuer: str = ISSUER) -> OrderView:
    plain = order()
    return view(
        of=replace(
            plain,
            ref=replace(plain.ref, issuer=issuer),
            customer=replace(plain.customer, ref=customer),
        )
    )


def test_a_customers_pass_does_for_another_of_her_orders_what_its_own_would() -> None:
    wanted, shown = _of("lin"), _of("lin")

    assert decide_sibling(wanted, shown, FACTS, NOW) == decide_release(wanted, FACTS, NOW)
    assert isinstance(decide_sibling(wanted, shown, FACTS, NOW), Release)


@pytest.mark.parametrize(
    "shown", [None, _of("chen"), _of("lin", issuer="other.example")], ids=["gone", "name", "issuer"]
)
def test_nobodys_pass_opens_another_customers_order(shown: OrderView | None) -> None:
    wanted = _of("lin")

    assert decide_sibling(wanted, shown, FACTS, NOW) == Refusal(Reason.SEE_LEADER, wanted)


def test_two_customers_without_a_name_are_two() -> None:
    assert decide_sibling(_of(""), _of(""), FACTS, NOW) == Refusal(Reason.SEE_LEADER, _of(""))


def test_the_leader_hands_over_bag_after_bag_until_none_is_left() -> None:
    half = view(bag("cold", None, collected(place_id=COUNTER)), bag("dry", None))

    assert decide_manual(half, FACTS, NOW) == Release(half, half.parcels[1], COUNTER)


def test_the_leader_cannot_hand_over_a_bag_that_went_back() -> None:
    rest = view(bag("cold", None, returned=True), bag("dry", None))

    assert decide_manual(rest, FACTS, NOW) == Release(rest, rest.parcels[1], COUNTER)


@pytest.mark.parametrize("cloud_state", [CloudState.CANCELLED, CloudState.MOVED])
def test_not_even_the_leader_gives_out_what_the_cloud_took_back(cloud_state: CloudState) -> None:
    taken_back = view(of=order(cloud_state=cloud_state))

    assert isinstance(decide_manual(taken_back, FACTS, NOW), Refusal)


def test_not_even_the_leader_gives_anything_twice() -> None:
    done = view(bag(given=collected(EVENING - timedelta(hours=1))))

    assert isinstance(decide_manual(done, FACTS, NOW), Refusal)


def test_the_leader_cannot_start_a_hand_over_that_is_already_under_way() -> None:
    released = view(bag(given=hand_over()))

    decision = decide_manual(released, Facts(HERE, {"7": DoorFault.BLOCKED}), NOW)

    assert decision == Refusal(Reason.DOOR_BLOCKED, released, place_id="7")


def _decide(known: OrderView | None, facts: Facts = FACTS, now: Moment = NOW) -> Decision:
    return decide(known, _credential(), facts, now)


def _credential(point_id: str = HERE) -> Credential:
    credential = verify(new_pass(point_id=point_id), TRUSTED, NOW)
    assert isinstance(credential, Credential)
    return credential


def _parcels(bags: Iterable[ParcelView]) -> tuple[Parcel, ...]:
    return tuple(entry.parcel for entry in bags)
