"""Every screen there is, judged by axe; one that is added and not listed here is noticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from edge.config import Language
from edge.core.claim_notice import ClaimNotice
from edge.core.reasons import Reason
from edge.flows.screen import Card, CardKind
from edge.kiosk import create
from edge.kiosk.languages import TAGS
from sync.cloud.phone import PhonePage
from sync.cloud.server import create_app
from tests.browser.axe import violations
from tests.browser.conftest import Served, sign_in
from tests.edge.kiosk.claims import CLAIMS, ONE_OF_EACH, ClaimStage
from tests.edge.kiosk.fakes import GALLERY, refusal, stage
from tests.edge.kiosk.serving import free_port, serving
from tests.sync.cloud.conftest import Cloud, cloud, draft

__all__ = ["cloud"]

LEADER_PAGES = (
    "",
    "goods",
    "places",
    "orders",
    "find",
    "find?find=259",
    "maybe-opened",
    "doors",
    "cloud",
    "order?issuer=fresh-market&order_id=TW-20261123-0006",
    "order?issuer=fresh-market&order_id=TW-20261123-0007",
)
PAGES = {
    "/",
    "/screen",
    "/leader/",
    "/leader/goods",
    "/leader/places",
    '/leader/<any("maybe-opened", doors, cloud):name>',
    "/leader/orders",
    "/leader/order",
    "/leader/find",
    "/simulator",
}
FOR_PROGRAMS = {
    "/healthz",
    "/leader/stay",
    "/live",
    "/metrics",
    "/scale.css",
    "/static/<path:filename>",
}
PAGES_OF_THE_CLAIM = {"/"}
CLAIM_FOR_PROGRAMS = {"/healthz", "/scale.css", "/static/<path:filename>"}
PAGES_OF_THE_CLOUD = {"/phone"}
CLOUD_FOR_PROGRAMS = {
    "/healthz",
    "/metrics",
    "/openapi.json",
    "/asyncapi.json",
    "/phone/<order_id>.svg",
    "/phone/<order_id>.png",
    "/phone/static/<path:filename>",
}
PLAIN_REFUSALS = {f"refused-{reason.value}" for reason in Reason}
"""One page with other words for each: one of them stands for all where time is short."""
QUICK = {name: GALLERY[name] for name in GALLERY if name not in PLAIN_REFUSALS}
languages = pytest.mark.parametrize("language", list(Language))


@pytest.fixture
def database_url() -> None:
    """A cloud in SQLite: its pages are the same on either database."""


@pytest.fixture
def device(tmp_path: Path) -> ClaimStage:
    """One that is no point yet."""
    return ClaimStage(tmp_path, free_port())


def test_every_screen_in_one_of_the_languages(
    page: Page, served: Served, device: ClaimStage
) -> None:
    """Languages take turns from screen to screen: each meets every kind of page."""
    wrong = {}
    shares = [dict(list(QUICK.items())[first::3]) for first in range(3)]
    for language, cards in zip(Language, shares, strict=True):
        for name in customers(page, served, language, cards):
            wrong[name] = violations(page)
    for name in others(page, served, list(Language)):
        wrong[name] = violations(page)
    for name in claims(page, device, ONE_OF_EACH, list(Language)):
        wrong[name] = violations(page)

    assert {name: found for name, found in wrong.items() if found} == {}
    assert len(wrong) >= len(QUICK) + len(LEADER_PAGES) + len(ONE_OF_EACH)
    assert never_shown(served.app) & never_shown(device.app) == set()


@pytest.mark.slow
@languages
def test_every_screen_in_every_language(
    page: Page, served: Served, device: ClaimStage, language: Language
) -> None:
    wrong = {name: violations(page) for name in customers(page, served, language, GALLERY)}
    wrong |= {name: violations(page) for name in others(page, served, [language])}
    wrong |= {name: violations(page) for name in claims(page, device, CLAIMS, [language])}

    assert {name: found for name, found in wrong.items() if found} == {}
    assert len(wrong) >= len(GALLERY) + len(LEADER_PAGES) + len(CLAIMS)


def customers(
    page: Page, served: Served, language: Language, cards: Mapping[str, tuple[Card, ...]]
) -> Iterator[str]:
    """Go through screens of a customer by news, as at the point; what lies over them last."""
    page.goto(f"{served.url}/?language={language.value}")
    for name, shown in cards.items():
        served.on.counter.show(*shown)
        page.wait_for_selector(f'#screen[data-version="{served.on.news.version}"]')
        yield name
    for over in ("reading", "away"):
        page.evaluate("name => document.getElementById(name).hidden = false", over)
        yield f"{over} {language.value}"
        page.evaluate("name => document.getElementById(name).hidden = true", over)


def others(page: Page, served: Served, spoken: list[Language]) -> Iterator[str]:
    """Go through all other pages, the languages in turn."""
    page.goto(f"{served.url}/?view=help&type=big")
    yield "help in big type"
    for locked, name in ((480, "the keypad, locked"), (0, "the keypad")):
        served.on.counter.locked = locked
        speak(page, served, spoken[-1 if locked else 0])
        page.goto(f"{served.url}/?view=code")
        yield name
    page.goto(f"{served.url}/leader/")
    page.click("[data-key='1']")
    page.click(".keypad .go")
    yield "a wrong PIN"
    sign_in(page, served)
    page.click(".main button")
    yield "goods received"
    addresses = [*(f"leader/{name}" for name in LEADER_PAGES), "simulator", "nowhere"]
    for number, language in enumerate(spoken):
        speak(page, served, language)
        for address in addresses[number :: len(spoken)]:
            page.goto(f"{served.url}/{address}")
            assert address == "nowhere" or page.get_attribute("html", "lang") == TAGS[language]
            yield address
            if address == "leader/find":
                page.evaluate("document.getElementById('still-here').hidden = false")
                yield "still here?"


def claims(
    page: Page,
    device: ClaimStage,
    notices: Mapping[str, ClaimNotice | None],
    spoken: list[Language],
) -> Iterator[str]:
    """Go through what a device shows that is no point yet, the languages in turn."""
    with serving(device.app, device.port):
        for number, (name, notice) in enumerate(notices.items()):
            language = spoken[number % len(spoken)]
            device.say(notice)
            page.goto(f"http://127.0.0.1:{device.port}/?language={language.value}")
            yield f"claim: {name}"


def speak(page: Page, served: Served, language: Language) -> None:
    """The leader's pages ask their session, all others their cookie."""
    page.context.add_cookies([{"name": "language", "value": language.value, "url": served.url}])
    page.goto(f"{served.url}/leader/")
    with page.expect_navigation():
        page.click(f".languages [value='{language.value}']")


