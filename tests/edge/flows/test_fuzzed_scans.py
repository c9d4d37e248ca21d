"""A scanner types whatever there is in the world: nothing raises, nothing grows, no door opens."""

from __future__ import annotations

import gc
import string
import sys
from pathlib import Path
from random import Random

import pytest

from edge.core import cose, pass_text
from edge.core.cose import SigningKey
from edge.core.reasons import NOT_AUTHENTIC
from tests.edge.flows.evening import KID, Evening, a_pass, an_order

SHARES = 4
WARM_AFTER = 2_000
MOST_BLOCKS_KEPT = 500
"""Blocks of memory that stay of however many scans."""
FORGER = SigningKey.generate()
ORDERS = ("D-0001", "D-0002", "D-0003")
PASSES = tuple(a_pass(order_id) for order_id in ORDERS)
"""Good ones, whose goods lie behind doors: a change that slips through opens one."""
FORGED = tuple(a_pass(order_id, key=FORGER) for order_id in ORDERS)
LETTERS = string.ascii_uppercase + "234567"
SIGNS = LETTERS + string.ascii_lowercase + string.punctuation + string.whitespace + "0189\0\ufeff"


def any_text(random: Random) -> str:
    return "".join(map(chr, random.choices(range(sys.maxunicode), k=random.randrange(60))))


def letters_behind_the_prefix(random: Random) -> str:
    length = random.randrange(2 * pass_text.LONGEST_SUB_PASS)
    return pass_text.PREFIX + "".join(random.choices(LETTERS, k=length))


def bytes_spelled_as_a_pass(random: Random) -> str:
    return pass_text.spell(random.randbytes(random.randrange(1, 160)))


def flipped_bits(random: Random) -> str:
    data = bytearray(pass_text.read(random.choice(PASSES)) or b"")
    # Different ones each: a bit that is flipped twice is as it was.
    for bit in random.sample(range(8 * len(data)), random.choice((1, 1, 2, 9))):
        data[bit // 8] ^= 1 << bit % 8
    return pass_text.spell(bytes(data))


def another_sign(random: Random) -> str:
    text = random.choice(PASSES)
    at = random.randrange(len(text))
    others = [sign for sign in SIGNS if sign.upper() != text[at]]
    # A blank at either end is no change.
    if at in (0, len(text) - 1):
        others = [sign for sign in others if not sign.isspace()]
    return text[:at] + random.choice(others) + text[at + 1 :]


def cut_off(random: Random) -> str:
    text = random.choice(PASSES)
    at = random.randrange(1, len(text))
    return random.choice((text[:at], text[at:], text[at:] + text[:at], text + text[:at]))


def signed_by_a_stranger(random: Random) -> str:
    return random.choice(FORGED)


def anything_signed_by_a_stranger(random: Random) -> str:
    payload = random.randbytes(random.randrange(60))
    kid = random.choice((KID, b"k2"))
    return pass_text.spell(cose.sign1(payload, FORGER, kid))


KINDS = (
    any_text,
    letters_behind_the_prefix,
    bytes_spelled_as_a_pass,
    flipped_bits,
    another_sign,
    cut_off,
    signed_by_a_stranger,
    anything_signed_by_a_stranger,
)


def blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()


def scan(evening: Evening, scans: int, random: Random) -> None:
    for _ in range(scans):
        kind = random.choice(KINDS)
        text = kind(random)
        reason = evening.counter.scan(text).reason
        assert reason in NOT_AUTHENTIC, (kind.__name__, text)


def must_bear(folder: Path, scans: int, seed: int) -> None:
    evening, random = Evening(folder), Random(seed)
    try:
        for order_id in ORDERS:
            evening.order_here(an_order(order_id))
        told = len(evening.told())
        scan(evening, WARM_AFTER, random)
        before = blocks()
        scan(evening, scans - WARM_AFTER, random)
        assert blocks() - before < MOST_BLOCKS_KEPT
        assert evening.doors.unlocked == []
        assert len(evening.told()) == told
        assert evening.desk.board().rubbish_scans == scans
    finally:
        evening.close()


def test_thousands_of_fuzzed_scans_open_nothing_and_leave_nothing(tmp_path: Path) -> None:
    must_bear(tmp_path, 5_000, seed=7)


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_a_million_fuzzed_scans_open_nothing_and_leave_nothing(tmp_path: Path, share: int) -> None:
    must_bear(tmp_path, 1_000_000 // SHARES, seed=share)
