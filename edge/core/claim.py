"""How a device asks to become a point: a code names the request, a fingerprint names its key."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

from edge.core.cose import VerifyingKey

LIFE_SECONDS: Final = 15 * 60
"""How long a request may wait, and how long what was granted may be fetched."""
CODE = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")
"""Eight signs of which none is taken for another when read aloud."""
SIGNS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
FINGERPRINT = re.compile(r"(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}")
_FINGERPRINT_BYTES = 10
_PURPOSE = "pickup-claim-poll-1"
_QR = "PC1"


def fingerprint(public: VerifyingKey) -> str:
    """80 bits of a key's hash, in four groups that a person can compare."""
    digest = hashlib.sha256(public.to_bytes()).digest()[:_FINGERPRINT_BYTES]
    return _grouped(base64.b32encode(digest).decode())


def poll_message(code: str, nonce: str) -> bytes:
    """What a device signs to show that the request is its own."""
    return f"{_PURPOSE}\n{code}\n{nonce}".encode()


def qr_text(code: str, mark: str) -> str:
    """Both as one text, for whoever would rather scan than type."""
    return f"{_QR}-{code}-{mark}"


def read_qr_text(text: str) -> tuple[str, str] | None:
    """(code, fingerprint) of such a text; None for any other."""
    head, _, rest = text.strip().upper().partition("-")
    code, mark = rest[:9], rest[10:]
    if head != _QR or not CODE.fullmatch(code) or not FINGERPRINT.fullmatch(mark):
        return None
    return code, mark


def code_of(text: str) -> str:
    """The code, whether the QR was scanned or somebody typed."""
    scanned = read_qr_text(text)
    return tidy(text) if scanned is None else scanned[0]


def tidy(text: str) -> str:
    """A code or fingerprint as somebody typed it: signs in groups of four."""
    return _grouped(re.sub(r"[\s-]", "", text).upper())


def _grouped(signs: str) -> str:
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))
