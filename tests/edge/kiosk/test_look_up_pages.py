"""The leader's look-up: masked until asked, and a scan only ever searches."""

from __future__ import annotations

from dataclasses import replace

from flask.testing import FlaskClient

from edge.kiosk.leader_page import REFRESH_HEADER
from tests.edge.kiosk.fakes import BOARD, Stage, board_order
from tests.edge.kiosk.test_customer_screens import text_of
from tests.edge.kiosk.test_leader_pages import sign_in

A_PASS = "PP1" + "A" * 200


def test_three_digits_list_masked_rows_with_bags_item_place_and_state(
    browser: FlaskClient,
) -> None:
    sign_in(browser)

    page = browser.get("/leader/find?find=259").text

    assert page.count("/leader/order?") == 1
    row = text_of(page)
    for shown in ("王○明", "259", "鮮奶 936 ml", "TW-20261123-0007", "1 袋", "待取"):
        assert shown in row, shown
    assert "王小明" not in page


def test_a_row_that_only_its_number_led_to_says_so(browser: FlaskClient) -> None:
    sign_in(browser)

    assert "符合的是單號，不是手機" in text_of(browser.get("/leader/find?find=012").text)
    assert "符合的是單號" not in text_of(browser.get("/leader/find?find=259").text)


def test_without_a_text_the_names_initials_are_offered(browser: FlaskClient) -> None:
    sign_in(browser)

    page = browser.get("/leader/find").text

    assert "客人姓什麼？" in page
    assert 'href="/leader/find?find=%E9%99%B3"' in page
    assert "/leader/order?" not in page


def test_a_surname_that_many_have_asks_for_digits(browser: FlaskClient) -> None:
    sign_in(browser)

    page = browser.get("/leader/find?find=王").text

    assert page.count("/leader/order?") == len(BOARD.orders)
    assert "還有其他筆" in page


def test_names_are_whole_only_after_the_leader_asked_and_only_for_that_look_up(
    kiosk: Stage, browser: FlaskClient
) -> None:
    csrf = sign_in(browser)

    answer = browser.post("/leader/find/show", data={"csrf": csrf, "find": "259"})
    assert (answer.status_code, answer.location) == (303, "/leader/find?find=259")
    assert kiosk.desk.deeds == [("show_names", 1)]

    assert "王小明" in browser.get("/leader/find?find=259").text
    assert "王小明" in browser.get("/leader/find?find=259", headers={REFRESH_HEADER: "1"}).text
    assert (
        "王小明" in browser.get("/leader/order?issuer=fresh-market&order_id=TW-20261123-0007").text
    )
    assert "王小明" not in browser.get("/leader/find?find=296").text
    assert "王小明" not in browser.get("/leader/find?find=259").text


def test_showing_names_wants_the_sessions_own_form(kiosk: Stage, browser: FlaskClient) -> None:
    sign_in(browser)

    assert browser.post("/leader/find/show", data={"find": "259"}).status_code == 403
    assert kiosk.desk.deeds == []


def test_a_scanned_label_leads_to_its_order_and_hands_nothing_over(
    kiosk: Stage, browser: FlaskClient
) -> None:
    csrf = sign_in(browser)

    answer = browser.post("/leader/find/scan", data={"csrf": csrf, "text": "TW2026112300070C"})

    assert answer.location == "/leader/order?issuer=fresh-market&order_id=TW-20261123-0007"
    assert [deed[0] for deed in kiosk.desk.deeds] == ["scanned"]
    assert kiosk.counter.scans == []


def test_a_label_of_several_orders_lists_them(browser: FlaskClient) -> None:
    csrf = sign_in(browser)

    answer = browser.post("/leader/find/scan", data={"csrf": csrf, "text": "bag-1"})

    assert answer.location == "/leader/find?find=BAG1"


def test_a_pass_that_is_for_no_order_here_never_stands_in_an_address(browser: FlaskClient) -> None:
    csrf = sign_in(browser)

    answer = browser.post("/leader/find/scan", data={"csrf": csrf, "text": A_PASS})

    assert answer.location == "/leader/find"
    assert "這個取貨 QR Code 在這裡查不到訂單" in browser.get("/leader/find").text


def test_what_was_typed_is_shown_as_text(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.desk.now = replace(BOARD, orders=(board_order(7),))
    sign_in(browser)

    page = browser.get("/leader/find?find=%22%3E%3Cb%3E").text

    assert "找不到符合的訂單" in page
    assert "<b>" not in page.partition('id="find"')[2].partition(">")[0]
