"""The screen of a device that is no point yet says what to read out, or why there is nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image

from edge.core import claim
from edge.core.claim_notice import ClaimNotice, Obstacle, Ticket
from edge.kiosk.claim_code import draw
from edge.kiosk.claim_screen import WITHOUT_CODE
from tests.edge.kiosk.claims import CLAIMS, CLOUD, CODE, MARK, ClaimStage
from tests.edge.kiosk.conftest import Browser

NEAREST = Image.Resampling.NEAREST


@pytest.fixture
def stage(tmp_path: Path) -> ClaimStage:
    return ClaimStage(tmp_path)


@pytest.fixture
def browser(stage: ClaimStage) -> FlaskClient:
    stage.app.test_client_class = Browser
    return stage.app.test_client()


def page(browser: FlaskClient, language: str = "en") -> str:
    answer = browser.get("/", query_string={"language": language})
    assert answer.status_code == 200
    return answer.text


def test_code_and_fingerprint_are_there_to_be_read_out(
    stage: ClaimStage, browser: FlaskClient
) -> None:
    stage.say(CLAIMS["waiting"])

    shown = page(browser)

    assert CODE in shown
    assert re.findall(r"<span>([A-Z2-7]{4})</span>", shown) == MARK.split("-")
    assert draw(f"PC1-{CODE}-{MARK}").path in shown
    assert "Good for another 14 minutes" in shown
    assert "cloud.fresh-market.example" in shown
    assert "Offline" not in shown


def test_a_code_stays_on_show_while_the_line_is_away(
    stage: ClaimStage, browser: FlaskClient
) -> None:
    stage.say(CLAIMS["waiting-offline"])

    shown = page(browser)

    assert CODE in shown
    assert "Offline, keeps trying" in shown


@pytest.mark.parametrize(
    ("ticks", "boot_id"), [(1840.0, "boot"), (1841.0, "boot"), (3.0, "the boot before")]
)
def test_a_code_that_is_good_no_more_is_not_shown(
    stage: ClaimStage, browser: FlaskClient, ticks: float, boot_id: str
) -> None:
    stage.say(ClaimNotice(MARK, CLOUD, Ticket(CODE, boot_id, good_until=1840)))
    stage.clock.ticks = ticks

    shown = page(browser)

    assert CODE not in shown
    assert "A code is on its way" in shown


@pytest.mark.parametrize("obstacle", list(Obstacle))
def test_every_obstacle_says_what_happened_and_what_to_do(
    stage: ClaimStage, browser: FlaskClient, obstacle: Obstacle
) -> None:
    stage.say(ClaimNotice(MARK, CLOUD, None, obstacle))

    shown = page(browser).replace("&#39;", "'")

    for sentence in WITHOUT_CODE[obstacle]:
        assert sentence in shown


def test_every_obstacle_has_words() -> None:
    assert set(WITHOUT_CODE) == {None, *Obstacle}


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"fingerprint": "7QXM-K2PA-WD5F-3RNE"}',
        b'{"fingerprint": "<b>", "cloud": "https://cloud.example"}',
        b'{"fingerprint": "7QXM-K2PA-WD5F-3RNE", "cloud": "c", "obstacle": "aliens"}',
        b'{"fingerprint": "7QXM-K2PA-WD5F-3RNE", "cloud": "c", "ticket": {"code": "H7KM-4WQX"}}',
    ],
)
def test_a_file_that_no_agent_wrote_shows_no_code(
    stage: ClaimStage, browser: FlaskClient, rubbish: bytes
) -> None:
    stage.write(rubbish)

    assert "A code is on its way" in page(browser)


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-Hant", "這台機器還沒有開通"), ("zh-Hans", "本机尚未开通"), ("xx", "這台機器還沒有開通")],
)
def test_it_speaks_each_language(
    stage: ClaimStage, browser: FlaskClient, language: str, said: str
) -> None:
    stage.say(CLAIMS["waiting"])

    assert said in page(browser, language)


def test_every_other_address_leads_to_it(browser: FlaskClient) -> None:
    answer = browser.get("/leader/")

    assert (answer.status_code, answer.location) == (302, "/")


def test_programs_hear_that_it_is_no_point_yet(stage: ClaimStage, browser: FlaskClient) -> None:
    stage.say(CLAIMS["refused"])

    assert browser.get("/healthz").get_json() == {"status": "unclaimed", "obstacle": "refused"}


def test_no_foreign_page_sees_it(browser: FlaskClient) -> None:
    assert browser.get("/", headers={"Host": "elsewhere.example"}).status_code == 421


def test_a_reader_reads_the_qr() -> None:
    drawn = draw(f"PC1-{CODE}-{MARK}")
    picture = Image.new("L", (drawn.size, drawn.size), 255)
    for column, row in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawn.path):
        picture.putpixel((int(column), int(row)), 0)

    (read,) = zxingcpp.read_barcodes(picture.resize((drawn.size * 4, drawn.size * 4), NEAREST))

    assert claim.read_qr_text(read.text) == (CODE, MARK)