def never_shown(app: Flask) -> set[str]:
    """Templates that no page has used since the start."""
    cache = app.jinja_env.cache
    assert cache is not None
    return set(app.jinja_env.list_templates()) - {name for _, name in cache}


def test_no_page_of_the_kiosk_is_missing_here() -> None:
    assert pages(create(stage().parts)) == PAGES | FOR_PROGRAMS
    assert {card.kind for cards in QUICK.values() for card in cards} == set(CardKind)


def test_no_page_of_a_device_is_missing_here(device: ClaimStage) -> None:
    assert pages(device.app) == PAGES_OF_THE_CLAIM | CLAIM_FOR_PROGRAMS


def test_no_page_of_the_cloud_is_missing_here(cloud: Cloud) -> None:
    app = create_app(cloud.desk, token="t", connected=lambda: True, notify=lambda _: None)
    told = {rule for rule in pages(app) if not rule.startswith("/v1/")}

    assert told == PAGES_OF_THE_CLOUD | CLOUD_FOR_PROGRAMS


def pages(app: Flask) -> set[str]:
    """Everything that can be asked for by GET."""
    return {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}


def test_the_page_that_plays_the_customers_phones(page: Page, cloud: Cloud) -> None:
    app, port = Flask("cloud"), free_port()
    app.register_blueprint(PhonePage(cloud.store.reader, cloud.clock).blueprint())
    with serving(app, port):
        page.goto(f"http://127.0.0.1:{port}/phone")
        assert violations(page) == []

        cloud.import_orders(
            draft("TW-1"), draft("TW-2", "鮮奶 936ml", language="en", customer="Mary Wang")
        )
        page.goto(f"http://127.0.0.1:{port}/phone")
        assert violations(page) == []


PLANTED = {
    "color-contrast": """const sheet = new CSSStyleSheet();
      sheet.replaceSync('h1 { color: #cfc7b5 !important }');
      document.adoptedStyleSheets = [sheet]""",
    # Taken away again and again: every piece of news sets it anew.
    "html-has-lang": """const root = document.documentElement;
      root.removeAttribute('lang');
      new MutationObserver(() => root.removeAttribute('lang')).observe(root, {attributes: true})""",
    "button-name": "plate.append(document.createElement('button'))",
    "target-size": """for (const name of ['one', 'two']) {
        const dot = plate.appendChild(document.createElement('button'));
        dot.ariaLabel = name;
        dot.style = 'padding: 0; border: 0; width: 9px; height: 9px';
      }""",
}
PLATE = """const plate = document.body.appendChild(document.createElement('div'));
  plate.style = 'position: fixed; z-index: 9; inset: 0 auto auto 0; background: white'"""
"""Beside what the page draws itself, which news may draw anew at any moment."""


@pytest.mark.parametrize("rule", PLANTED)
def test_a_violation_on_a_page_is_found(page: Page, served: Served, rule: str) -> None:
    page.goto(served.url)
    served.on.counter.show(refusal(Reason.NOT_A_PASS))
    page.wait_for_selector(f'#screen[data-version="{served.on.news.version}"]')

    page.evaluate(f"() => {{ {PLATE}; {PLANTED[rule]} }}")

    assert [found.partition(":")[0] for found in violations(page)] == [rule]
