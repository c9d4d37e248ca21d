"""The leader hands over, says how it ended, takes it back."""

from edge.core.decision import DoorFault
from edge.core.order import OrderRef, OrderState, Zone
from edge.core.places import COUNTER
from edge.core.reasons import Reason
from edge.core.view import AnnulReason
from edge.devices.cabinet import ReportKind
from edge.flows.board import ManualReason
from edge.flows.counter import ScanOutcome
from tests.edge.flows.evening import ISSUER, PLACES, Evening, a_pass, an_order

REF = OrderRef(ISSUER, "DUMPLING-12")


def test_the_leader_opens_the_door_on_a_reason_and_the_closure_says_so(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))

    result = evening.desk.hand_over_manually(REF, ManualReason.PHONE_TAIL)
    evening.report(ReportKind.OPENED)

    closure = evening.events()[-1].data
    assert result.places == ("1",)
    assert (closure["trust"], closure["leader_reason"]) == ("D", "phone_tail")
    assert "pass" not in closure


def test_goods_without_a_place_go_over_the_counter_by_the_leaders_hand(evening: Evening) -> None:
    evening.order(an_order("DUMPLING-12"))

    result = evening.desk.hand_over_manually(REF, ManualReason.PAPER)

    assert result.places == (COUNTER,)
    assert evening.state("DUMPLING-12") is OrderState.COLLECTED
    assert evening.events()[-1].data["confirmed_by"] == "leader"


def test_a_hand_over_taken_back_makes_the_goods_ready_again(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.restart()
    case = evening.desk.board().maybe_opened[0]

    evening.desk.annul(case.position, AnnulReason.GOODS_STILL_HERE)

    assert evening.state("DUMPLING-12") is OrderState.READY
    assert evening.counter.scan(a_pass("DUMPLING-12")).outcome is ScanOutcome.RELEASED
    assert evening.told().count("order.annulled") == 1


def test_goods_that_went_with_the_wrong_customer_are_returned_not_ready(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.restart()
    case = evening.desk.board().maybe_opened[0]

    evening.desk.annul(case.position, AnnulReason.WRONG_CUSTOMER)

    assert evening.state("DUMPLING-12") is OrderState.RETURNED
    assert evening.counter.scan(a_pass("DUMPLING-12")).reason is Reason.RETURNED
    assert evening.told()[-3:-1] == ["order.annulled", "order.returned"]


def test_the_leader_confirms_what_a_power_cut_left_open(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.restart()
    evening.desk.confirm(evening.desk.board().maybe_opened[0].position)

    assert evening.state("DUMPLING-12") is OrderState.COLLECTED
    assert evening.desk.board().maybe_opened == ()


def test_the_leader_ends_a_hand_over_from_the_shelf_without_the_customers_screen(
    evening: Evening,
) -> None:
    for order_id in ("A", "B", "DUMPLING-12"):
        evening.order_here(an_order(order_id))
    evening.desk.hand_over_manually(REF, ManualReason.PHONE_DEAD)

    (case,) = evening.desk.unfinished(REF)
    evening.desk.confirm(case.position)

    assert not case.moving
    assert evening.desk.unfinished(REF) == ()
    assert evening.state("DUMPLING-12") is OrderState.COLLECTED


def test_a_door_on_its_way_says_itself_what_became_of_it(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.desk.hand_over_manually(REF, ManualReason.PHONE_DEAD)

    (case,) = evening.desk.unfinished(REF)

    assert case.moving
    assert evening.desk.board().maybe_opened == ()


def test_a_door_that_answers_after_the_leader_did_changes_nothing(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.desk.confirm(evening.doors.unlocked[0][1])
    before = evening.told()

    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.STUCK)

    assert evening.told() == before


def test_the_leaders_word_does_not_skip_a_parcel_that_is_stuck(evening: Evening) -> None:
    evening.order_here(an_order("MIXED-2", Zone.AMBIENT, Zone.FROZEN))
    for _ in range(2):
        evening.counter.scan(a_pass("MIXED-2"))
        evening.report(ReportKind.STUCK)

    result = evening.desk.hand_over_manually(OrderRef(ISSUER, "MIXED-2"), ManualReason.DOOR_FAULT)

    assert result.reason is Reason.DOOR_BLOCKED
    assert evening.told().count("order.released") == 1


def test_a_place_that_the_cabinet_no_longer_has_is_the_leaders_case(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.places = PLACES[1:]
    evening.restart()

    assert evening.counter.scan(a_pass("DUMPLING-12")).reason is Reason.SEE_LEADER
    assert evening.told().count("order.released") == 0


def test_a_door_that_moves_for_a_customer_is_left_to_that_customer(evening: Evening) -> None:
    evening.order_here(an_order("A-1"))
    evening.counter.scan(a_pass("A-1"))

    evening.desk.open_door("1")
    evening.report(ReportKind.OPENED)

    assert len(evening.doors.unlocked) == 1
    assert evening.state("A-1") is OrderState.COLLECTED
    assert "leader.override" not in evening.told()


def test_a_door_that_stands_open_for_a_customer_is_left_to_that_customer(evening: Evening) -> None:
    evening.doors.trouble["1"] = DoorFault.ALREADY_OPEN

    evening.desk.open_door("1")

    assert evening.doors.unlocked == []
