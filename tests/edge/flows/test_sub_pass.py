"""A neighbour collects with a pass of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from edge.core.credential import mint
from edge.core.order import OrderRef, OrderState
from edge.core.reasons import Reason
from edge.devices.cabinet import ReportKind
from edge.flows.board import ManualReason
from edge.flows.counter import ScanOutcome
from tests.edge.flows.evening import CLOUD_KEY, ISSUER, KID, SIX_O_CLOCK, Evening, a_pass, an_order

DAY = timedelta(days=1)


def a_sub_pass(order_id: str, sub_pass_id: str = "c0ffee") -> str:
    dates = SIX_O_CLOCK - DAY, SIX_O_CLOCK + 14 * DAY
    return mint(order_id, "yonghe-7", *dates, key=CLOUD_KEY, kid=KID, sub_pass_id=sub_pass_id)


def another_sub_pass(order_id: str) -> str:
    return a_sub_pass(order_id, "decade")


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


@pytest.mark.parametrize(
    ("collects", "comes_next", "outcome"),
    [
        (a_sub_pass, a_pass, ScanOutcome.REFUSED),
        (a_pass, a_sub_pass, ScanOutcome.REFUSED),
        (a_sub_pass, a_sub_pass, ScanOutcome.REOPENED),
        (a_pass, a_pass, ScanOutcome.REOPENED),
        (a_sub_pass, another_sub_pass, ScanOutcome.REFUSED),
    ],
)
def test_the_grace_is_for_whoever_collected(
    evening: Evening,
    collects: Callable[[str], str],
    comes_next: Callable[[str], str],
    outcome: ScanOutcome,
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(collects("DUMPLING-12"))
    for kind in (ReportKind.OPENED, ReportKind.CLOSED):
        evening.report(kind)
    evening.clock.pass_by(30)

    assert evening.counter.scan(comes_next("DUMPLING-12")).outcome is outcome


def test_a_customer_reads_that_the_neighbour_was_here_a_moment_ago(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_sub_pass("DUMPLING-12"))
    for kind in (ReportKind.OPENED, ReportKind.CLOSED):
        evening.report(kind)

    refused = evening.counter.scan(a_pass("DUMPLING-12"))

    card = evening.counter.screen().cards[0]
    assert refused.reason is Reason.ALREADY_COLLECTED
    assert (card.by_neighbour, card.at) == (True, SIX_O_CLOCK)


def test_the_leader_may_open_a_neighbours_door_again_in_the_grace(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_sub_pass("DUMPLING-12"))
    for kind in (ReportKind.OPENED, ReportKind.CLOSED):
        evening.report(kind)

    ref = OrderRef(ISSUER, "DUMPLING-12")
    again = evening.desk.hand_over_manually(ref, ManualReason.PROXY)

    assert again.outcome is ScanOutcome.REOPENED


@pytest.mark.parametrize(
    ("begins", "collects"),
    [(a_sub_pass, a_pass), (a_pass, a_sub_pass), (a_sub_pass, another_sub_pass)],
)
def test_who_gets_a_stuck_door_open_is_who_collected(
    evening: Evening, begins: Callable[[str], str], collects: Callable[[str], str]
) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(begins("DUMPLING-12"))
    evening.report(ReportKind.STUCK)
    evening.clock.pass_by(60)
    evening.counter.scan(collects("DUMPLING-12"))
    for kind in (ReportKind.OPENED, ReportKind.CLOSED):
        evening.report(kind)
    closure = evening.events()[-1]
    evening.clock.pass_by(10)

    assert evening.counter.scan(begins("DUMPLING-12")).reason is Reason.ALREADY_COLLECTED
    assert evening.counter.scan(collects("DUMPLING-12")).outcome is ScanOutcome.REOPENED
    method = "pass" if collects is a_pass else "sub_pass"
    assert (closure.type, closure.data["method"]) == ("pickup.order.collected", method)
    assert closure.data["pass"] == collects("DUMPLING-12")


def test_whose_try_it_was_is_known_after_a_restart_too(evening: Evening) -> None:
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    evening.report(ReportKind.STUCK)
    evening.counter.scan(a_sub_pass("DUMPLING-12"))
    evening.restart()

    (case,) = evening.desk.board().maybe_opened
    evening.desk.confirm(case.position)

    closure = evening.events()[-1]
    assert (closure.data["method"], closure.data["confirmed_by"]) == ("sub_pass", "leader")
    assert closure.data["pass"] == a_sub_pass("DUMPLING-12")
