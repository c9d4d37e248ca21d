"""What the page itself must get right: keys, taps, news, and an idle leader."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from edge.flows.screen import CardKind
from tests.browser.conftest import Served, sign_in
from tests.browser.keys import HUMAN_MS, burst, by_hand, scan
from tests.edge.kiosk.fakes import PIN, card


def test_a_person_who_types_is_no_scanner(page: Page, served: Served) -> None:
    page.goto(served.url)

    by_hand(page, "HELLO4711")
    page.wait_for_timeout(300)

    assert served.on.counter.scans == []


def test_a_burst_is_read_by_key_position_whatever_the_layout_says(
    page: Page, served: Served
) -> None:
    page.goto(served.url)

    burst(page, [("KeyP", "ㄣ"), ("KeyP", "P"), ("Digit1", "&"), ("KeyQ", "a"), ("Numpad7", "7")])

    _await(page, lambda: served.on.counter.scans == ["PP1Q7"])


def test_the_screen_follows_the_news_without_being_asked(page: Page, served: Served) -> None:
    page.goto(served.url)

    served.on.counter.show(card(CardKind.OPEN, "12"))

    expect(page.locator(".number")).to_have_text("12")


def test_a_screen_changes_by_itself_when_its_time_is_over(page: Page, served: Served) -> None:
    page.goto(served.url)
    served.on.counter.show(card(CardKind.DONE), expires_in=0.2)
    expect(page.locator("#screen h1")).to_have_text("取貨完成，謝謝")

    served.on.counter.cards, served.on.counter.expires_in = (), None

    expect(page.locator("#screen h1")).to_contain_text("請出示")


def test_a_tap_on_a_screen_that_just_changed_is_swallowed(page: Page, served: Served) -> None:
    page.goto(served.url)
    served.on.counter.show(card(CardKind.ASK_OPENED))
    page.wait_for_selector(".choice")
    page.wait_for_timeout(400)  # the screen of the question has itself just changed

    page.evaluate(
        """async () => {
          document.querySelector('a[data-swap][lang="en"]').click();
          for (let step = 0; document.documentElement.lang !== 'en'; step += 1) {
            if (step > 6000) throw new Error('The screen stayed in its language.');
            await new Promise((go) => setTimeout(go, 5));
          }
          document.querySelector('.choice .go').click();
        }"""
    )
    page.wait_for_timeout(300)
    assert served.on.counter.answers == []

    page.click(".choice .go")
    _await(page, lambda: served.on.counter.answers == [(41, True)])


def test_a_tap_counts_although_news_come_while_the_finger_is_down(
    page: Page, served: Served
) -> None:
    page.goto(served.url)
    served.on.counter.show(card(CardKind.ASK_OPENED))
    page.wait_for_selector(".choice")
    page.wait_for_timeout(400)

    page.hover(".choice .go")
    page.mouse.down()
    with page.expect_response("**/screen*"):
        served.on.counter.show(card(CardKind.ASK_OPENED))
    page.wait_for_timeout(100)
    page.mouse.up()

    _await(page, lambda: served.on.counter.answers == [(41, True)])


def test_what_came_while_the_finger_was_down_is_shown_when_it_is_up(
    page: Page, served: Served
) -> None:
    page.goto(served.url)
    page.mouse.move(5, 5)
    page.mouse.down()
    with page.expect_response("**/screen*"):
        served.on.counter.show(card(CardKind.OPEN, "12"))
    page.mouse.up()

    expect(page.locator(".number")).to_have_text("12")


def test_a_leaders_tap_counts_although_news_come_while_the_finger_is_down(
    page: Page, served: Served
) -> None:
    sign_in(page, served)
    page.goto(f"{served.url}/leader/maybe-opened")

    page.hover(".cases .go")
    page.mouse.down()
    with page.expect_response("**/maybe-opened"):
        served.on.counter.show()
    page.wait_for_timeout(100)
    page.mouse.up()

    _await(page, lambda: served.on.desk.deeds == [("confirm", 41)])


def test_news_that_change_nothing_do_not_swallow_the_next_tap(page: Page, served: Served) -> None:
    page.goto(served.url)
    served.on.counter.show(card(CardKind.ASK_OPENED))
    page.wait_for_selector(".choice")
    page.wait_for_timeout(400)

    page.evaluate("document.querySelector('.choice input').style.color = 'red'")
    with page.expect_response("**/screen*"):
        served.on.counter.show(card(CardKind.ASK_OPENED))
    page.wait_for_timeout(50)
    page.evaluate("document.querySelector('.choice .go').click()")

    _await(page, lambda: served.on.counter.answers == [(41, True)])


def test_a_scan_on_the_pin_page_is_never_typing(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/leader/")

    scan(page, "PP1ABCDEF123456")

    expect(page.locator("#no-scan")).to_be_visible()
    assert page.locator("input[name=pin]").input_value() == ""
    assert page.url.endswith("/leader/")


def test_a_leader_with_a_keyboard_types_the_pin_and_enter(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/leader/")

    page.keyboard.type(PIN, delay=HUMAN_MS)
    page.keyboard.press("Enter")

    expect(page.locator(".tiles")).to_be_visible()


def test_a_hand_over_wants_two_seconds(page: Page, served: Served) -> None:
    sign_in(page, served)
    page.goto(f"{served.url}/leader/orders")
    page.locator(".rows a").first.click()
    button = page.locator("[data-hold]").first

    button.click()
    expect(page.locator("#press-longer")).to_be_visible()
    assert served.on.desk.deeds == []
    button.hover()
    with page.expect_response("**/live"):
        page.mouse.down()
    page.wait_for_selector(".notice")
    page.mouse.up()

    assert [deed[0] for deed in served.on.desk.deeds] == ["hand_over"]
    with page.expect_response("**/leader/order?*"):
        served.on.news.bump()
    page.wait_for_timeout(200)
    expect(page.locator(".notice")).to_have_count(1)


def test_a_list_that_goes_on_below_the_edge_says_so_and_comes_up_by_a_touch(
    page: Page, served: Served
) -> None:
    page.set_viewport_size({"width": 800, "height": 480})
    sign_in(page, served)
    page.goto(f"{served.url}/leader/doors")
    more, last = page.locator("#more"), page.locator(".door-grid li").last
    expect(more).to_be_visible()
    expect(last).not_to_be_in_viewport()

    for _ in range(6):
        if more.is_visible():
            more.click()
            page.wait_for_timeout(100)

    expect(more).to_be_hidden()
    expect(last).to_be_in_viewport(ratio=0.99)
    page.goto(f"{served.url}/leader/cloud")
    expect(more).to_be_hidden()


def test_an_idle_leader_is_asked_and_then_sent_back_to_the_customers(
    page: Page, served: Served
) -> None:
    page.clock.install()
    sign_in(page, served)

    page.clock.fast_forward(121_000)
    expect(page.locator("#still-here")).to_be_visible()
    page.click("#stay")
    expect(page.locator("#still-here")).to_be_hidden()
    page.clock.fast_forward(121_000)
    page.clock.fast_forward(21_000)

    expect(page.locator("#screen h1")).to_contain_text("請出示")


def test_a_page_that_goes_gives_its_stream_back(page: Page, served: Served) -> None:
    for _ in range(8):
        page.goto(served.url)
        page.goto(f"{served.url}/simulator")
    page.goto(served.url)

    served.on.counter.show(card(CardKind.OPEN, "9"))

    expect(page.locator(".number")).to_have_text("9")


def _await(page: Page, is_true: Callable[[], bool]) -> None:
    for _ in range(100):
        if is_true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("never came")
