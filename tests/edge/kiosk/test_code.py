"""What the keypad may post, and what its page says."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from edge.core.reasons import Reason
from edge.flows.counter import ScanOutcome, ScanResult
from edge.flows.screen import CardKind
from tests.edge.kiosk.fakes import GALLERY, Stage, card, refusal

JSON = {"Accept": "application/json"}


def test_a_program_gets_the_outcome_of_a_code_as_json(kiosk: Stage, browser: FlaskClient) -> None:
    answer = browser.post("/code", data={"code": "4813-0962"}, headers=JSON)

    assert answer.json == {
        "outcome": "released",
        "reason": None,
        "order_id": "TW-20261123-0007",
        "places": ["7"],
    }
    assert kiosk.counter.codes == ["4813-0962"]


def test_a_browser_gets_the_screen_without_the_digits(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.show(card(CardKind.OPENING))

    answer = browser.post("/code", data={"code": "48130962"})

    assert "7 號櫃開啟中" in answer.text
    assert "48130962" not in answer.text


def test_a_wrong_code_is_an_ordinary_answer(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.result = ScanResult(ScanOutcome.REFUSED, Reason.WRONG_CODE)

    answer = browser.post("/code", data={"code": "00000000"}, headers=JSON)

    assert (answer.status_code, answer.json["reason"]) == (200, "wrong_code")  # type: ignore[index] # it is JSON


def test_ten_megabytes_are_no_code(kiosk: Stage, browser: FlaskClient) -> None:
    assert browser.post("/code", data={"code": "4" * 10_000_000}).status_code == 413
    assert kiosk.counter.codes == [""]


@pytest.mark.parametrize("name", ["idle", "refused-wrong_code", "refused-not_a_pass", "open"])
def test_the_keypad_is_one_tap_away(kiosk: Stage, browser: FlaskClient, name: str) -> None:
    kiosk.counter.show(*GALLERY[name])

    assert 'href="/?view=code"' in browser.get("/").text


def test_the_keypad_ends_by_itself_after_a_minute(kiosk: Stage, browser: FlaskClient) -> None:
    page = browser.get("/?view=code").text

    assert 'data-expires="60.00"' in page
    assert page.count("data-key=") == 12


def test_a_locked_keypad_has_no_keys_and_comes_back(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.locked = 60

    page = browser.get("/?view=code").text

    assert "請等 60 秒" in page
    assert "掃描取貨 QR Code 仍可照常取貨" in page
    assert "data-key=" not in page
    assert 'data-expires="60.00"' in page


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 秒"), (60, "60 秒"), (120, "2 分鐘"), (421, "8 分鐘")]
)
def test_a_refusal_says_how_long_to_wait(
    kiosk: Stage, browser: FlaskClient, seconds: int, words: str
) -> None:
    kiosk.counter.show(refusal(Reason.KEYPAD_LOCKED, wait_seconds=seconds))

    assert f"請等 {words}" in browser.get("/").text


@pytest.mark.parametrize(("now", "meant"), [("yes", True), ("no", False)])
def test_a_tap_takes_the_other_orders_too(
    kiosk: Stage, browser: FlaskClient, now: str, *, meant: bool
) -> None:
    answer = browser.post("/siblings", data={"number": "7", "now": now})

    assert answer.status_code == 303
    assert kiosk.counter.siblings == [(7, meant)]


@pytest.mark.parametrize(
    "fields", [{}, {"number": "7"}, {"number": "x", "now": "no"}, {"number": "7", "now": "maybe"}]
)
def test_a_tap_that_nobody_can_make_does_nothing(
    kiosk: Stage, browser: FlaskClient, fields: dict[str, str]
) -> None:
    assert browser.post("/siblings", data=fields).status_code == 400
    assert kiosk.counter.siblings == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("open-siblings", ["您還有 2 筆訂單在這裡", "3 袋", "一起取"]),
        ("open-siblings-wanted", ["接著還有 2 筆", "現在就取下一筆"]),
        ("open-siblings-due", ["另有 1 筆待付款", "請找團長"]),
        ("refused-already_collected-siblings", ["10:32", "您還有 2 筆訂單在這裡"]),
        ("done-orders", ["3 袋", "常溫 2", "冷凍 1"]),
        ("done-one-stuck", ["這筆已完成取貨", "3 袋", "常溫 2", "冷凍 1"]),
        ("done-siblings", ["這筆已完成取貨", "您還有 1 筆訂單在這裡"]),
    ],
)
def test_a_card_says_what_else_waits_here(
    kiosk: Stage, browser: FlaskClient, name: str, words: list[str]
) -> None:
    kiosk.counter.show(*GALLERY[name])

    page = browser.get("/").text

    assert [word for word in words if word not in page] == []


def test_a_card_says_once_who_helps(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.show(*GALLERY["refused-payment_due-siblings"])

    stage = browser.get("/").text.partition("<main")[2].partition("</main>")[0]

    assert "另有 1 筆待付款" in stage
    assert stage.count("請找團長") == 1


def test_one_filled_button_a_screen(kiosk: Stage, browser: FlaskClient) -> None:
    for name, cards in GALLERY.items():
        kiosk.counter.show(*cards)
        stage = browser.get("/").text.split("<main")[1].split("</main>")[0]
        assert stage.count('class="button go"') <= 1, name
