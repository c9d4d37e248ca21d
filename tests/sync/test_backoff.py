from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sync.backoff import Backoff


class AlwaysTheMost(Random):
    def uniform(self, a: float, b: float) -> float:
        return b


def test_waits_double_up_to_a_ceiling() -> None:
    backoff = Backoff(AlwaysTheMost(), first=1.0, longest=30.0)
    assert [backoff.next_wait() for _ in range(7)] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_line_that_flaps_does_not_calm_us_down_but_two_stable_minutes_do() -> None:
    backoff = Backoff(AlwaysTheMost(), first=1.0, longest=30.0)
    assert [backoff.next_wait(lived=3.0) for _ in range(4)] == [1.0, 2.0, 4.0, 8.0]
    assert backoff.next_wait(lived=119.9) == 16.0
    assert backoff.next_wait(lived=120.0) == 1.0


def test_a_reset_starts_over() -> None:
    backoff = Backoff(AlwaysTheMost(), first=2.0)
    backoff.next_wait()
    backoff.next_wait()
    backoff.reset()
    assert backoff.next_wait() == 2.0


@given(st.integers(), st.integers(0, 200))
def test_every_wait_lies_between_nothing_and_the_ceiling(seed: int, failures: int) -> None:
    backoff = Backoff(Random(seed))
    assert all(0.0 <= backoff.next_wait() <= 30.0 for _ in range(failures))


def test_two_points_do_not_march_in_step() -> None:
    one, other = Backoff(Random(1)), Backoff(Random(2))
    assert [one.next_wait() for _ in range(5)] != [other.next_wait() for _ in range(5)]
