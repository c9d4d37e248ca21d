"""The sums over a log are SQLite's, frame by frame, however they are worked out."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from edge.store.log_sums import FRAME_BYTES, summed, sums_behind

PAGE_SIZE = 512
WORDS = st.integers(0, 2**32 - 1)


def one_after_the_other(
    order: str, frames: list[bytes], sums: tuple[int, int]
) -> list[tuple[int, int]]:
    behind = []
    for frame in frames:
        sums = summed(order, frame[:8] + frame[FRAME_BYTES:], sums)
        behind.append(sums)
    return behind


@given(st.sampled_from("<>"), st.integers(0, 5), st.randoms(), st.tuples(WORDS, WORDS))
def test_all_frames_at_once_give_what_one_after_the_other_gives(
    order: str, count: int, dice: Random, sums: tuple[int, int]
) -> None:
    frames = [dice.randbytes(FRAME_BYTES + PAGE_SIZE) for _ in range(count)]

    behind = list(sums_behind(order, b"".join(frames), PAGE_SIZE, sums))

    assert behind == one_after_the_other(order, frames, sums)


def test_the_largest_words_do_not_spill_into_their_neighbours() -> None:
    frames = [b"\xff" * (FRAME_BYTES + PAGE_SIZE)] * 3
    largest = (2**32 - 1, 2**32 - 1)

    behind = list(sums_behind("<", b"".join(frames), PAGE_SIZE, largest))

    assert behind == one_after_the_other("<", frames, largest)
