"""Passes, drawn as QR codes. The one home of qrcode in the cloud."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4
"""Light modules around a QR code, as its standard demands."""
PNG_SCALE = 8
BLACK_ON_WHITE, PLAIN = "\x1b[30;107m", "\x1b[0m"
_HALVES = {
    (False, False): " ",
    (True, False): "▀",
    (False, True): "▄",
    (True, True): "█",
}
"""One character for a dark or light module above another one."""


@lru_cache(maxsize=1024)
def pass_svg(text: str) -> str:
    """The pass as a QR code in SVG, black on white with its quiet zone."""
    matrix = _matrix(text)
    side = len(matrix)
    dark = "".join(
        f"M{column} {row}h1v1h-1z"
        for row, modules in enumerate(matrix)
        for column, is_dark in enumerate(modules)
        if is_dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/>'
        f'<path fill="#000" d="{dark}"/></svg>'
    )


def pass_png(text: str) -> bytes:
    """The same as a PNG with one bit a pixel, for a phone's photo folder."""
    matrix = _matrix(text)
    rows = b"".join(_png_row(modules) * PNG_SCALE for modules in matrix)
    side = len(matrix) * PNG_SCALE
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, data) for kind, data in chunks)


def pass_text_art(text: str, *, coloured: bool) -> str:
    """The same in half blocks for a terminal, black on white, whatever the terminal's colours.

    Without colours it is drawn as ink, for light backgrounds.
    """
    matrix = _matrix(text)
    if len(matrix) % 2:
        matrix.append([False] * len(matrix[0]))
    lines = (
        "".join(_HALVES[above, below] for above, below in zip(upper, lower, strict=True))
        for upper, lower in zip(matrix[::2], matrix[1::2], strict=True)
    )
    before, after = (BLACK_ON_WHITE, PLAIN) if coloured else ("", "")
    return "".join(f"{before}{line}{after}\n" for line in lines)


def _matrix(text: str) -> list[list[bool]]:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def _png_row(modules: list[bool]) -> bytes:
    bits = "".join(("0" if dark else "1") * PNG_SCALE for dark in modules)
    width = -(-len(bits) // 8)
    return b"\x00" + int(bits.ljust(8 * width, "0"), 2).to_bytes(width, "big")


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
