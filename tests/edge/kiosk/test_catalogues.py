"""The catalogues are whole: every sentence of the sources, in every language, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from edge.core.order import OrderState, Zone
from edge.core.reasons import Reason
from edge.core.view import AnnulReason
from edge.flows.board import ManualReason
from edge.kiosk.words import ANNUL_REASONS, MANUAL_REASONS, REFUSALS, STATES, ZONES

ROOT = Path(__file__).resolve().parents[3]
CATALOGUES = ROOT / "web" / "translations"
LOCALES = ["zh_Hant_TW", "zh_Hans_CN"]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "mark": None, "say": None}
LATIN_ALLOWED = {"QR", "Code"}
PLACE = r"%\(\w+\)s"
TAIWAN_ONLY = re.compile("螢|櫃|貨|碼|請|這|還")
MAINLAND_WORDS = ("自提点", "核销", "二维码", "屏幕")
TAIWAN_WORDS = ("取貨點", "螢幕")


def sources() -> set[str | tuple[str, ...]]:
    with (CATALOGUES / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call] # babel's own
    found = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_ours)
    return {message for _file, _line, message, _comments, _context in found}


def _ours(folder: str) -> bool:
    return Path(folder).name in {"edge", "kiosk", "web"} or "templates" in Path(folder).parts


def forms(text: object) -> tuple[str, ...]:
    """Singular and plural of a sentence, or the sentence alone."""
    return tuple(map(str, text)) if isinstance(text, tuple | list) else (str(text or ""),)


def places(text: object) -> set[str]:
    """What is filled into a sentence, in any of its forms."""
    return {place for form in forms(text) for place in re.findall(PLACE, form)}


def catalogue(locale: str) -> Catalog:
    with (CATALOGUES / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_translated_and_none_is_left_behind(locale: str) -> None:
    known = {message.id for message in catalogue(locale) if message.id}

    assert known == sources()


@pytest.mark.parametrize("locale", LOCALES)
def test_no_translation_is_empty_unsure_or_breaks_its_places(locale: str) -> None:
    for message in catalogue(locale):
        if not message.id:
            continue
        assert forms(message.string)[0], message.id
        assert not message.fuzzy, message.id
        assert places(message.string) <= places(message.id)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_english_is_left_in_chinese(locale: str) -> None:
    for message in catalogue(locale):
        if message.id:
            sentence = re.sub(PLACE, "", forms(message.string)[0])
            assert set(re.findall(r"[A-Za-z]+", sentence)) <= LATIN_ALLOWED, sentence


def test_each_chinese_uses_its_own_characters_and_words() -> None:
    said = {
        locale: "".join(str(message.string) for message in catalogue(locale) if message.id)
        for locale in LOCALES
    }

    assert TAIWAN_ONLY.search(said["zh_Hans_CN"]) is None
    for word in MAINLAND_WORDS:
        assert word in said["zh_Hans_CN"]
        assert word not in said["zh_Hant_TW"]
    for word in TAIWAN_WORDS:
        assert word in said["zh_Hant_TW"]


def test_every_value_that_a_page_may_show_has_words() -> None:
    assert set(REFUSALS) == set(Reason)
    assert set(ZONES) == set(Zone)
    assert set(STATES) == set(OrderState)
    assert set(MANUAL_REASONS) == set(ManualReason)
    assert set(ANNUL_REASONS) == set(AnnulReason)
