"""The leader's PIN: random, shown once, kept as scrypt; wrong tries are counted on disk."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from edge.errors import ConfigError
from edge.flows.board import SignIn
from edge.flows.point import Point
from edge.store import pin_attempts
from edge.store.database import Txn

DIGITS = 6
TRIES = 5
LOCK_SECONDS = 300
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 1
"""About 50 ms on a Pi: dear to guess with, cheap to sign in with."""


def new_pin(file: Path) -> str:
    """Make a PIN, keep its hash in `file`, return it to be shown this once."""
    pin = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    salt = secrets.token_bytes(16)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(base64.b64encode(salt) + b"$" + base64.b64encode(_hash(pin, salt)) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(file)
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
        locked = pin_attempts.locked_seconds(txn, moment)
        if locked > 0:
            return SignIn(accepted=False, tries_left=0, wait_seconds=locked)
        if good:
            pin_attempts.reset(txn)
            return SignIn(accepted=True, tries_left=TRIES, wait_seconds=0)
        wrong = pin_attempts.count_wrong(txn)
        if wrong >= TRIES:
            pin_attempts.lock(txn, moment, LOCK_SECONDS)
            return SignIn(accepted=False, tries_left=0, wait_seconds=LOCK_SECONDS)
        return SignIn(accepted=False, tries_left=TRIES - wrong, wait_seconds=0)

    good = matches(pin, file)
    return point.writer.call(work)


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P)
