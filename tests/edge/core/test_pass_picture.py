"""How large the picture of a pass gets."""

from __future__ import annotations

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import QRData

from edge.core.credential import mint
from edge.core.pass_text import LONGEST_PASS, LONGEST_SUB_PASS
from tests.edge.core.samples import EVENING, KEY

MODE_ALPHANUMERIC = 2
"""ISO/IEC 18004's mode indicator 0010."""


def test_the_longest_pass_is_a_picture_of_49_modules() -> None:
    text = mint("G" * 24, "p" * 12, EVENING, EVENING, key=KEY, kid=b"kid4")

    assert len(text) == 219
    assert _version(text) == 8


def test_the_longest_sub_pass_is_one_step_larger() -> None:
    text = mint("G" * 24, "p" * 12, EVENING, EVENING, key=KEY, kid=b"kid4", sub_pass_id="5a" * 16)

    assert len(text) == 248
    assert _version(text) == 9


def test_the_limits_are_what_those_pictures_hold() -> None:
    assert _version("A" * LONGEST_PASS) == 8
    assert _version("A" * (LONGEST_PASS + 1)) == 9
    assert _version("A" * LONGEST_SUB_PASS) == 9
    assert _version("A" * (LONGEST_SUB_PASS + 1)) == 10


def test_a_pass_is_drawn_in_alphanumeric_mode() -> None:
    text = mint("GB-1", "daan-07", EVENING, EVENING, key=KEY, kid=b"kid4")

    assert QRData(text).mode == MODE_ALPHANUMERIC


def _version(text: str) -> int:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    return code.version
