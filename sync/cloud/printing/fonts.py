"""Which font of this machine writes Chinese on paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.config import Language
from edge.errors import ConfigError

FOLDER = Path("/usr/share/fonts")


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font file, and which font of a collection draws a language's own shapes."""

    path: Path
    number: Mapping[Language, int]


ONE_FOR_ALL = dict.fromkeys(Language, 0)
KNOWN = (
    FontFile(
        FOLDER / "opentype/noto/NotoSansCJK-Regular.ttc",
        {Language.ZH_HANT: 3, Language.ZH_HANS: 2, Language.EN: 3},
    ),
    FontFile(FOLDER / "truetype/wqy/wqy-microhei.ttc", ONE_FOR_ALL),
)
"""Debian's fonts-noto-cjk, then fonts-wqy-microhei: the first that is there is taken."""


def find_font(known: Iterable[FontFile] = KNOWN) -> FontFile:
    """The font for printing; ConfigError names the package to install."""
    for font in known:
        if font.path.is_file():
            return font
    raise ConfigError(
        "There is no font for Chinese on this machine.",
        "Install Debian's package fonts-wqy-microhei (2 MB) or fonts-noto-cjk.",
    )
