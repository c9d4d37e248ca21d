"""The power fails between commit, pulse and outcome: what the next start makes of it."""

from datetime import timedelta

import pytest

from edge.core.credential import mint
from edge.core.order import OrderRef, OrderState
from edge.core.reasons import Reason
from edge.core.view import AnnulReason
from edge.devices.cabinet import ReportKind
from edge.flows.counter import ScanOutcome
from tests.edge.flows.evening import (
    CLOUD_KEY,
    ISSUER,
    KID,
    SIX_O_CLOCK,
    Evening,
    a_pass,
    an_order,
)

REF = OrderRef(ISSUER, "DUMPLING-12")


class PowerCut(Exception):
    """Nothing after this happens any more."""


def cut_before_the_pulse(evening: Evening) -> None:
    def cut() -> None:
        raise PowerCut

    evening.doors.on_unlock = cut
    with pytest.raises(PowerCut):
        evening.counter.scan(a_pass("DUMPLING-12"))
    evening.doors.on_unlock = lambda: None
    evening.restart()


def cut_after_the_pulse(evening: Evening) -> None:
    evening.counter.scan(a_pass("DUMPLING-12"))
    assert [place for place, _ in evening.doors.unlocked] == ["1"]
    evening.restart()


def hand_overs(evening: Evening) -> list[tuple[str | None]]:
    return [
        (outcome,) for (outcome,) in evening.point.edge_file.rows("SELECT outcome FROM hand_over")
    ]


def test_case_1_cut_between_commit_and_pulse_the_same_pass_resumes_once(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    cut_before_the_pulse(evening)

    assert evening.state("DUMPLING-12") is OrderState.RELEASED
    assert [case.ref for case in evening.desk.board().maybe_opened] == [REF]
    assert evening.doors.unlocked == []

    for _ in range(3):
        assert evening.counter.scan(a_pass("DUMPLING-12")).outcome is ScanOutcome.RELEASED
    assert [place for place, _ in evening.doors.unlocked] == ["1"]
    evening.report(ReportKind.OPENED)
    assert hand_overs(evening) == [("collected",)]
    told = evening.told()
    assert (told.count("order.released"), told.count("order.collected")) == (1, 1)


def test_case_2_cut_after_the_pulse_no_other_pass_gets_goods_of_that_place(
    evening: Evening,
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.order_here(an_order("OTHERS-1"))
    cut_after_the_pulse(evening)

    evening.order_here(an_order("LATE-3"))
    for others in ("OTHERS-1", "LATE-3"):
        assert "1" not in evening.counter.scan(a_pass(others)).places
    assert "1" not in {place for place, _ in evening.doors.unlocked}
    assert evening.state("DUMPLING-12") is OrderState.RELEASED


def test_case_2_cut_after_the_pulse_any_pass_of_the_order_finishes_the_one_hand_over(
    evening: Evening,
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    cut_after_the_pulse(evening)
    day = timedelta(days=1)
    dates = SIX_O_CLOCK - day, SIX_O_CLOCK + 14 * day
    neighbours = mint("DUMPLING-12", "yonghe-7", *dates, key=CLOUD_KEY, kid=KID, sub_pass_id="c0")

    for text in (neighbours, a_pass("DUMPLING-12")):
        evening.counter.scan(text)
    evening.report(ReportKind.OPENED)
    evening.clock.pass_by(300)

    for text in (neighbours, a_pass("DUMPLING-12")):
        assert evening.counter.scan(text).reason is Reason.ALREADY_COLLECTED
    assert hand_overs(evening) == [("collected",)]
    assert len(evening.doors.unlocked) == 1


@pytest.mark.parametrize("goods_are_there", [True, False])
def test_case_2_cut_after_the_pulse_the_leader_says_how_it_ended(
    evening: Evening, *, goods_are_there: bool
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    cut_after_the_pulse(evening)
    (case,) = evening.desk.board().maybe_opened

    if goods_are_there:
        evening.desk.annul(case.position, AnnulReason.GOODS_STILL_HERE)
    else:
        evening.desk.confirm(case.position)

    ended = OrderState.READY if goods_are_there else OrderState.COLLECTED
    assert evening.state("DUMPLING-12") is ended
    assert evening.desk.board().maybe_opened == ()
