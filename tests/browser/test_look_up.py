"""The look-up on the touchscreen: what is found follows the keys, and a scan is never typing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from edge.config import Language
from tests.browser.conftest import Served, sign_in
from tests.browser.keys import by_hand, scan, scan_slowly


def test_three_keys_find_the_order_and_two_touches_hand_it_over(page: Page, served: Served) -> None:
    sign_in(page, served)
    page.click(".find")

    for digit in "259":
        page.click(f"[data-key='{digit}']")
    expect(page.locator(".rows a")).to_have_count(1)
    page.click(".rows a")
    page.wait_for_url("**/leader/order?*")
    page.locator("[data-hold]").first.hover()
    page.mouse.down()
    page.wait_for_selector(".notice")
    page.mouse.up()

    (deed,) = served.on.desk.deeds
    assert (deed[0], deed[1].order_id) == ("hand_over", "TW-20261123-0007")  # type: ignore[attr-defined] # a fake's deed begins with its name


def test_rows_that_do_not_answer_all_keys_yet_take_no_tap(page: Page, served: Served) -> None:
    sign_in(page, served)
    page.goto(f"{served.url}/leader/find?find=25")
    found = page.locator("#found")
    expect(page.locator(".rows a")).to_have_count(1)
    page.route("**/leader/find?find=259", lambda route: route.abort(), times=1)

    with page.expect_request("**/leader/find?find=259") as asked:
        page.click("[data-key='9']")
    # Else it would take along the notice that the next page is to show.
    assert asked.value.headers["x-refresh"] == "1"
    expect(found).to_have_attribute("inert", "")
    page.wait_for_url("**/find?find=259")

    expect(found).not_to_have_attribute("inert", "")
    expect(page.locator(".rows a")).to_contain_text("王")


def test_a_late_answer_to_news_does_not_undo_what_was_typed_meanwhile(
    page: Page, served: Served
) -> None:
    sign_in(page, served)
    with page.expect_response("**/live"):
        page.goto(f"{served.url}/leader/find")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/leader/find", hold)
    with page.expect_request("**/leader/find"):
        served.on.news.bump()
    expect(page.locator(".initials a").first).to_be_visible()

    by_hand(page, "259")
    expect(page.locator(".rows a")).to_have_count(1)
    with page.expect_request("**/leader/find?find=259"):
        held[0].continue_()

    expect(page.locator(".rows a")).to_have_count(1)


def test_a_keyboard_types_into_the_look_up_and_clearing_brings_the_letters_back(
    page: Page, served: Served
) -> None:
    sign_in(page, served)
    page.goto(f"{served.url}/leader/find")

    by_hand(page, "259")
    page.wait_for_url("**/find?find=259")
    expect(page.locator(".rows a")).to_have_count(1)
    page.wait_for_load_state()
    page.click("[data-key='clear']")

    expect(page.locator(".initials a").first).to_contain_text("王")


def test_a_letter_then_digits_are_one_question(page: Page, served: Served) -> None:
    sign_in(page, served)
    page.goto(f"{served.url}/leader/find")

    page.click(".initials a")
    page.wait_for_url("**/find?find=*")
    page.click("[data-key='6']")

    expect(page.locator("#find")).to_have_value("王6")


def test_names_appear_after_two_seconds_of_holding(page: Page, served: Served) -> None:
    sign_in(page, served)
    page.goto(f"{served.url}/leader/find?find=259")

    page.locator("#found [data-hold]").click()
    expect(page.locator(".rows .name")).to_contain_text("王○明")
    page.locator("#found [data-hold]").hover()
    page.mouse.down()
    expect(page.locator(".rows .name")).to_contain_text("王小明")
    page.mouse.up()


def test_a_scanned_label_opens_its_order_from_any_leaders_page(page: Page, served: Served) -> None:
    sign_in(page, served)

    scan(page, "TW2026112300070C")

    page.wait_for_url("**/leader/order?*")
    assert served.on.desk.deeds == [("scanned", "TW2026112300070C")]
    assert served.on.counter.scans == []


def test_a_scan_leaves_nothing_in_the_look_ups_field(page: Page, served: Served) -> None:
    sign_in(page, served)
    page.goto(f"{served.url}/leader/find")

    scan(page, "PP1" + "A" * 60)

    expect(page.locator(".notice")).to_be_visible()
    assert page.locator("#find").input_value() == ""
    assert "PP1" not in page.url


@pytest.mark.parametrize("gap", [15, 30, 42])
@pytest.mark.parametrize("late", [None, 4])
def test_a_slow_scanner_is_a_scanner_and_no_key_of_it_becomes_a_search(
    page: Page, served: Served, gap: float, late: int | None
) -> None:
    sign_in(page, served)
    page.goto(f"{served.url}/leader/find")

    scan_slowly(page, "TW-20261123-0007-0C", gap=gap, late=late)

    page.wait_for_url("**/leader/order?*")
    assert served.on.desk.deeds == [("scanned", "TW2026112300070C")]


def test_enter_right_after_the_last_key_searches_for_all_of_them(
    page: Page, served: Served
) -> None:
    sign_in(page, served)
    page.goto(f"{served.url}/leader/find")

    scan_slowly(page, "259", gap=70)

    expect(page.locator("#find")).to_have_value("259")
    expect(page.locator(".rows li")).not_to_have_count(0)
    assert served.on.desk.deeds == []


def test_no_key_is_cut_off_on_the_smallest_panel(page: Page, served: Served) -> None:
    page.set_viewport_size({"width": 800, "height": 480})
    sign_in(page, served)
    for language in Language:
        page.goto(f"{served.url}/leader/")
        with page.expect_navigation():
            page.click(f".languages [value='{language.value}']")
        page.goto(f"{served.url}/leader/find")

        room = page.locator(".work").bounding_box()
        for key in page.locator(".finder button").all():
            box = key.bounding_box()
            assert box is not None
            assert room is not None
            assert box["y"] + box["height"] <= room["y"] + room["height"], language
