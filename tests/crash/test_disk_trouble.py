"""The disk refuses a write or a sync of a hand-over: no door moves on a doubt, the kiosk ends."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from edge.service import DIED
from tests.crash.prepared_point import KioskUnderTest, NewKiosk, a_pass
from tests.crash.processes import Trace, each

SYNCS = tuple(f"fdatasync:error={error}:when={n}" for error in ("EIO", "ENOSPC") for n in (1, 2))
WRITES_OF_A_RELEASE, WRITES_OF_AN_OUTCOME = (1, 2, 5, 10), (11, 12, 18)


def failing_writes(numbers: Iterable[int]) -> list[str]:
    """A write that fails once, and a disk that is full from there on."""
    return [
        f"pwrite64:error={trouble}"
        for number in numbers
        for trouble in (f"EIO:when={number}", f"ENOSPC:when={number}+")
    ]


def test_a_commit_that_the_disk_refuses_moves_no_door_and_ends_the_kiosk(
    new_kiosk: NewKiosk,
) -> None:
    def disturbed(rule: str) -> None:
        kiosk = new_kiosk()
        answer = hand_over_disturbed(kiosk, rule)
        assert (answer, kiosk.pulses()) == (None, 0)
        kiosk.must_recover(None)

    each([SYNCS[0], SYNCS[2], *failing_writes(WRITES_OF_A_RELEASE)], disturbed)


def test_an_outcome_that_the_disk_refuses_is_asked_again_at_the_next_scan(
    new_kiosk: NewKiosk,
) -> None:
    def disturbed(rule: str) -> None:
        kiosk = new_kiosk()
        answer = hand_over_disturbed(kiosk, rule)
        assert (answer, kiosk.pulses()) == ("released", 1)
        kiosk.must_recover(answer)

    each([SYNCS[1], SYNCS[3], *failing_writes(WRITES_OF_AN_OUTCOME)], disturbed)


@pytest.mark.slow
def test_whichever_write_fails_the_kiosk_ends_and_nothing_is_lost(new_kiosk: NewKiosk) -> None:
    def disturbed(rule: str) -> None:
        kiosk = new_kiosk()
        kiosk.must_recover(hand_over_disturbed(kiosk, rule))

    each(failing_writes(range(1, 19)), disturbed)


def test_the_program_itself_ends_with_70_and_says_why(new_kiosk: NewKiosk) -> None:
    kiosk = new_kiosk()
    program = ("pickup-kiosk", "serve", "--data", str(kiosk.folder), "--port", str(kiosk.port))
    assert hand_over_disturbed(kiosk, SYNCS[0], *program) is None


def hand_over_disturbed(kiosk: KioskUnderTest, rule: str, *program: str) -> str | None:
    """What the scan was answered by a kiosk whose disk fails like this."""
    child = kiosk.start(*program)
    call = rule.partition(":")[0]
    with Trace(child.pid, kiosk.folder / "calls", [call], rule):
        answer = kiosk.scan(a_pass())
        assert child.wait() == DIED
    assert "it may or may not be on disk" in child.said
    return answer


def test_a_file_taken_away_under_the_kiosk_opens_no_door_and_is_as_good_as_ever_once_it_is_back(
    new_kiosk: NewKiosk,
) -> None:
    kiosk = new_kiosk()
    child = kiosk.start()
    files = [kiosk.folder / "edge" / f"edge.db{suffix}" for suffix in ("", "-wal", "-shm")]
    aside = kiosk.folder / "aside"
    aside.mkdir()
    for file in files:
        file.rename(aside / file.name)

    assert kiosk.scan(a_pass()) is None
    assert child.wait() == DIED
    assert "taken away or replaced" in child.said
    assert kiosk.pulses() == 0

    for file in files:
        (aside / file.name).rename(file)
    kiosk.must_recover(None)
