"""Customers and leader at a real kiosk, in three languages, on line and off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from edge.config import Language
from tests.browser.conftest import in_every_language, picture
from tests.browser.keys import scan
from tests.browser.point import Evening
from tests.stack import wait_until
from tests.story.books import PointBook
from tests.story.goods import today

OPEN = {"zh-Hant": "號櫃開了", "zh-Hans": "号柜开了", "en": "is open"}
DONE = {"zh-Hant": "取貨完成，謝謝", "zh-Hans": "取货完成，谢谢", "en": "All collected, thank you"}
IDLE = {"zh-Hant": "請出示", "zh-Hans": "请出示", "en": "Show your"}


@pytest.fixture(autouse=True)
def line_is_whole(evening: Evening) -> Iterator[None]:
    yield
    evening.stack.join_line()


def open_kiosk(page: Page, evening: Evening, language: str = "zh-Hant") -> None:
    page.goto(f"{evening.stack.kiosk_url}/?language={language}")
    expect(page.locator("#screen h1")).to_contain_text(IDLE[language], timeout=30_000)


def take_and_close(page: Page, evening: Evening, language: str) -> None:
    expect(page.locator("#screen.open h1")).to_contain_text(OPEN[language], timeout=30_000)
    place_id = page.locator(".number").inner_text()
    assert page.locator(".map .lit text").inner_html() == place_id
    picture(page, f"real-open.{language}")
    evening.shut(place_id)
    expect(page.locator("#screen h1")).to_have_text(DONE[language], timeout=30_000)
    picture(page, f"real-done.{language}")


@pytest.mark.parametrize("line", ["online", "offline"])
@in_every_language(quick=Language.ZH_HANT)
def test_a_customer_scans_takes_closes_and_leaves(
    page: Page, evening: Evening, language: str, line: str
) -> None:
    order_id, text = evening.at_doors.pop()
    if line == "offline":
        evening.stack.cut_line()
    open_kiosk(page, evening, language)
    if line == "offline":
        expect(page.locator(".pill")).to_be_visible(timeout=60_000)

    scan(page, text)
    take_and_close(page, evening, language)
    expect(page.locator("#screen h1")).to_contain_text(IDLE[language], timeout=30_000)

    evening.stack.join_line()
    wait_until(lambda: _collected(evening, order_id), f"{order_id} in the ledger")


def _collected(evening: Evening, order_id: str) -> bool:
    return any(
        row["event"]["type"] == "pickup.order.collected" and row["event"]["subject"] == order_id  # type: ignore[index] # JSON
        for row in evening.stack.ledger()
    )


def take_from_shelf(page: Page) -> None:
    """The bag with the blinking light, and a tap."""
    expect(page.locator("#screen h1")).to_contain_text("拿燈在閃的那一袋", timeout=30_000)
    picture(page, "real-shelf.zh-Hant")
    page.wait_for_timeout(400)  # taps right after a change are ignored
    page.click(".choice .go")


def test_a_pass_typed_in_small_letters_is_the_same_pass(page: Page, evening: Evening) -> None:
    _, text = evening.on_shelves.pop()
    open_kiosk(page, evening)

    scan(page, text.lower())

    take_from_shelf(page)
    expect(page.locator("#screen h1")).to_have_text(DONE["zh-Hant"], timeout=30_000)


def test_a_pasted_pass_is_a_scan(page: Page, evening: Evening) -> None:
    _, text = evening.on_shelves.pop()
    open_kiosk(page, evening)

    page.evaluate(
        """(text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData('text/plain', text);
          dispatchEvent(new ClipboardEvent('paste', {clipboardData}));
        }""",
        f" {text}\n",
    )

    take_from_shelf(page)
    expect(page.locator("#screen h1")).to_have_text(DONE["zh-Hant"], timeout=30_000)


def test_one_scan_leads_through_all_places_of_an_order(page: Page, evening: Evening) -> None:
    _, text = evening.of_three_zones
    open_kiosk(page, evening)

    scan(page, text)

    for done in range(3):
        expect(page.locator(".steps .done")).to_have_count(done, timeout=30_000)
        expect(page.locator(".open h1, .take_from_shelf h1")).to_be_visible(timeout=30_000)
        picture(page, f"real-place-{done + 1}-of-3.zh-Hant")
        place_id = page.locator(".number").inner_text()
        if page.locator(".choice").count():
            take_from_shelf(page)
        else:
            evening.shut(place_id)
    expect(page.locator("#screen h1")).to_have_text(DONE["zh-Hant"], timeout=30_000)
    expect(page.locator(".finish .line")).to_contain_text("3 袋")


def test_a_stuck_door_sends_to_the_leader_and_opens_once_repaired(
    page: Page, evening: Evening
) -> None:
    order_id, text = evening.at_doors.pop()
    with closing(PointBook(evening.stack.data, today())) as book:
        place_id = book.view(order_id).parcels[0].place_id or ""
    evening.break_lock(place_id, broken=True)
    open_kiosk(page, evening)

    scan(page, text)
    expect(page.locator(".not_opening h1")).to_contain_text("請輕推櫃門", timeout=30_000)
    picture(page, "real-not-opening.zh-Hant")
    expect(page.locator(".stuck h1")).to_contain_text("打不開", timeout=30_000)
    expect(page.locator(".statement")).to_contain_text("請找團長")
    picture(page, "real-stuck.zh-Hant")
    evening.break_lock(place_id, broken=False)
    scan(page, text)

    take_and_close(page, evening, "zh-Hant")


def test_rubbish_is_a_sentence_and_the_next_scan_wins(page: Page, evening: Evening) -> None:
    _, text = evening.on_shelves.pop()
    open_kiosk(page, evening)

    scan(page, "HTTPS4711")
    expect(page.locator("#screen h1")).to_have_text("這不是這裡的取貨碼", timeout=30_000)
    picture(page, "real-not-a-pass.zh-Hant")
    scan(page, text)

    take_from_shelf(page)
    expect(page.locator("#screen h1")).to_have_text(DONE["zh-Hant"], timeout=30_000)


def test_a_second_scan_within_the_grace_opens_again(page: Page, evening: Evening) -> None:
    _, text = evening.at_doors.pop()
    open_kiosk(page, evening)
    scan(page, text)
    take_and_close(page, evening, "zh-Hant")

    scan(page, text)

    take_and_close(page, evening, "zh-Hant")


def test_a_changed_language_keeps_the_pickup_on_screen(page: Page, evening: Evening) -> None:
    _, text = evening.on_shelves.pop()
    open_kiosk(page, evening)
    scan(page, text)
    expect(page.locator(".take_from_shelf h1")).to_be_visible(timeout=30_000)
    place_id = page.locator(".number").inner_text()
    page.wait_for_timeout(400)  # taps right after a change are ignored

    page.click("text=English")

    expect(page.locator("#screen h1")).to_contain_text(f"Go to shelf {place_id}")
    page.wait_for_timeout(400)
    page.click(".choice .go")
    expect(page.locator("#screen h1")).to_have_text(DONE["en"], timeout=30_000)


def test_the_leader_hands_over_to_somebody_without_a_phone(page: Page, evening: Evening) -> None:
    order_id, _ = evening.at_doors.pop()
    page.goto(f"{evening.stack.kiosk_url}/leader/")
    for digit in evening.stack.leader_pin():
        page.click(f"[data-key='{digit}']")
    page.click(".keypad .go")
    expect(page.locator(".tiles")).to_be_visible(timeout=30_000)
    picture(page, "real-leader-home.zh-Hant")
    page.click(".doors-nav .button >> nth=0")
    for digit in order_id[-3:]:
        page.click(f"[data-key='{digit}']")
    page.click(".keypad .go")
    page.locator(".rows a", has_text=order_id).click()
    picture(page, "real-leader-order.zh-Hant")

    page.hover("[data-hold][value=paper]")
    page.mouse.down()
    expect(page.locator(".notice")).to_contain_text("已記下人工確認取貨", timeout=30_000)
    page.mouse.up()
    page.click("text=回到客人畫面")

    take_and_close(page, evening, "zh-Hant")


def test_a_kiosk_that_is_gone_says_so_and_comes_back_by_itself(
    page: Page, evening: Evening
) -> None:
    open_kiosk(page, evening)

    evening.stack.kill("kiosk")
    expect(page.locator("#away")).to_be_visible(timeout=30_000)
    picture(page, "real-out-of-service.zh-Hant")
    evening.stack.start("kiosk")

    expect(page.locator("#away")).to_be_hidden(timeout=30_000)
    expect(page.locator("#screen h1")).to_contain_text(IDLE["zh-Hant"])
