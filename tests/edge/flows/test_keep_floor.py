"""A time that was proven survives the power cut."""

from edge.core.moment import ClockQuality
from edge.flows.keep_floor import keep_floor
from edge.store import floor
from tests.edge.flows.evening import SIX_O_CLOCK, Evening


def test_a_disciplined_clocks_time_is_kept(evening: Evening) -> None:
    keep_floor(evening.point)

    assert floor.trusted_floor(evening.point.edge_file) == SIX_O_CLOCK


def test_it_is_kept_again_after_ten_minutes_and_not_before(evening: Evening) -> None:
    keep_floor(evening.point)
    evening.clock.pass_by(599)
    keep_floor(evening.point)
    assert floor.trusted_floor(evening.point.edge_file) == SIX_O_CLOCK

    evening.clock.pass_by(1)
    keep_floor(evening.point)
    assert floor.trusted_floor(evening.point.edge_file) == evening.clock.now().wall


def test_a_clock_that_nobody_vouches_for_is_not_kept(evening: Evening) -> None:
    evening.clock.quality = ClockQuality.FLOOR
    keep_floor(evening.point)

    assert floor.trusted_floor(evening.point.edge_file) is None
