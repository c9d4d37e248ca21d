"""The claim's QR as one SVG path. The one home of qrcode in the kiosk."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4
"""Modules of white around a QR code that readers count on."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A square of `size` modules, and its dark ones as an SVG path."""

    size: int
    path: str


def draw(text: str) -> Drawing:
    """One horizontal stroke for each dark module."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, on in enumerate(row) if on)
    return Drawing(len(rows), "".join(dark))
