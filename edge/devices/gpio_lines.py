"""A plain GPIO chip described to gpiozero, which knows only the Pi's own header.

An expander has lines 0 to 15 without the header's fixed pull-ups, holes and other duties.
"""

from __future__ import annotations

from gpiozero.pins import BoardInfo, HeaderInfo, PinInfo

from edge.config.cabinet import LINES_PER_BANK


def plain_chip(name: str) -> BoardInfo:
    """A board with nothing but GPIO lines, numbered as the kernel numbers them."""
    pins = {line + 1: _line(line) for line in range(LINES_PER_BANK)}
    header = HeaderInfo(name=name, rows=LINES_PER_BANK, columns=1, pins=pins)
    unknown = dict.fromkeys(BoardInfo._fields, "")
    return BoardInfo(**{**unknown, "model": name, "headers": {name: header}})


def _line(line: int) -> PinInfo:
    return PinInfo(
        number=line + 1,
        name=f"GPIO{line}",
        names=frozenset({line, f"GPIO{line}"}),
        pull="",
        row=line + 1,
        col=1,
        interfaces=frozenset({"gpio"}),
    )
