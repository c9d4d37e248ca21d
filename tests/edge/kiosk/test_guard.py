"""Who may talk to the pages, and what every answer carries."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from edge.errors import CommitUnknown, StoreBusy
from edge.flows.health import Status, Subsystem
from edge.flows.screen import Screen
from tests.edge.kiosk.conftest import browse
from tests.edge.kiosk.fakes import FakeCounter, Stage, stage


@pytest.mark.parametrize(
    "host", ["evil.example:8080", "127.0.0.1", "127.0.0.1:81", "localhost.evil:8080", ""]
)
@pytest.mark.parametrize("path", ["/", "/healthz", "/static/js/live.js", "/nowhere"])
def test_a_foreign_host_is_misdirected(browser: FlaskClient, host: str, path: str) -> None:
    assert browser.get(path, headers={"Host": host}).status_code == 421


def test_localhost_is_this_machine_too(browser: FlaskClient) -> None:
    assert browser.get("/", headers={"Host": "localhost:8080"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:8081"},
        {"Origin": "https://127.0.0.1:8080"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/scan", "/answer", "/simulator/line", "/leader/sign-in"])
def test_a_post_from_another_site_is_forbidden(
    kiosk: Stage, browser: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    answer = browser.post(
        path, data={"text": "PP1", "position": "1", "took": "yes"}, headers=headers
    )

    assert answer.status_code == 403
    assert kiosk.counter.scans == []
    assert kiosk.counter.answers == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_our_own_page_and_programs_may_post(
    kiosk: Stage, browser: FlaskClient, headers: dict[str, str]
) -> None:
    assert browser.post("/scan", data={"text": "PP1"}, headers=headers).status_code == 200
    assert kiosk.counter.scans == ["PP1"]


def test_another_site_may_link_here_but_not_listen_or_embed(browser: FlaskClient) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    script = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}

    assert browser.get("/", headers=link).status_code == 200
    assert browser.get("/live", headers=script).status_code == 403


@pytest.mark.parametrize("path", ["/", "/screen", "/leader/", "/simulator", "/healthz", "/nowhere"])
def test_every_answer_forbids_scripts_frames_and_memory(browser: FlaskClient, path: str) -> None:
    headers = browser.get(path).headers

    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/leader/", "/simulator", "/?view=help"])
def test_no_page_carries_a_script_or_a_style_of_its_own(browser: FlaskClient, path: str) -> None:
    page = browser.get(path).text

    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert " on" + "click" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_an_unknown_page_is_a_plain_sentence(browser: FlaskClient) -> None:
    page = browser.get("/nowhere")
    wrong_verb = browser.get("/scan")

    assert page.status_code == 404
    assert "這裡沒有這個頁面" in page.text
    assert wrong_verb.status_code == 405


def test_a_program_gets_its_failure_as_json(browser: FlaskClient) -> None:
    answer = browser.get("/nowhere?language=en", headers={"Accept": "application/json"})

    assert (answer.status_code, json.loads(answer.text)["status"]) == (404, 404)


class Broken(FakeCounter):
    def __init__(self, on: Stage, error: Exception) -> None:
        super().__init__(on.news)
        self.error = error

    def screen(self) -> Screen:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StoreBusy("The store did not answer.", "Try again."), 503),
        (CommitUnknown("The commit raised.", "The kiosk restarts."), 503),
        (RuntimeError("a fault of ours with /a/path"), 500),
    ],
)
def test_a_failure_inside_says_who_helps_and_tells_no_secrets(
    kiosk: Stage, error: Exception, status: int
) -> None:
    broken = replace(stage(), parts=replace(kiosk.parts, counter=Broken(kiosk, error)))

    page = browse(broken).get("/")

    assert page.status_code == status
    assert "機器暫停服務" in page.text
    assert "請找團長" in page.text
    assert str(error) not in page.text


def test_health_says_who_this_is_and_whether_the_page_lives(
    browser: FlaskClient, kiosk: Stage
) -> None:
    pages = json.loads(browser.get("/healthz").text)["subsystems"]["pages"]
    assert pages == {"status": "ok", "live_streams": 0, "page_seen_seconds_ago": None}
    browser.get("/screen")
    kiosk.clock.ticks += 7

    health = json.loads(browser.get("/healthz").text)

    assert (health["point_id"], health["simulated"]) == ("zhonghe-3", True)
    assert health["subsystems"]["pages"]["page_seen_seconds_ago"] == 7.0
    assert (health["status"], health["subsystems"]["pages"]["status"]) == ("degraded", "degraded")


def test_only_a_point_that_can_record_nothing_answers_503(kiosk: Stage) -> None:
    def answer(store: Status, line: Status) -> tuple[int, str]:
        parts = {"store": Subsystem(store), "line": Subsystem(line)}
        told = browse(replace(kiosk, parts=replace(kiosk.parts, health=lambda: parts)))
        page = told.get("/healthz")
        return page.status_code, json.loads(page.text)["status"]

    assert answer(Status.OK, Status.OK) == (200, "ok")
    assert answer(Status.OK, Status.FAILING) == (200, "degraded")
    assert answer(Status.FAILING, Status.OK) == (503, "failing")


def test_metrics_are_served_as_text_where_there_are_any(kiosk: Stage) -> None:
    assert browse(kiosk).get("/metrics").status_code == 404
    some = replace(kiosk, parts=replace(kiosk.parts, metrics=lambda: b"pickup_doors 24.0\n"))

    answer = browse(some).get("/metrics")

    assert (answer.text, answer.mimetype) == ("pickup_doors 24.0\n", "text/plain")


def test_the_page_and_all_it_loads_stay_light(browser: FlaskClient) -> None:
    loads = ["/", "/scale.css", "/static/css/base.css", "/static/css/customer.css"]
    loads += [f"/static/js/{name}.js" for name in ("customer", "live", "wedge")]

    weight = 0
    for path in loads:
        with browser.get(path) as answer:
            weight += len(answer.data)

    assert weight < 300_000
