"""A neighbour collects with a pass of its own."""

from __future__ import annotations

from datetime import timedelta

from edge.core.credential import mint
from edge.core.order import OrderState
from edge.devices.cabinet import ReportKind
from edge.flows.counter import ScanOutcome
from tests.edge.flows.evening import CLOUD_KEY, KID, SIX_O_CLOCK, Evening, a_pass, an_order

DAY = timedelta(days=1)


def a_sub_pass(order_id: str) -> str:
    dates = SIX_O_CLOCK - DAY, SIX_O_CLOCK + 14 * DAY
    return mint(order_id, "yonghe-7", *dates, key=CLOUD_KEY, kid=KID, sub_pass_id="c0ffee")


def test_a_sub_pass_collects_its_one_order_and_the_closure_says_by_what(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.order_here(an_order("NOODLES-3"))

    result = evening.counter.scan(a_sub_pass("DUMPLING-12"))
    evening.report(ReportKind.OPENED)

    closure = evening.events()[-1]
    assert result.outcome is ScanOutcome.RELEASED
    assert (closure.subject, closure.data["method"]) == ("DUMPLING-12", "sub_pass")
    assert closure.data["pass"] == a_sub_pass("DUMPLING-12")
    assert evening.state("DUMPLING-12") is OrderState.COLLECTED
    assert evening.state("NOODLES-3") is OrderState.READY


def test_what_a_neighbour_collected_the_customers_own_pass_does_not_open_later(
    evening: Evening,
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_sub_pass("DUMPLING-12"))
    for kind in (ReportKind.OPENED, ReportKind.CLOSED):
        evening.report(kind)
    evening.clock.pass_by(3600)

    late = evening.counter.scan(a_pass("DUMPLING-12"))

    assert late.outcome is ScanOutcome.REFUSED
    assert len(evening.doors.unlocked) == 1
