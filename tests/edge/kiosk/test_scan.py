"""What a scan, a tap and a program may post."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from edge.core.reasons import Reason
from edge.flows.counter import ScanOutcome, ScanResult
from edge.flows.screen import CardKind
from tests.edge.kiosk.fakes import Stage, card, refusal

JSON = {"Accept": "application/json"}


def test_a_program_gets_the_outcome_as_json(kiosk: Stage, browser: FlaskClient) -> None:
    answer = browser.post("/scan", data={"text": "PP1ABC"}, headers=JSON)

    assert answer.status_code == 200
    assert answer.json == {
        "outcome": "released",
        "reason": None,
        "order_id": "TW-20261123-0007",
        "places": ["7"],
    }
    assert kiosk.counter.scans == ["PP1ABC"]


def test_a_browser_gets_the_screen(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.show(card(CardKind.OPENING))

    answer = browser.post("/scan", data={"text": "PP1ABC"})

    assert answer.status_code == 200
    assert "7 號櫃開啟中" in answer.text


def test_a_refusal_is_an_ordinary_answer(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.result = ScanResult(ScanOutcome.REFUSED, Reason.NOT_ARRIVED, "TW-7", ())

    answer = browser.post("/scan", data={"text": "PP1ABC"}, headers=JSON)

    assert (answer.status_code, json.loads(answer.text)["reason"]) == (200, "not_arrived")


def test_ten_megabytes_are_not_a_pass_and_are_counted(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.result = ScanResult(ScanOutcome.REFUSED, Reason.NOT_A_PASS, None, ())
    kiosk.counter.show(refusal(Reason.NOT_A_PASS))

    answer = browser.post("/scan", data={"text": "A" * 10_000_000})

    assert answer.status_code == 413
    assert "這不是這裡的取貨碼" in answer.text
    assert kiosk.counter.scans == [""]


@pytest.mark.parametrize(
    "text", ["", "\x00\x1b[2J", "https://example.com/?a=<b>", "王小明", "\ud83d"]
)
def test_any_text_goes_the_one_way(kiosk: Stage, browser: FlaskClient, text: str) -> None:
    answer = browser.post("/scan", data={"text": text.encode("utf-8", "replace")}, headers=JSON)

    assert answer.status_code == 200
    assert len(kiosk.counter.scans) == 1


def test_a_post_without_any_field_is_a_scan_of_nothing(kiosk: Stage, browser: FlaskClient) -> None:
    assert browser.post("/scan", headers=JSON).status_code == 200
    assert kiosk.counter.scans == [""]


def test_the_customers_answers_reach_the_counter(kiosk: Stage, browser: FlaskClient) -> None:
    browser.post("/answer", data={"position": "41", "took": "yes"})
    browser.post("/answer", data={"position": "42", "took": "no"})
    browser.post("/reopen", data={"position": "43"})

    assert kiosk.counter.answers == [(41, True), (42, False)]
    assert kiosk.counter.reopened == [43]


@pytest.mark.parametrize("position", ["", "x", "-1", "4e1", "٤", "9" * 30])
def test_a_position_that_is_none_is_not_accepted(
    kiosk: Stage, browser: FlaskClient, position: str
) -> None:
    assert browser.post("/answer", data={"position": position, "took": "yes"}).status_code == 400
    assert browser.post("/reopen", data={"position": position}).status_code == 400
    assert kiosk.counter.answers == []
    assert kiosk.counter.reopened == []


def test_an_answer_is_yes_or_no(kiosk: Stage, browser: FlaskClient) -> None:
    assert browser.post("/answer", data={"position": "41", "took": "maybe"}).status_code == 400
    assert kiosk.counter.answers == []
