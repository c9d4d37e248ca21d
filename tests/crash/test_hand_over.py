"""The kiosk is killed at every write, sync and send of a hand-over, then started again."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext

from tests.crash.prepared_point import KioskUnderTest, NewKiosk, a_pass
from tests.crash.processes import KILLED, Trace, each

COIL = "writev"
"""How the tests' own driver writes down that a coil is about to carry current."""
WRITES = ("pwrite64", "fdatasync", "fsync", "ftruncate", "write", COIL)
SENDS = ("sendto", "sendmsg", "write")
"""An answer, a change told to a page, and the byte that wakes the thread that sends it."""


def test_killed_at_any_write_or_send_goods_leave_once_and_no_door_moves_by_itself(
    new_kiosk: NewKiosk,
) -> None:
    points = calls_of_a_hand_over(new_kiosk(), {*WRITES, *SENDS})
    assert len(points) >= 20

    def killed(point: tuple[str, int]) -> tuple[bool, bool]:
        kiosk = new_kiosk()
        answer, opened = hand_over_killed_at(kiosk, point), kiosk.pulses() > 0
        kiosk.must_recover(answer)
        return answer is not None, opened

    answered, opened = zip(*each(points, killed), strict=True)
    assert any(answered)
    assert not all(answered)
    assert any(opened)
    assert not all(opened)


def test_killed_at_any_send_to_a_screen_that_listens_nothing_is_lost(new_kiosk: NewKiosk) -> None:
    points = calls_of_a_hand_over(new_kiosk(), SENDS, watched=True)
    assert len(points) >= 3

    def killed(point: tuple[str, int]) -> None:
        kiosk = new_kiosk()
        kiosk.must_recover(hand_over_killed_at(kiosk, point, watched=True))

    each(points, killed)


def calls_of_a_hand_over(
    kiosk: KioskUnderTest, calls: Iterable[str], *, watched: bool = False
) -> list[tuple[str, int]]:
    """Every such call of one undisturbed hand-over, numbered as strace counts it."""
    child = kiosk.start()
    with look_on(kiosk) if watched else nullcontext():
        with Trace(child.pid, kiosk.folder / "calls", calls) as trace:
            assert kiosk.scan(a_pass()) == "released"
            kiosk.await_closure()
        child.kill()
    assert kiosk.pulses() == 1
    # The scan's answer, and the page that listens.
    assert len(trace.by_thread()["sendto"]) >= (2 if watched else 1)
    most = trace.most_of_one_thread()
    return [(call, number) for call, times in most.items() for number in range(1, times + 1)]


def hand_over_killed_at(
    kiosk: KioskUnderTest, point: tuple[str, int], *, watched: bool = False
) -> str | None:
    """What the scan was answered before the kiosk was killed at this call."""
    call, number = point
    child = kiosk.start()
    with look_on(kiosk) if watched else nullcontext():
        rule = f"{call}:signal=KILL:when={number}"
        # The stream says something each second: it must not be killed while strace takes hold.
        child.stand_still()
        with Trace(child.pid, kiosk.folder / "calls", [call], rule):
            child.go()
            answer = kiosk.scan(a_pass())
            assert child.wait() == KILLED
    return answer


@contextmanager
def look_on(kiosk: KioskUnderTest) -> Iterator[None]:
    """A page's stream of changes, open, and the message that it begins with sent."""
    with urllib.request.urlopen(f"http://127.0.0.1:{kiosk.port}/live", timeout=60) as stream:
        while stream.readline().strip():
            pass
        yield
