"""The keypad for pickup codes: by finger and by number pad; a scan stays a scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from edge.config import Driver, KioskConfig, Language
from edge.core.reasons import Reason
from edge.flows.screen import CardKind
from edge.kiosk import create
from tests.browser.conftest import Served, in_every_language, picture
from tests.browser.keys import by_hand, scan
from tests.browser.test_every_screen import CONTRASTS, MM_PER_PX, WHAT_DOES_NOT_FIT
from tests.edge.kiosk.fakes import card, config, refusal, stage
from tests.edge.kiosk.serving import free_port, serving

CODE = "48130962"
KEYS = "1234567890"
KEY_SIZES = """keys => keys.map((key) => key.getBoundingClientRect())
  .map((box) => Math.min(box.width, box.height))"""
TYPED_WHILE_BUSY = """(digits) => {
  let at = performance.now();
  for (const code of [...digits.map((digit) => `Digit${digit}`), 'Enter']) {
    const event = new KeyboardEvent('keydown', {code, bubbles: true, cancelable: true});
    Object.defineProperty(event, 'timeStamp', {value: at += 60});
    window.dispatchEvent(event);
  }
}"""
"""Keys 60 ms apart by their own time, all handled in one go: no timer runs between them."""
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


def open_keypad(page: Page, served: Served, language: Language = Language.ZH_HANT) -> None:
    page.goto(f"{served.url}/?language={language.value}")
    settle(page)
    page.click('a[href="/?view=code"]')
    page.wait_for_selector("#code")
    settle(page)


def settle(page: Page) -> None:
    """Taps right after a change are ignored."""
    page.wait_for_timeout(350)


def tap(page: Page, keys: str) -> None:
    for key in keys:
        page.click(f"[data-key='{key}']")


def slots(page: Page) -> list[str]:
    return page.locator(".slots span").all_inner_texts()


def comes(page: Page, is_true: Callable[[], bool]) -> None:
    for _ in range(100):
        if is_true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("never came")


@in_every_language(quick=Language.ZH_HANS)
def test_every_key_is_twenty_millimetres_and_nothing_is_cut_off(
    page: Page, served: Served, language: Language
) -> None:
    open_keypad(page, served, language)

    for key in [*KEYS, "clear", "back"]:
        box = page.locator(f"[data-key='{key}']").bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) * MM_PER_PX >= 19.95, key
    tap(page, CODE[:4])
    assert page.evaluate(WHAT_DOES_NOT_FIT) == []
    assert page.evaluate(CONTRASTS) == []
    picture(page, f"code.{language.value}")


@pytest.mark.parametrize(
    ("width", "height", "mm_per_px"),
    [(800, 480, 0.193), (720, 1280, 0.121), (1920, 1080, 0.179)],
    ids=["7-inch", "7-inch-upright", "15-inch"],
)
def test_keys_stay_as_large_as_fingers_on_other_panels(
    page: Page, width: int, height: int, mm_per_px: float
) -> None:
    port = free_port()
    real = replace(config(driver=Driver.GPIO), kiosk=KioskConfig(port, mm_per_px))
    page.set_viewport_size({"width": width, "height": height})
    with serving(create(stage(real, port=port).parts), port):
        for language in Language:
            page.goto(f"http://127.0.0.1:{port}/?view=code&language={language.value}")
            keys = page.locator("[data-key]").evaluate_all(KEY_SIZES)
            assert len(keys) == 12
            assert min(keys) * mm_per_px >= 19.95
            assert page.evaluate(WHAT_DOES_NOT_FIT) == []
            picture(page, f"code-{width}.{language.value}")


def test_news_do_not_swallow_the_tap_on_the_keypad(page: Page, served: Served) -> None:
    page.goto(served.url)
    settle(page)

    def late(route: Route) -> None:
        served.on.news.bump()
        page.wait_for_timeout(300)
        route.continue_()

    page.route("**/screen?view=code", late)
    page.click('a[href="/?view=code"]')

    expect(page.locator("#code")).to_be_visible()


@in_every_language(quick=Language.EN)
def test_a_locked_keypad_says_for_how_long_and_that_scanning_works(
    page: Page, served: Served, language: Language
) -> None:
    served.on.counter.locked = 480
    page.goto(f"{served.url}/?language={language.value}&view=code")

    expect(page.locator("#screen h1")).to_contain_text("8")
    assert page.locator("[data-key]").count() == 0
    assert page.evaluate(WHAT_DOES_NOT_FIT) == []
    picture(page, f"code-locked.{language.value}")


def test_ten_taps_from_the_idle_screen_to_the_door(page: Page, served: Served) -> None:
    open_keypad(page, served)
    assert page.locator("#confirm").is_disabled()
    tap(page, CODE[:7])
    assert page.locator("#confirm").is_disabled()
    tap(page, CODE[7])
    served.on.counter.show(card(CardKind.OPENING))

    page.click("#confirm")

    expect(page.locator(".number")).to_have_text("7")
    assert served.on.counter.codes == [CODE]
    assert CODE not in page.content()
    assert CODE not in page.url


def test_a_digit_hides_itself_after_two_seconds(page: Page, served: Served) -> None:
    page.clock.install(time=MIDNIGHT)
    page.goto(f"{served.url}/?view=code")
    page.clock.pause_at(MIDNIGHT + timedelta(seconds=40))
    tap(page, "48")
    assert slots(page)[:3] == ["4", "8", ""]

    page.clock.fast_forward(2_100)
    tap(page, "1")

    assert slots(page)[:4] == ["•", "•", "1", ""]


def test_a_wrong_digit_is_taken_back_and_all_of_them_cleared(page: Page, served: Served) -> None:
    open_keypad(page, served)
    tap(page, "48")
    page.click("[data-key='back']")
    tap(page, "7")
    assert page.locator("[name=code]").input_value() == "47"

    page.click("[data-key='clear']")

    assert page.locator("[name=code]").input_value() == ""


def test_a_number_pad_types_and_enter_confirms(page: Page, served: Served) -> None:
    open_keypad(page, served)

    by_hand(page, CODE)

    comes(page, lambda: served.on.counter.codes == [CODE])
    assert served.on.counter.scans == []


def test_a_quick_typist_at_a_busy_kiosk_loses_no_digit(page: Page, served: Served) -> None:
    open_keypad(page, served)

    page.evaluate(TYPED_WHILE_BUSY, list(CODE))

    comes(page, lambda: served.on.counter.codes == [CODE])


def test_enter_before_the_eighth_digit_sends_nothing(page: Page, served: Served) -> None:
    open_keypad(page, served)

    by_hand(page, CODE[:6])
    page.wait_for_timeout(300)

    assert served.on.counter.codes == []
    assert page.locator("[name=code]").input_value() == CODE[:6]


def test_a_scan_on_the_keypad_is_a_scan(page: Page, served: Served) -> None:
    open_keypad(page, served)
    tap(page, "48")
    served.on.counter.show(card(CardKind.OPENING))

    scan(page, "PP1ABCDEF12345678")

    comes(page, lambda: served.on.counter.scans == ["PP1ABCDEF12345678"])
    expect(page.locator(".number")).to_have_text("7")
    assert served.on.counter.codes == []


def test_other_peoples_doors_do_not_take_the_keypad_away(page: Page, served: Served) -> None:
    open_keypad(page, served)
    tap(page, "4813")

    served.on.counter.show(card(CardKind.DONE))
    page.wait_for_timeout(500)

    assert page.locator("[name=code]").input_value() == "4813"


def test_another_language_keeps_what_was_typed(page: Page, served: Served) -> None:
    open_keypad(page, served)
    tap(page, "4813")

    page.click('a[lang="en"]')

    expect(page.locator("#screen h1")).to_contain_text("8-digit")
    assert page.locator("[name=code]").input_value() == "4813"


def test_the_keypad_goes_after_a_minute_and_forgets_the_digits(page: Page, served: Served) -> None:
    page.clock.install()
    page.goto(f"{served.url}/?view=code")
    page.clock.fast_forward(1_000)
    tap(page, "4813")
    page.clock.fast_forward(59_000)
    assert page.locator("#code").count() == 1
    page.clock.fast_forward(1_200)
    expect(page.locator("#screen h1")).to_contain_text("請出示")
    page.clock.fast_forward(1_000)

    page.click('a[href="/?view=code"]')
    page.wait_for_selector("#code")

    assert page.locator("[name=code]").input_value() == ""


def test_a_wrong_code_can_be_entered_again_at_once(page: Page, served: Served) -> None:
    served.on.counter.show(refusal(Reason.WRONG_CODE))
    page.goto(served.url)
    settle(page)

    page.click('a[href="/?view=code"]')

    expect(page.locator("#code")).to_be_visible()


def test_without_scripts_the_code_is_typed_into_a_field(page: Page, served: Served) -> None:
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{served.url}/?view=code")

    page.fill("[name=code]", "4813-0962")
    page.click("#confirm")

    comes(page, lambda: served.on.counter.codes == ["4813-0962"])
    assert page.url == f"{served.url}/code"
