"""A leader who is busy is not asked, one who is gone is; a session that is over says so."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, sign_in


def test_touches_and_keys_begin_the_idle_time_anew_and_a_key_answers_the_question(
    page: Page, served: Served
) -> None:
    page.clock.install()
    sign_in(page, served)
    page.goto(f"{served.url}/leader/find")
    question = page.locator("#still-here")

    page.clock.run_for(100_000)
    with page.expect_response("**/leader/stay"):
        page.click("[data-key='2']")
        page.clock.run_for(5_000)
    page.clock.run_for(100_000)
    expect(question).to_be_hidden()
    with page.expect_response("**/leader/stay"):
        page.keyboard.press("5")
        page.clock.run_for(5_000)
    page.clock.run_for(116_000)
    expect(question).to_be_visible()

    with page.expect_response("**/leader/stay"):
        page.keyboard.press("9")
    expect(question).to_be_hidden()
    page.clock.run_for(100_000)
    expect(question).to_be_hidden()
    expect(page.locator("#find")).to_have_value("259")


def test_a_tap_that_answers_the_question_touches_nothing_behind_it(
    page: Page, served: Served
) -> None:
    page.clock.install()
    sign_in(page, served)
    page.goto(f"{served.url}/leader/doors")
    page.locator(".door-grid button").first.focus()

    page.clock.run_for(121_000)
    box = page.locator(".door-grid button").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    expect(page.locator("#still-here")).to_be_hidden()
    page.clock.run_for(121_000)
    page.keyboard.press("Enter")
    expect(page.locator("#still-here")).to_be_hidden()

    assert served.on.desk.deeds == []


def test_a_session_that_is_over_leads_to_the_pin_and_the_pin_page_to_the_customers(
    page: Page, served: Served
) -> None:
    sign_in(page, served)
    page.goto(f"{served.url}/leader/find")
    page.context.clear_cookies()
    page.click("[data-key='2']")
    expect(page.locator("[data-pin]")).to_be_visible()

    sign_in(page, served)
    with page.expect_response("**/live"):
        page.goto(f"{served.url}/leader/orders")
    page.context.clear_cookies()
    page.clock.install()
    served.on.news.bump()
    expect(page.locator("[data-pin]")).to_be_visible()

    page.clock.run_for(121_000)
    expect(page.locator("#screen h1")).to_contain_text("請出示")
