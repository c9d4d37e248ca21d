"""A time that two witnesses agree on survives the power cut; one witness alone proves nothing."""

from datetime import timedelta

import pytest

from edge.core.moment import ClockQuality, rfc3339
from edge.flows.keep_floor import keep_floor
from edge.store import floor, inbox
from tests.edge.flows.evening import SIX_O_CLOCK, Evening


def cloud_says(evening: Evening, hours_ago: float) -> None:
    said = rfc3339(evening.clock.now().wall - timedelta(hours=hours_ago)).encode()
    document = inbox.Document("server_time", 1, b'"%s"' % said)
    evening.writer.call(lambda txn: inbox.keep_document(txn, document))


def test_what_the_cloud_and_a_disciplined_clock_agree_on_is_kept(evening: Evening) -> None:
    cloud_says(evening, hours_ago=1)

    keep_floor(evening.point)

    assert floor.trusted_floor(evening.point.edge_file) == SIX_O_CLOCK - timedelta(hours=1)


def test_it_is_kept_again_only_when_it_moved_on_by_ten_minutes(evening: Evening) -> None:
    cloud_says(evening, hours_ago=1)
    keep_floor(evening.point)
    cloud_says(evening, hours_ago=0.9)
    keep_floor(evening.point)
    assert floor.trusted_floor(evening.point.edge_file) == SIX_O_CLOCK - timedelta(hours=1)

    cloud_says(evening, hours_ago=0)
    keep_floor(evening.point)
    assert floor.trusted_floor(evening.point.edge_file) == SIX_O_CLOCK


@pytest.mark.parametrize("hours_ago", [25, -25, 24 * 365 * 20])
def test_a_clock_that_the_cloud_contradicts_raises_no_floor(
    evening: Evening, hours_ago: float
) -> None:
    cloud_says(evening, hours_ago)

    keep_floor(evening.point)

    assert floor.trusted_floor(evening.point.edge_file) is None


def test_a_point_that_reaches_no_time_server_keeps_what_its_own_clock_bears_out(
    evening: Evening,
) -> None:
    evening.clock.quality = ClockQuality.FLOOR
    evening.clock.pass_by(30 * 86_400)
    cloud_says(evening, hours_ago=1)

    keep_floor(evening.point)

    kept = floor.trusted_floor(evening.point.edge_file)
    assert kept == evening.clock.now().wall - timedelta(hours=1)


@pytest.mark.parametrize("quality", [ClockQuality.FLOOR, ClockQuality.UNTRUSTED])
@pytest.mark.parametrize(("hours_ahead", "is_kept"), [(36, True), (37, False), (87_600, False)])
def test_a_clock_that_knows_nothing_lets_the_cloud_leap_by_a_day_and_a_half(
    evening: Evening, quality: ClockQuality, hours_ahead: int, is_kept: bool
) -> None:
    evening.clock.quality = quality
    cloud_says(evening, hours_ago=-hours_ahead)

    keep_floor(evening.point)

    assert (floor.trusted_floor(evening.point.edge_file) is not None) is is_kept


def test_a_clock_alone_raises_no_floor(evening: Evening) -> None:
    keep_floor(evening.point)

    assert floor.trusted_floor(evening.point.edge_file) is None
