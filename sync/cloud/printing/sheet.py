"""A4 sheets of passes to cut apart: the one home of fpdf. Lengths in mm, type in points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from itertools import groupby

from fpdf import FPDF

from sync.cloud.pass_pictures import pass_png
from sync.cloud.printing.fonts import FontFile
from sync.cloud.printing.slip import Slip
from sync.cloud.printing.words import WORDS

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
COLUMNS, ROWS = 2, 4
WIDTH, HEIGHT = PAGE_WIDTH / COLUMNS, PAGE_HEIGHT / ROWS
MARGIN = 7.0
"""Wider than what home printers leave white."""
QR_SIDE = 47.0
"""Modules of 0.8 mm with the quiet zone: read at arm's length, also from a crumpled sheet."""
TEXT_LEFT = MARGIN + QR_SIDE + 1
TEXT_WIDTH = WIDTH - TEXT_LEFT - MARGIN / 2
LINE = 1.35
"""Height of a line of type, as a multiple of its size."""
MM_PER_POINT = 25.4 / 72
GREY = 110
CUT = 160


def print_sheets(slips: Iterable[Slip], font: FontFile, made_at: datetime) -> bytes:
    """The PDF: a page holds slips of one point and one day only, so that stacks stay sorted."""
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    pdf.set_creation_date(made_at)
    pdf.set_title("Pickup passes")
    pdf.set_producer("")
    fonts = _Fonts(pdf, font)
    for _, stack in groupby(sorted(slips, key=_stack_and_order), key=_stack):
        members = list(stack)
        for start in range(0, len(members), COLUMNS * ROWS):
            _page(pdf, fonts, members[start : start + COLUMNS * ROWS])
    return bytes(pdf.output())


class _Fonts:
    """Each language's font, embedded when it is first needed: loading one takes a second."""

    def __init__(self, pdf: FPDF, font: FontFile) -> None:
        self._pdf = pdf
        self._font = font
        self._loaded: set[int] = set()

    def choose(self, slip: Slip, size: float) -> None:
        number = self._font.number[slip.language]
        family = f"font{number}"
        if number not in self._loaded:
            self._pdf.add_font(family, fname=self._font.path, collection_font_number=number)
            self._loaded.add(number)
        self._pdf.set_font(family, size=size)


def _page(pdf: FPDF, fonts: _Fonts, slips: Sequence[Slip]) -> None:
    pdf.add_page()
    _cut_lines(pdf)
    for position, slip in enumerate(slips):
        row, column = divmod(position, COLUMNS)
        _draw(pdf, fonts, slip, column * WIDTH, row * HEIGHT)


def _cut_lines(pdf: FPDF) -> None:
    pdf.set_draw_color(CUT)
    pdf.set_line_width(0.2)
    pdf.set_dash_pattern(dash=2, gap=1.5)
    for column in range(1, COLUMNS):
        pdf.line(column * WIDTH, 0, column * WIDTH, PAGE_HEIGHT)
    for row in range(1, ROWS):
        pdf.line(0, row * HEIGHT, PAGE_WIDTH, row * HEIGHT)


def _draw(pdf: FPDF, fonts: _Fonts, slip: Slip, left: float, top: float) -> None:
    words = WORDS[slip.language]
    heading = f"{slip.point_name} · {words.opening(slip.opens, slip.closes)}"
    pdf.set_xy(left + MARGIN, top + MARGIN)
    _write(pdf, fonts, slip, heading, 10.5, WIDTH - 1.5 * MARGIN)
    picture = BytesIO(pass_png(slip.pass_text))
    pdf.image(picture, left + MARGIN - 2, top + MARGIN + 6.5, QR_SIDE, alt_text=words.qr_code)
    pdf.set_xy(left + TEXT_LEFT, top + MARGIN + 9)
    _write(pdf, fonts, slip, slip.masked_name, 17)
    _write(pdf, fonts, slip, f"{words.order} {slip.order_id}", 9)
    _write(pdf, fonts, slip, words.bags_of(slip.zones), 9)
    if slip.is_due:
        _write(pdf, fonts, slip, words.pay_first, 9)
    pdf.set_y(pdf.get_y() + 5)
    pdf.set_x(left + TEXT_LEFT)
    _write(pdf, fonts, slip, words.pickup_code, 9, grey=True)
    _write(pdf, fonts, slip, slip.pickup_code, 20)
    pdf.set_xy(left + MARGIN, top + HEIGHT - MARGIN - 5)
    _write(pdf, fonts, slip, words.show_this, 8, WIDTH - 1.5 * MARGIN, grey=True)


def _write(
    pdf: FPDF,
    fonts: _Fonts,
    slip: Slip,
    text: str,
    size: float,
    width: float = TEXT_WIDTH,
    *,
    grey: bool = False,
) -> None:
    """One line at the cursor, made smaller where it would not fit; the cursor goes below it."""
    fonts.choose(slip, size)
    needed = pdf.get_string_width(text)
    if needed > width:
        fonts.choose(slip, size * width / needed)
    pdf.set_text_color(GREY if grey else 0)
    left, height = pdf.get_x(), size * LINE * MM_PER_POINT
    pdf.cell(width, height, text)
    pdf.set_xy(left, pdf.get_y() + height)


def _stack(slip: Slip) -> tuple[str, str]:
    return slip.opens.date().isoformat(), slip.point_name


def _stack_and_order(slip: Slip) -> tuple[tuple[str, str], str]:
    return _stack(slip), slip.order_id
