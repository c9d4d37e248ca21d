"""Which language a page speaks, and how it says so to browsers and catalogues."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask, g
from flask_babel import Babel, gettext, refresh

from edge.config import Language
from edge.errors import ConfigError

CATALOGUES = Path(__file__).resolve().parents[2] / "web" / "translations"
LOCALES: Mapping[Language, str] = {
    Language.ZH_HANT: "zh_Hant_TW",
    Language.ZH_HANS: "zh_Hans_CN",
    Language.EN: "en",
}
TAGS: Mapping[Language, str] = {
    Language.ZH_HANT: "zh-Hant-TW",
    Language.ZH_HANS: "zh-Hans-CN",
    Language.EN: "en",
}
"""For `lang`, so that the browser picks the right glyphs of shared characters."""
OWN_NAMES: Mapping[Language, str] = {
    Language.ZH_HANT: "繁體中文",
    Language.ZH_HANS: "简体中文",
    Language.EN: "English",
}
SIMPLIFIED = ("zh-hans", "zh-cn", "zh-sg", "zh-my")


def install(app: Flask, default: Language) -> None:
    """Give the app its catalogues; English is the language of the sources and needs none."""
    for locale in LOCALES.values():
        compiled = CATALOGUES / locale / "LC_MESSAGES" / "messages.mo"
        if locale != "en" and not compiled.is_file():
            raise ConfigError(f"{compiled} is missing.", "Run ./setup.sh to compile it.")
    Babel(
        app,
        default_locale="en",
        default_translation_directories=str(CATALOGUES),
        locale_selector=lambda: LOCALES[current(default)],
    )


def current(default: Language) -> Language:
    """The language of the page in hand."""
    language: Language = g.get("language", default)
    return language


def speak(language: Language) -> None:
    """Let the rest of this request speak `language`."""
    g.language = language
    refresh()


def say(sentence: str, **values: object) -> str:
    """The sentence in the language of the page, its %(name)s filled in."""
    return str(gettext(sentence, **values))


def understood(tag: str | None) -> Language | None:
    """The screen language for a language tag of a customer, an order or a button."""
    if tag is None:
        return None
    lowered = tag.lower().replace("_", "-")
    if lowered.startswith(SIMPLIFIED):
        return Language.ZH_HANS
    if lowered.split("-")[0] == "zh":
        return Language.ZH_HANT
    return Language.EN if lowered.split("-")[0] == "en" else None
