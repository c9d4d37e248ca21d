"""Which encoding a text file has: UTF-8 if it can be, else Big5 or GBK where that is certain."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

from edge.errors import MalformedMessage

ENCODINGS: Mapping[str, str] = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "big5": "cp950",
    "gbk": "gb18030",
}
"""What `--encoding` takes, and the codec that reads it: each reads what its older kin wrote."""
_OLDER = ("big5", "gbk")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAMPLE = 1 << 20
_PAIR = re.compile(rb"[\x81-\xfe].", re.DOTALL)
_HANGUL = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")
"""A Korean syllable in EUC-KR; in GBK the same bytes are the Chinese characters from A to Q."""
_CHINESE_IN_UTF8 = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}")
_SURE, _UNLIKELY = 0.9, 0.7
"""Shares of everyday characters: real text has nearly all, misread text about half of them."""
_KOREAN = 0.95
"""Share of syllables that Korean reaches; of Chinese text a third begins with R to Z."""


def decode(data: bytes, name: str, wanted: str | None = None) -> tuple[str, str]:
    """The text and its encoding; MalformedMessage where it has none or may have either of two."""
    if wanted is not None:
        if wanted in _OLDER:
            _refuse_mixture(data, name)
        return _as(wanted, data, name), wanted
    if data.startswith(_UTF16_MARKS):
        return _as("utf-16", data, name), "utf-16"
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    _refuse_mixture(data, name)
    likely = _likely(data)
    if likely is None:
        raise MalformedMessage(
            f"{name} is not UTF-8 (line {line}), and may be Big5 or GBK; nothing was imported.",
            f"Say which with --encoding ({', '.join(ENCODINGS)}), or save it as 'CSV UTF-8'.",
        )
    if likely == "gbk" and _may_be_korean(data[:_SAMPLE]):
        raise MalformedMessage(
            f"{name} is not UTF-8 (line {line}), and may be GBK or Korean; nothing was imported.",
            "Say --encoding gbk if it is Chinese; else save it as 'CSV UTF-8'.",
        )
    return _as(likely, data, name), likely


def _as(encoding: str, data: bytes, name: str) -> str:
    try:
        return data.decode(ENCODINGS[encoding]).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MalformedMessage(
            f"{name} is not {encoding.upper()} (line {line}); nothing was imported.",
            "Save it as 'CSV UTF-8', or name its encoding with --encoding.",
        ) from None


def _refuse_mixture(data: bytes, name: str) -> None:
    """Files that were joined: read as one encoding, the other's names would be rubbish."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if len(_CHINESE_IN_UTF8.findall(line)) > 1 and _reads("utf-8", line):
            raise MalformedMessage(
                f"{name} mixes encodings: line {number} is UTF-8, others are not;"
                " nothing was imported.",
                "Import the files that it was joined from one by one.",
            )


def _likely(data: bytes) -> str | None:
    readable = [name for name in _OLDER if _reads(ENCODINGS[name], data)]
    shares = _everyday_shares(data[:_SAMPLE])
    for name, other in (("big5", "gbk"), ("gbk", "big5")):
        unlikely = other not in readable or shares[other] <= _UNLIKELY
        if name in readable and shares[name] >= _SURE and unlikely:
            return name
    return None


def _may_be_korean(data: bytes) -> bool:
    """Whether hardly any of its characters lies outside the rows of the Korean syllables."""
    pairs = [pair for pair in _PAIR.findall(data) if pair[0] >= 0xB0]
    return _share([_HANGUL.fullmatch(pair) is not None for pair in pairs]) >= _KOREAN


def _reads(codec: str, data: bytes) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _everyday_shares(data: bytes) -> dict[str, float]:
    """How many of its characters are everyday ones, if it were Big5, or GBK."""
    pairs = [(pair[0], pair[1]) for pair in _PAIR.findall(data)]
    big5 = [0xA4 <= lead <= 0xC6 for lead, _ in pairs if lead >= 0xA4]
    gbk = [
        0xB0 <= lead <= 0xD7 and trail >= 0xA1
        for lead, trail in pairs
        if not (0xA1 <= lead <= 0xA9 and trail >= 0xA1)
    ]
    return {"big5": _share(big5), "gbk": _share(gbk)}


def _share(everyday: list[bool]) -> float:
    return sum(everyday) / len(everyday) if everyday else 0.0
