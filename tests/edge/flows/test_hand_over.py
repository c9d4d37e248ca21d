"""The main job: a pass opens its own door, once, and what happened is on file."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from edge.core.cose import SigningKey
from edge.core.decision import DoorFault
from edge.core.events import GENESIS, event_hash
from edge.core.order import OrderRef, OrderState, Zone
from edge.core.reasons import Reason
from edge.devices.cabinet import DoorReport, ReportKind
from edge.flows.board import ManualReason
from edge.flows.counter import ScanOutcome
from edge.flows.screen import CardKind
from edge.store import inbox
from edge.store.database import Writer
from tests.edge.flows.evening import ISSUER, Evening, a_pass, an_order

REF = OrderRef(ISSUER, "DUMPLING-12")


def test_a_pass_opens_the_door_of_its_order_and_no_other(evening: Evening) -> None:
    evening.order_here(an_order("OTHERS-1", Zone.FROZEN))
    evening.order_here(an_order("DUMPLING-12"))

    result = evening.counter.scan(a_pass("DUMPLING-12"))

    assert (result.outcome, result.places) == (ScanOutcome.RELEASED, ("1",))
    assert [place for place, _ in evening.doors.unlocked] == ["1"]
    assert evening.state("DUMPLING-12") is OrderState.RELEASED


def test_the_hand_over_is_on_disk_before_the_door_is_commanded(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    seen: list[OrderState] = []
    evening.doors.on_unlock = lambda: seen.append(evening.state("DUMPLING-12"))

    evening.counter.scan(a_pass("DUMPLING-12"))

    assert seen == [OrderState.RELEASED]


def test_an_opened_door_makes_the_order_collected_with_its_closure(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))

    evening.report(ReportKind.OPENED)

    closure = evening.events()[-1]
    assert evening.state("DUMPLING-12") is OrderState.COLLECTED
    assert closure.type == "pickup.order.collected"
    assert closure.data["pass"] == a_pass("DUMPLING-12")
    assert closure.data["lines"] == [
        {"line_id": "1", "handed": 2, "short": 0, "damaged": 0, "refused": 0}
    ]
    assert (closure.data["trust"], closure.data["confirmed_by"]) == ("A", "sensor")


def test_a_pickup_is_two_commits_and_two_events_a_compartment(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    before = len(evening.events())
    evening.counter.scan(a_pass("DUMPLING-12"))
    for kind in (ReportKind.UNLOCKING, ReportKind.OPENED, ReportKind.CLOSED):
        evening.report(kind)

    assert evening.told()[before:] == ["order.released", "order.collected"]


def test_a_second_scan_while_the_door_moves_commands_nothing(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))

    again = evening.counter.scan(a_pass("DUMPLING-12"))

    assert (again.outcome, again.places) == (ScanOutcome.RELEASED, ("1",))
    assert len(evening.doors.unlocked) == 1


def test_the_same_pass_on_eight_threads_at_once_opens_its_door_once(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    together = Barrier(8)

    def scan() -> None:
        together.wait()
        evening.counter.scan(a_pass("DUMPLING-12"))

    threads = [Thread(target=scan) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(evening.doors.unlocked) == 1
    assert evening.told().count("order.released") == 1


def test_a_second_scan_within_the_grace_reopens_the_same_compartment(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)
    evening.clock.pass_by(60)

    again = evening.counter.scan(a_pass("DUMPLING-12"))

    assert (again.outcome, again.places) == (ScanOutcome.REOPENED, ("1",))
    assert [place for place, _ in evening.doors.unlocked] == ["1", "1"]
    assert evening.told()[-1] == "order.reopened"


def test_the_grace_reopens_twice_and_no_more(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    outcomes = []
    for _ in range(4):
        outcomes.append(evening.counter.scan(a_pass("DUMPLING-12")).outcome)
        evening.report(ReportKind.OPENED)
        evening.report(ReportKind.CLOSED)
        evening.clock.pass_by(5)

    assert outcomes == ["released", "reopened", "reopened", "refused"]


def test_two_screens_in_the_grace_reopen_the_compartment_once(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)

    def second_screen() -> None:
        evening.doors.on_unlock = lambda: None
        evening.counter.scan(a_pass("DUMPLING-12"))

    evening.doors.on_unlock = second_screen
    evening.counter.scan(a_pass("DUMPLING-12"))

    assert len(evening.doors.unlocked) == 2
    assert evening.told().count("order.reopened") == 1


def test_after_the_grace_the_pass_reads_when_it_was_collected(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    collected_at = evening.clock.now().wall
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)
    evening.clock.pass_by(121)

    result = evening.counter.scan(a_pass("DUMPLING-12"))

    card = evening.counter.screen().cards[0]
    assert result.reason is Reason.ALREADY_COLLECTED
    assert card.at is not None
    assert abs(card.at - collected_at) < timedelta(seconds=1)
    assert len(evening.doors.unlocked) == 1


def test_a_compartment_that_got_new_goods_is_not_reopened_for_the_old(evening: Evening) -> None:
    evening.order_here(an_order("ICE-1", Zone.FROZEN))
    evening.counter.scan(a_pass("ICE-1"))
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)
    evening.order_here(an_order("ICE-2", Zone.FROZEN))
    evening.clock.pass_by(10)

    assert evening.counter.scan(a_pass("ICE-1")).reason is Reason.ALREADY_COLLECTED
    assert evening.counter.scan(a_pass("ICE-2")).places == ("3",)


def test_a_stuck_door_keeps_the_goods_and_the_next_scan_tries_again(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.report(ReportKind.STUCK)
    assert evening.state("DUMPLING-12") is OrderState.RELEASED

    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.report(ReportKind.OPENED)

    assert evening.state("DUMPLING-12") is OrderState.COLLECTED
    assert evening.told().count("order.released") == 1
    assert evening.told().count("order.collected") == 1


def test_a_door_that_failed_two_hand_overs_in_a_row_is_blocked_until_looked_at(
    evening: Evening,
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    for _ in range(2):
        evening.counter.scan(a_pass("DUMPLING-12"))
        evening.report(ReportKind.STUCK)

    assert evening.counter.scan(a_pass("DUMPLING-12")).reason is Reason.DOOR_BLOCKED

    evening.desk.unblock("1")
    assert evening.counter.scan(a_pass("DUMPLING-12")).outcome is ScanOutcome.RELEASED


def test_after_a_restart_nothing_opens_by_itself_and_one_scan_opens_again(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.restart()

    assert evening.doors.unlocked == []
    assert [case.ref for case in evening.desk.board().maybe_opened] == [REF]
    assert evening.counter.scan(a_pass("DUMPLING-12")).outcome is ScanOutcome.RELEASED
    assert evening.told().count("order.released") == 1


def test_after_a_restart_an_open_door_of_a_released_order_is_confirmed_not_moved(
    evening: Evening,
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.restart()
    evening.doors.trouble["1"] = DoorFault.ALREADY_OPEN

    evening.counter.scan(a_pass("DUMPLING-12"))

    assert evening.doors.unlocked == []
    assert evening.state("DUMPLING-12") is OrderState.COLLECTED


def test_an_order_in_two_zones_opens_its_second_door_when_the_first_is_closed(
    evening: Evening,
) -> None:
    evening.order_here(an_order("MIXED-2", Zone.AMBIENT, Zone.FROZEN))
    evening.counter.scan(a_pass("MIXED-2"))
    evening.report(ReportKind.OPENED)
    assert evening.state("MIXED-2") is OrderState.PARTLY_COLLECTED
    assert len(evening.doors.unlocked) == 1

    evening.report(ReportKind.CLOSED)

    assert [place for place, _ in evening.doors.unlocked] == ["1", "3"]
    evening.report(ReportKind.OPENED)
    assert evening.state("MIXED-2") is OrderState.COLLECTED
    assert evening.told()[-3:] == ["order.partly_collected", "order.released", "order.collected"]


def test_a_shelf_place_blinks_until_the_customer_says_taken(evening: Evening) -> None:
    for order_id in ("A", "B", "C"):
        evening.order_here(an_order(order_id))
    evening.counter.scan(a_pass("C"))
    card = evening.counter.screen().cards[0]
    assert (card.kind, card.place_id) == (CardKind.TAKE_FROM_SHELF, "B2")
    assert evening.doors.lit == {"B2"}

    assert card.position is not None
    evening.counter.answer(card.position, took=True)

    assert evening.doors.lit == set()
    assert evening.state("C") is OrderState.COLLECTED
    assert evening.events()[-1].data["confirmed_by"] == "customer"


def test_a_shelf_bag_nobody_answers_for_goes_to_the_leader_and_can_be_scanned_again(
    evening: Evening,
) -> None:
    for order_id in ("A", "B", "C"):
        evening.order_here(an_order(order_id))
    evening.counter.scan(a_pass("C"))
    evening.clock.pass_by(181)

    assert evening.counter.screen().cards == ()
    assert evening.doors.lit == set()
    assert [case.ref.order_id for case in evening.desk.board().maybe_opened] == ["C"]
    assert evening.counter.scan(a_pass("C")).outcome is ScanOutcome.RELEASED


@pytest.mark.parametrize(("took", "state"), [(True, "COLLECTED"), (False, "RELEASED")])
def test_a_door_without_a_sensor_is_believed_to_the_customer(
    evening: Evening, *, took: bool, state: str
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.report(ReportKind.BLIND)
    assert evening.counter.screen().cards[0].kind is CardKind.ASK_OPENED

    evening.counter.answer(evening.doors.unlocked[0][1], took=took)

    assert evening.state("DUMPLING-12") == state


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (DoorFault.OFFLINE, Reason.CABINET_OFFLINE),
        (DoorFault.ALREADY_OPEN, Reason.DOOR_OPEN),
        (DoorFault.BLOCKED, Reason.DOOR_BLOCKED),
    ],
)
def test_a_known_fault_refuses_before_anything_is_committed(
    evening: Evening, fault: DoorFault, reason: Reason
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.doors.trouble["1"] = fault

    assert evening.counter.scan(a_pass("DUMPLING-12")).reason is reason
    assert evening.state("DUMPLING-12") is OrderState.READY
    assert evening.doors.unlocked == []


def test_an_order_whose_goods_are_on_the_way_is_refused_kindly(evening: Evening) -> None:
    evening.order(an_order("DUMPLING-12"))

    assert evening.counter.scan(a_pass("DUMPLING-12")).reason is Reason.NOT_ARRIVED


def test_a_cancelled_order_opens_nothing(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.cancel(an_order("DUMPLING-12"))

    assert evening.counter.scan(a_pass("DUMPLING-12")).reason is Reason.CANCELLED
    assert evening.doors.unlocked == []


def test_a_cancellation_after_the_hand_over_changes_no_fact(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.cancel(an_order("DUMPLING-12"))
    evening.report(ReportKind.OPENED)

    assert evening.state("DUMPLING-12") is OrderState.COLLECTED


def test_what_is_not_yet_taken_of_a_cancelled_order_stays(evening: Evening) -> None:
    evening.order_here(an_order("MIXED-2", Zone.AMBIENT, Zone.FROZEN))
    evening.counter.scan(a_pass("MIXED-2"))
    evening.report(ReportKind.OPENED)
    evening.cancel(an_order("MIXED-2", Zone.AMBIENT, Zone.FROZEN))
    evening.report(ReportKind.CLOSED)

    assert [place for place, _ in evening.doors.unlocked] == ["1"]
    assert evening.counter.scan(a_pass("MIXED-2")).reason is Reason.CANCELLED


def test_a_genuine_pass_for_an_unknown_order_opens_nothing(evening: Evening) -> None:
    assert evening.counter.scan(a_pass("LATE-9")).reason is Reason.UNKNOWN_ORDER


def test_a_pass_for_another_point_is_told_so(evening: Evening) -> None:
    assert evening.counter.scan(a_pass("X-1", point_id="banqiao-2")).reason is Reason.WRONG_POINT


def test_a_pass_of_another_cloud_opens_nothing_and_leaves_no_row(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    before = len(evening.events())

    result = evening.counter.scan(a_pass("DUMPLING-12", key=SigningKey.generate()))

    assert result.reason is Reason.BAD_SIGNATURE
    assert (before, 1) == (len(evening.events()), evening.desk.board().rubbish_scans)


@pytest.mark.parametrize(
    "text", ["", "https://example.org/menu", "\x00\x1b[A", "PP1", "x" * 10_000_000]
)
def test_rubbish_is_not_a_pickup_code_and_is_only_counted(evening: Evening, text: str) -> None:
    assert evening.counter.scan(text).reason is Reason.NOT_A_PASS
    assert evening.desk.board().rubbish_scans == 1
    assert evening.events() == []


def test_a_refused_pass_is_told_to_the_cloud_once_a_minute(evening: Evening) -> None:
    evening.order(an_order("DUMPLING-12"))
    for _ in range(5):
        evening.counter.scan(a_pass("DUMPLING-12"))
    assert evening.told().count("scan.refused") == 1

    evening.clock.pass_by(61)
    evening.counter.scan(a_pass("DUMPLING-12"))
    assert evening.told().count("scan.refused") == 2


def test_money_that_is_due_is_collected_before_anything_opens(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12", due_minor=24000))

    assert evening.counter.scan(a_pass("DUMPLING-12")).reason is Reason.PAYMENT_DUE

    assert evening.desk.board().orders[0].due is not None
    evening.desk.hand_over_manually(REF, ManualReason.PROXY)
    assert [place for place, _ in evening.doors.unlocked] == ["1"]
    assert evening.told()[-2:] == ["payment.recorded", "order.released"]
    assert evening.events()[-2].data["amount_minor"] == 24000


def test_money_is_collected_once_for_an_order_of_two_parcels(evening: Evening) -> None:
    evening.order_here(an_order("MIXED-2", Zone.AMBIENT, Zone.FROZEN, due_minor=24000))
    evening.desk.hand_over_manually(OrderRef(ISSUER, "MIXED-2"), ManualReason.PHONE_DEAD)
    evening.report(ReportKind.OPENED)
    evening.report(ReportKind.CLOSED)

    assert [place for place, _ in evening.doors.unlocked] == ["1", "3"]
    assert evening.told().count("payment.recorded") == 1


def test_after_the_leader_took_the_money_the_customers_own_pass_opens_the_rest(
    evening: Evening,
) -> None:
    evening.order_here(an_order("MIXED-2", Zone.AMBIENT, Zone.FROZEN, due_minor=24000))
    ref = OrderRef(ISSUER, "MIXED-2")
    evening.doors.trouble["3"] = DoorFault.BLOCKED
    evening.desk.hand_over_manually(ref, ManualReason.PHONE_DEAD)
    evening.report(ReportKind.OPENED)
    evening.restart()
    evening.doors.trouble.clear()

    assert evening.counter.scan(a_pass("MIXED-2")).places == ("3",)
    assert evening.desk.board().orders[0].due is None
    assert evening.told().count("payment.recorded") == 1


def test_every_event_of_two_starts_lies_in_one_chain(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.restart()
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.report(ReportKind.OPENED)

    events = evening.events()
    assert len({event.epoch for event in events}) == 2
    hashes = [GENESIS, *(event_hash(event.body) for event in events)]
    assert [event.prevhash for event in events] == hashes[:-1]


@pytest.mark.parametrize("kind", list(ReportKind))
def test_a_door_that_nobody_commanded_may_report_anything(
    evening: Evening, kind: ReportKind
) -> None:
    evening.counter.heard(DoorReport(kind, "1", None))

    told = {ReportKind.FORCED: ["door.forced"], ReportKind.LEFT_OPEN: ["door.left_open"]}
    assert evening.told() == told.get(kind, [])


def test_a_sensor_that_dies_while_its_door_stands_open_does_not_hold_up_the_next_parcel(
    evening: Evening,
) -> None:
    evening.order_here(an_order("MIXED-2", Zone.AMBIENT, Zone.FROZEN))
    evening.counter.scan(a_pass("MIXED-2"))
    evening.report(ReportKind.OPENED)
    evening.clock.pass_by(5)

    again = evening.counter.scan(a_pass("MIXED-2"))

    assert (again.outcome, again.places) == (ScanOutcome.RELEASED, ("3",))


def test_a_card_says_open_for_a_minute_at_most_when_no_sensor_confirms_it(
    evening: Evening,
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.report(ReportKind.OPENED)
    evening.clock.pass_by(61)
    assert evening.counter.screen().cards[0].kind is CardKind.DONE

    evening.clock.pass_by(5)
    assert evening.counter.screen().cards == ()


def test_an_order_of_another_point_is_neither_received_nor_opened_by_anybody(
    evening: Evening,
) -> None:
    foreign = replace(an_order("TAINAN-1"), point_id="tainan-1")
    evening.order_here(foreign)

    by_leader = evening.desk.hand_over_manually(foreign.ref, ManualReason.PROXY)

    assert evening.counter.scan(a_pass("TAINAN-1")).reason is Reason.WRONG_POINT
    assert by_leader.reason is Reason.WRONG_POINT
    assert evening.told().count("goods.received") == 0
    assert evening.doors.unlocked == []


def test_goods_that_lie_elsewhere_now_are_not_looked_for_behind_the_old_door(
    evening: Evening,
) -> None:
    evening.order_here(an_order("ICE-1", Zone.FROZEN))
    evening.counter.scan(a_pass("ICE-1"))
    evening.report(ReportKind.STUCK)
    evening.desk.clear_place("3")
    evening.order_here(an_order("ICE-2", Zone.FROZEN))

    assert evening.counter.scan(a_pass("ICE-1")).reason is Reason.SEE_LEADER
    assert len(evening.doors.unlocked) == 1


def test_a_damaged_order_is_sent_to_the_leader_and_stops_no_other(evening: Evening) -> None:
    for order_id in ("A-1", "A-2"):
        evening.order_here(an_order(order_id))
    evening.writer.call(
        lambda txn: txn.rows("UPDATE orders SET checksum = checksum + 1 WHERE order_id = 'A-1'")
    )

    assert evening.counter.scan(a_pass("A-1")).reason is Reason.SEE_LEADER
    assert evening.doors.unlocked == []
    assert evening.counter.scan(a_pass("A-2")).outcome is ScanOutcome.RELEASED
    assert evening.desk.board().damaged_orders == 1


def test_a_damaged_order_row_is_made_whole_from_the_agents_copy(evening: Evening) -> None:
    agent = Writer.open(evening.folder / "sync" / "sync.db", kind="sync")
    agent.call(lambda txn: inbox.put_orders(txn, [an_order("A-1")], "7"))
    agent.close()
    evening.order_here(an_order("A-1"))
    evening.writer.call(lambda txn: txn.rows("UPDATE orders SET body = x'00'"))

    assert evening.counter.scan(a_pass("A-1")).outcome is ScanOutcome.RELEASED
    evening.writer.call(lambda txn: txn.rows("UPDATE orders SET body = x'00'"))
    evening.report(ReportKind.OPENED)

    assert evening.state("A-1") is OrderState.COLLECTED
    assert evening.desk.board().damaged_orders == 0


def test_a_door_of_an_order_that_cannot_be_repaired_leaves_the_next_report_heard(
    evening: Evening,
) -> None:
    for order_id in ("A-1", "A-2"):
        evening.order_here(an_order(order_id))
        evening.counter.scan(a_pass(order_id))
    evening.writer.call(
        lambda txn: txn.rows("UPDATE orders SET checksum = checksum + 1 WHERE order_id = 'A-1'")
    )

    evening.report(ReportKind.OPENED, unlock=0)
    evening.report(ReportKind.OPENED, unlock=1)

    assert evening.state("A-2") is OrderState.COLLECTED


def test_bags_of_one_order_are_counted_at_the_scan_that_opened_for_them(
    evening: Evening,
) -> None:
    evening.order_here(an_order("MIXED-3", Zone.AMBIENT, Zone.FROZEN))
    evening.doors.trouble = {"3": DoorFault.OFFLINE}
    evening.counter.scan(a_pass("MIXED-3"))
    for kind in (ReportKind.OPENED, ReportKind.CLOSED):
        evening.report(kind)
    assert evening.counter.screen().cards[0].reason is Reason.CABINET_OFFLINE
    evening.clock.pass_by(3600)
    evening.doors.trouble = {}
    evening.counter.scan(a_pass("MIXED-3"))
    for kind in (ReportKind.OPENED, ReportKind.CLOSED):
        evening.report(kind)

    done = evening.counter.screen().cards[0]
    assert (done.kind, done.taken, done.all_taken) == (CardKind.DONE, (Zone.FROZEN,), True)
