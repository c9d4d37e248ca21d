"""The leader's PIN: random, shown once, kept as scrypt; wrong tries are counted on disk."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from edge.core.lock_out import Policy
from edge.errors import ConfigError
from edge.files import write_private
from edge.flows.board import SignIn
from edge.flows.point import Point
from edge.store import attempts
from edge.store.database import Txn

DIGITS = 6
POLICY = Policy(tries=5, window_seconds=None, first_lock_seconds=300, longest_lock_seconds=300)
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 1
"""About 50 ms on a Pi: dear to guess with, cheap to sign in with."""


def new_pin(file: Path) -> str:
    """Make a PIN, keep its hash in `file`, return it to be shown this once."""
    pin = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    salt = secrets.token_bytes(16)
    write_private(file, base64.b64encode(salt) + b"$" + base64.b64encode(_hash(pin, salt)) + b"\n")
    return pin


def matches(pin: str, file: Path) -> bool:
    """Whether this is the PIN; raises ConfigError where none was made yet."""
    try:
        salt, expected = map(base64.b64decode, file.read_bytes().strip().split(b"$"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            "There is no leader's PIN yet.", "Make one with 'pickup-kiosk new-pin'."
        ) from error
    return hmac.compare_digest(_hash(pin, salt), expected)


def sign_in(point: Point, pin: str, file: Path) -> SignIn:
    """Judge a PIN; five wrong ones in a row lock the leader's pages, never the scanner."""

    def work(txn: Txn) -> SignIn:
        moment = point.clock.now()
        known = attempts.read(txn, attempts.PIN)
        locked = known.wait_seconds(moment)
        if locked > 0:
            return SignIn(accepted=False, tries_left=0, wait_seconds=locked)
        if good:
            attempts.forget(txn, attempts.PIN)
            return SignIn(accepted=True, tries_left=POLICY.tries, wait_seconds=0)
        known = known.one_more_wrong(POLICY, moment)
        attempts.keep(txn, attempts.PIN, known)
        wait = known.wait_seconds(moment)
        left = 0 if wait else POLICY.tries - len(known.recent(POLICY, moment))
        return SignIn(accepted=False, tries_left=left, wait_seconds=wait)

    good = matches(pin, file)
    return point.writer.call(work)


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P)
