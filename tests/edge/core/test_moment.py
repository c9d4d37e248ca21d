"""Time that may be wrong, and how it is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.moment import (
    ClockQuality,
    Moment,
    instant_from_ms,
    instant_from_rfc3339,
    rfc3339,
)
from tests.edge.core.samples import EVENING, moment

LATER = EVENING + timedelta(hours=1)


def test_a_disciplined_clock_proves_that_an_instant_has_passed() -> None:
    assert moment(LATER, ClockQuality.SYNCED, floor=EVENING).surely_after(LATER)
    assert not moment(EVENING, ClockQuality.SYNCED).surely_after(LATER)


@pytest.mark.parametrize("quality", [ClockQuality.FLOOR, ClockQuality.UNTRUSTED])
def test_an_undisciplined_clock_proves_only_what_its_floor_proves(quality: ClockQuality) -> None:
    unsure = moment(LATER, quality, floor=EVENING)

    assert unsure.surely_after(EVENING)
    assert not unsure.surely_after(EVENING + timedelta(seconds=1))


def test_a_moment_cannot_lie_before_its_own_floor() -> None:
    with pytest.raises(ValueError, match="before its own floor"):
        moment(EVENING, floor=LATER)


@pytest.mark.parametrize("naive", ["wall", "floor"])
def test_a_moment_needs_aware_datetimes(naive: str) -> None:
    instants = {"wall": EVENING, "floor": EVENING, naive: EVENING.replace(tzinfo=None)}

    with pytest.raises(ValueError, match="aware"):
        Moment(**instants, quality=ClockQuality.SYNCED, boot_id="b", boot_ns=0)


def test_a_moment_counts_seconds_since_boot_and_milliseconds_since_1970() -> None:
    now = moment(EVENING + timedelta(milliseconds=250))

    assert now.boot_seconds == 0.987
    assert now.unix_ms == 1_784_053_800_250


@given(st.integers(0, 4_102_444_800_000))
def test_milliseconds_of_a_row_come_back_from_their_instant(milliseconds: int) -> None:
    assert moment(instant_from_ms(milliseconds)).unix_ms == milliseconds


def test_instants_are_written_in_utc_with_milliseconds() -> None:
    taipei = timezone(timedelta(hours=8))

    assert rfc3339(datetime(2026, 7, 15, 2, 30, 0, 123999, taipei)) == "2026-07-14T18:30:00.123Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_written_instant_is_read_back_to_the_millisecond(instant: datetime) -> None:
    read = instant_from_rfc3339(rfc3339(instant))

    assert timedelta(0) <= instant - read < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "text",
    [
        None,
        20260714,
        "",
        "now",
        "2026-07-14",
        "2026-07-14T18:30:00",
        "2026-07-14T18:30Z",
        "2026-07-14 18:30:00Z",
        "2026-07-14T18:30:00z",
        "20260714T183000Z",
        "2026-07-14T18:30:00+0800",
        "2026-07-14T18:30:00,5Z",
        "2026-13-14T18:30:00Z",
        "2026-07-14T25:30:00Z",
        "2026-07-14T18:30:00+24:00",
        "9999-12-31T23:59:59-01:00",
        "0000-07-14T18:30:00Z",
    ],
)
def test_other_spellings_of_time_are_refused_in_words(text: object) -> None:
    with pytest.raises(ValueError, match="must be a date and time"):
        instant_from_rfc3339(text)
