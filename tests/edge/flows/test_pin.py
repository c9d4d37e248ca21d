"""The leader's PIN: made at random, kept as a hash, guessed five times at most."""

import stat

import pytest

from edge.errors import ConfigError
from edge.flows.pin import matches, new_pin
from tests.edge.flows.evening import Evening


def wrong(pin: str) -> str:
    return str((int(pin) + 1) % 10**6).zfill(6)


def test_a_new_pin_opens_and_no_other_does(evening: Evening) -> None:
    pin = evening.with_pin()

    assert evening.desk.sign_in(pin).accepted
    assert not evening.desk.sign_in(wrong(pin)).accepted


def test_the_pin_itself_is_not_on_disk(evening: Evening) -> None:
    pin = evening.with_pin()

    assert pin.encode() not in evening.pin_file.read_bytes()
    assert stat.S_IMODE(evening.pin_file.stat().st_mode) == 0o600


def test_two_points_do_not_share_a_hash_for_the_same_pin(evening: Evening) -> None:
    pins = {new_pin(evening.pin_file) for _ in range(20)}

    assert len(pins) > 15


def test_five_wrong_pins_lock_for_five_minutes_even_for_the_right_one(evening: Evening) -> None:
    pin = evening.with_pin()
    answers = [evening.desk.sign_in(wrong(pin)) for _ in range(5)]
    assert [answer.tries_left for answer in answers] == [4, 3, 2, 1, 0]

    assert evening.desk.sign_in(pin).wait_seconds > 0
    evening.clock.pass_by(301)
    assert evening.desk.sign_in(pin).accepted


def test_a_restart_does_not_shorten_the_lock(evening: Evening) -> None:
    pin = evening.with_pin()
    for _ in range(5):
        evening.desk.sign_in(wrong(pin))
    evening.restart()

    assert not evening.desk.sign_in(pin).accepted


@pytest.mark.parametrize("rubbish", ["", "x" * 100_000, "12345６", "\x00"])
def test_rubbish_is_a_wrong_pin(evening: Evening, rubbish: str) -> None:
    evening.with_pin()

    assert not evening.desk.sign_in(rubbish).accepted


def test_without_a_pin_the_remedy_is_named(evening: Evening) -> None:
    with pytest.raises(ConfigError, match="pickup-kiosk new-pin"):
        matches("123456", evening.pin_file)
