"""Every screen in every language, judged by axe."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page

from edge.config import Language
from edge.core.reasons import Reason
from sync.cloud.phone import PhonePage
from tests.browser.axe import violations
from tests.browser.conftest import Served, sign_in
from tests.edge.kiosk.fakes import GALLERY, refusal
from tests.edge.kiosk.serving import free_port, serving
from tests.sync.cloud.conftest import Cloud, cloud, draft

__all__ = ["cloud"]

LEADER_PAGES = (
    "",
    "goods",
    "orders",
    "find",
    "find?find=259",
    "maybe-opened",
    "doors",
    "cloud",
    "order?issuer=fresh-market&order_id=TW-20261123-0006",
    "order?issuer=fresh-market&order_id=TW-20261123-0007",
)
languages = pytest.mark.parametrize("language", list(Language))


@languages
def test_every_screen_of_a_customer(page: Page, served: Served, language: Language) -> None:
    page.goto(f"{served.url}/?language={language.value}")
    wrong = {}
    for name, cards in GALLERY.items():
        served.on.counter.show(*cards)
        page.wait_for_selector(f'#screen[data-version="{served.on.news.version}"]')
        wrong[name] = violations(page)
    page.goto(f"{served.url}/?view=help&type=big")
    wrong["help in big type"] = violations(page)

    assert {name: found for name, found in wrong.items() if found} == {}


@languages
def test_out_of_service_and_reading(page: Page, served: Served, language: Language) -> None:
    page.goto(f"{served.url}/?language={language.value}")

    for name in ("reading", "away"):
        page.evaluate("name => document.getElementById(name).hidden = false", name)
        assert violations(page) == [], name


@languages
def test_the_leaders_pages(page: Page, served: Served, language: Language) -> None:
    page.goto(f"{served.url}/?language={language.value}")
    page.goto(f"{served.url}/leader/")
    wrong = {"pin": violations(page)}
    sign_in(page, served)
    page.click(".main button")
    wrong["goods received"] = violations(page)
    for name in LEADER_PAGES:
        page.goto(f"{served.url}/leader/{name}")
        wrong[name or "home"] = violations(page)
    page.evaluate("document.getElementById('still-here').hidden = false")
    wrong["still here"] = violations(page)

    assert {name: found for name, found in wrong.items() if found} == {}


@languages
def test_what_a_wrong_pin_and_a_wrong_address_answer(
    page: Page, served: Served, language: Language
) -> None:
    page.goto(f"{served.url}/?language={language.value}")
    page.goto(f"{served.url}/leader/")
    page.click("[data-key='1']")
    page.click(".keypad .go")
    assert violations(page) == []

    page.goto(f"{served.url}/nowhere")
    assert violations(page) == []


@languages
def test_the_simulator(page: Page, served: Served, language: Language) -> None:
    page.goto(f"{served.url}/?language={language.value}")
    page.goto(f"{served.url}/simulator")

    assert violations(page) == []


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
    "color-contrast": "document.querySelector('h1').style.color = '#cfc7b5'",
    "html-has-lang": "document.documentElement.removeAttribute('lang')",
    "button-name": "document.querySelector('.stage').append(document.createElement('button'))",
    "target-size": """const dots = document.createElement('p');
      for (const name of ['one', 'two']) {
        const dot = dots.appendChild(document.createElement('button'));
        dot.ariaLabel = name;
        dot.style = 'padding: 0; border: 0; width: 9px; height: 9px';
      }
      document.querySelector('h1').after(dots)""",
}


@pytest.mark.parametrize("rule", PLANTED)
def test_a_violation_on_a_page_is_found(page: Page, served: Served, rule: str) -> None:
    page.goto(served.url)
    served.on.counter.show(refusal(Reason.NOT_A_PASS))
    page.wait_for_selector(f'#screen[data-version="{served.on.news.version}"]')

    page.evaluate(f"() => {{ {PLANTED[rule]} }}")

    assert [found.partition(":")[0] for found in violations(page)] == [rule]
