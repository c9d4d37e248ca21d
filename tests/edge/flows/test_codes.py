"""A customer without a phone types eight digits: the same pickup, and no way to guess one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.core.credential import mint
from edge.core.order import Order, OrderState, Zone
from edge.core.pickup_code import hash_code
from edge.core.reasons import Reason
from edge.devices.cabinet import ReportKind
from edge.flows import codes
from edge.flows.bearer import Bearer
from edge.flows.counter import ScanOutcome
from edge.flows.screen import CardKind
from tests.edge.flows.evening import CLOUD_KEY, KID, SIX_O_CLOCK, Evening, a_pass, an_order

KEY = bytes(range(32))
CODE, OTHER_CODE = "48130962", "00000000"


def coded(order: Order, code: str = CODE) -> Order:
    return replace(order, pickup_code_hash=hash_code(code, KEY))


@pytest.fixture
def evening(evening: Evening) -> Evening:
    """The point knows the key of its codes, and DUMPLING-12 waits here."""
    evening.point.memory.code_key = KEY
    evening.order_here(coded(an_order("DUMPLING-12")))
    return evening


def wrong_tries(evening: Evening, count: int) -> list[Reason | None]:
    return [evening.counter.enter_code(f"{n:08d}").reason for n in range(1, count + 1)]


@pytest.mark.parametrize("typed", [CODE, "4813-0962", "4813 0962"])
def test_a_code_opens_the_door_as_a_pass_would(evening: Evening, typed: str) -> None:
    result = evening.counter.enter_code(typed)
    evening.report(ReportKind.OPENED)

    assert (result.outcome, result.places) == (ScanOutcome.RELEASED, ("1",))
    assert evening.state("DUMPLING-12") is OrderState.COLLECTED
    assert evening.counter.screen().cards[0].kind is CardKind.OPEN


def test_the_closure_proves_the_digits_without_saying_them(evening: Evening) -> None:
    evening.counter.enter_code(CODE)
    evening.report(ReportKind.OPENED)

    closure = evening.events()[-1].data
    assert (closure["trust"], closure["method"]) == ("C", "pickup_code")
    assert len(str(closure["code_proof"])) == 64
    assert closure["code_proof"] != hash_code(CODE, KEY)
    assert "pass" not in closure
    assert not any(CODE.encode() in event.body for event in evening.events())


def test_the_digits_are_in_no_file_of_the_point(evening: Evening) -> None:
    evening.counter.enter_code(CODE)
    evening.counter.enter_code("99119911")

    for file in evening.folder.rglob("*"):
        held = file.read_bytes() if file.is_file() else b""
        assert CODE.encode() not in held
        assert b"99119911" not in held


def test_a_code_typed_twice_in_the_grace_opens_the_same_door_again(evening: Evening) -> None:
    evening.counter.enter_code(CODE)
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)

    assert evening.counter.enter_code(CODE).outcome is ScanOutcome.REOPENED
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)
    evening.clock.pass_by(200)

    assert evening.counter.enter_code(CODE).reason is Reason.ALREADY_COLLECTED
    assert evening.counter.screen().cards[0].at is not None


def test_a_code_retries_a_hand_over_that_a_power_cut_left_open(evening: Evening) -> None:
    evening.counter.enter_code(CODE)
    evening.restart()
    evening.point.memory.code_key = KEY

    assert evening.counter.enter_code(CODE).outcome is ScanOutcome.RELEASED
    assert evening.told().count("order.released") == 1
    assert evening.told()[-1] == "order.reopened"


def test_a_code_typed_while_its_door_moves_shows_that_door(evening: Evening) -> None:
    evening.counter.enter_code(CODE)

    assert evening.counter.enter_code(CODE).outcome is ScanOutcome.RELEASED
    assert len(evening.doors.unlocked) == 1


def test_pass_and_code_of_one_order_are_one_pickup(evening: Evening) -> None:
    evening.counter.enter_code(CODE)
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)
    evening.clock.pass_by(200)

    assert evening.counter.scan(a_pass("DUMPLING-12")).reason is Reason.ALREADY_COLLECTED


def test_every_refusal_of_a_pass_is_one_of_a_code(evening: Evening) -> None:
    evening.order(coded(an_order("LATE-1"), "11111111"))
    evening.order_here(coded(an_order("OWING-1", due_minor=24000), "22222222"))
    cancelled = coded(an_order("GONE-1"), "33333333")
    evening.order_here(cancelled)
    evening.cancel(cancelled)

    told = {code: evening.counter.enter_code(code).reason for code in ("22222222", "33333333")}

    assert told == {"22222222": Reason.PAYMENT_DUE, "33333333": Reason.CANCELLED}
    assert evening.told()[-1] == "scan.refused"
    assert evening.events()[-1].data["trust"] == "C"


def test_an_order_that_is_still_on_its_way_says_so(evening: Evening) -> None:
    evening.order(coded(an_order("LATE-1"), "11111111"))

    assert evening.counter.enter_code("11111111").reason is Reason.NOT_ARRIVED


def test_all_places_of_an_order_follow_one_code(evening: Evening) -> None:
    evening.order_here(coded(an_order("MIXED-2", Zone.AMBIENT, Zone.FROZEN), "22222222"))
    evening.counter.enter_code("22222222")
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)
    evening.report(ReportKind.OPENED)

    closures = [e for e in evening.events() if e.type.endswith("collected")]
    assert [e.data["method"] for e in closures] == ["pickup_code"] * 2


def test_five_wrong_codes_lock_the_keypad_and_nothing_else(evening: Evening) -> None:
    assert wrong_tries(evening, 5) == [Reason.WRONG_CODE] * 4 + [Reason.KEYPAD_LOCKED]

    locked = evening.counter.enter_code(CODE)
    assert (locked.reason, evening.counter.screen().cards[0].wait_seconds) == (
        Reason.KEYPAD_LOCKED,
        60,
    )
    assert evening.counter.keypad_locked_seconds() == 60
    assert evening.counter.scan(a_pass("DUMPLING-12")).outcome is ScanOutcome.RELEASED
    assert evening.desk.sign_in(evening.with_pin()).accepted
    assert evening.point.memory.tallies.scans["refused", "wrong_code"] == 4


def test_a_lock_that_is_over_lets_the_right_code_in(evening: Evening) -> None:
    wrong_tries(evening, 5)
    evening.clock.pass_by(60)

    assert evening.counter.keypad_locked_seconds() == 0
    assert evening.counter.enter_code(CODE).outcome is ScanOutcome.RELEASED


def test_a_right_code_gives_no_tries_back(evening: Evening) -> None:
    wrong_tries(evening, 4)
    evening.counter.enter_code(CODE)

    assert wrong_tries(evening, 1) == [Reason.KEYPAD_LOCKED]


def test_power_off_between_two_tries_changes_nothing(evening: Evening) -> None:
    told = []
    for number in range(5):
        evening.point.memory.code_key = KEY
        told.append(evening.counter.enter_code(f"{number:08d}").reason)
        evening.restart()
    evening.point.memory.code_key = KEY

    assert told[-1] is Reason.KEYPAD_LOCKED
    assert evening.counter.enter_code(CODE).reason is Reason.KEYPAD_LOCKED


def test_a_wrong_try_is_on_disk_before_it_is_answered(evening: Evening) -> None:
    evening.counter.enter_code(OTHER_CODE)

    assert evening.point.edge_file.rows("SELECT name FROM attempt") == [("code",)]


@pytest.mark.parametrize(
    "rubbish", ["", "4813096", "481309622", "４８１３０９６２", "x" * 4096, "\0" * 8]
)
def test_what_is_no_code_opens_nothing_and_costs_no_try(evening: Evening, rubbish: str) -> None:
    for _ in range(6):
        assert evening.counter.enter_code(rubbish).reason is Reason.WRONG_CODE

    assert evening.counter.enter_code(CODE).outcome is ScanOutcome.RELEASED


def test_wrong_codes_leave_no_event(evening: Evening) -> None:
    before = evening.told()

    wrong_tries(evening, 6)

    assert evening.told() == before


def test_two_orders_with_the_same_code_need_the_leader(evening: Evening) -> None:
    evening.order_here(coded(an_order("TWIN-1")))

    assert evening.counter.enter_code(CODE).reason is Reason.SEE_LEADER
    assert evening.doors.unlocked == []


def test_a_code_drawn_again_is_the_new_orders(evening: Evening) -> None:
    evening.counter.enter_code(CODE)
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)
    evening.order_here(coded(an_order("NEXT-WEEK")))

    assert evening.counter.enter_code(CODE).order_id == "NEXT-WEEK"


def test_without_the_key_nobody_is_told_a_right_code_is_wrong(evening: Evening) -> None:
    evening.point.memory.code_key = None

    assert evening.counter.enter_code(CODE).reason is Reason.SEE_LEADER
    assert evening.counter.keypad_locked_seconds() == 0


def test_an_index_that_lies_opens_nothing(evening: Evening) -> None:
    evening.writer.call(
        lambda txn: txn.execute("UPDATE finder SET code_hash = ?", (hash_code(OTHER_CODE, KEY),))
    )

    assert evening.counter.enter_code(OTHER_CODE).reason is Reason.WRONG_CODE


def test_identify_names_the_bearer_of_the_order(evening: Evening) -> None:
    bearer = codes.identify(evening.point, CODE)

    assert isinstance(bearer, Bearer)
    assert bearer.ref.order_id == "DUMPLING-12"


def test_a_code_that_met_a_stuck_door_proves_nothing_of_the_neighbour_who_collected(
    evening: Evening,
) -> None:
    evening.counter.enter_code(CODE)
    evening.report(ReportKind.STUCK)
    evening.clock.pass_by(60)
    until = SIX_O_CLOCK + timedelta(days=1)
    told = "DUMPLING-12", "yonghe-7", SIX_O_CLOCK, until
    evening.counter.scan(mint(*told, key=CLOUD_KEY, kid=KID, sub_pass_id="c0ffee"))
    evening.report(ReportKind.OPENED)

    said = evening.events()[-1].data
    assert (said["trust"], said["method"], "code_proof" in said) == ("A", "sub_pass", False)
    assert said["released_at"] == "2027-03-09T10:00:00.000Z"
