"""How a pass is spelled: `PP1` + RFC 4648 Base32, upper case, no padding.

Only 0-9 and A-Z, so that it survives keyboard scanners, Caps Lock, layouts and input methods.
"""

from __future__ import annotations

import base64
import re

PREFIX = "PP1"
LONGEST_PASS = 221
"""Characters of a QR code of version 8 at error correction M, alphanumeric mode."""
LONGEST_SUB_PASS = 262
"""The same for version 9: only a sub-pass may be that long."""

_LONGEST_SCAN = 2 * LONGEST_SUB_PASS
"""More than any pass with blanks around it; a longer scan is not even looked at."""
_BASE32 = re.compile(r"[A-Z2-7]+")
_TO_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghijklmnopqrstuv")


def spell(data: bytes) -> str:
    """The text of these bytes."""
    return PREFIX + base64.b32encode(data).decode().rstrip("=")


def normalise(scan: str) -> str | None:
    """Upper case without blanks around; None where prefix, length or alphabet are not a pass's."""
    # isascii first: some letters outside ASCII turn into ASCII in upper case.
    if len(scan) > _LONGEST_SCAN or not scan.isascii():
        return None
    text = scan.strip().upper()
    if len(text) > LONGEST_SUB_PASS or not text.startswith(PREFIX):
        return None
    return text if _BASE32.fullmatch(text, len(PREFIX)) else None


def read(normal: str) -> bytes | None:
    """The bytes of a normalised text; None unless `spell` makes the same text of them."""
    digits = normal[len(PREFIX) :]
    spare = 5 * len(digits) % 8
    # int() reads base 32 in a tenth of the time of base64.b32decode, and shows the spare bits.
    number = int(digits.translate(_TO_DIGITS), 32)
    if spare >= 5 or number & ((1 << spare) - 1):
        return None
    return (number >> spare).to_bytes(5 * len(digits) // 8, "big")
