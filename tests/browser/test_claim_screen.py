"""A device that is no point yet, on both panels: all of it can be read, and it goes by itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page

from edge.config import Language
from edge.core.claim import qr_text
from edge.kiosk import create
from tests.browser.conftest import picture
from tests.browser.test_every_screen import CONTRASTS, MM_PER_PX, WHAT_DOES_NOT_FIT
from tests.edge.kiosk.claims import CLAIMS, CODE, MARK, ONE_OF_EACH, ClaimStage
from tests.edge.kiosk.fakes import stage
from tests.edge.kiosk.serving import free_port, serving

PANELS = {"": (1280, 800), "-800": (800, 480)}
SIZE = "parseFloat(getComputedStyle(document.querySelector('.named .code')).fontSize)"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def device(tmp_path: Path, port: int) -> Iterator[ClaimStage]:
    device = ClaimStage(tmp_path, port)
    with serving(device.app, port):
        yield device


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    "names",
    [list(ONE_OF_EACH), pytest.param(list(CLAIMS), marks=pytest.mark.slow)],
    ids=["one-of-each", "all"],
)
def test_it_fits_both_panels_and_is_easy_to_read(
    page: Page, device: ClaimStage, port: int, language: Language, names: list[str]
) -> None:
    for suffix, (width, height) in PANELS.items():
        page.set_viewport_size({"width": width, "height": height})
        for name in names:
            device.say(CLAIMS[name])
            page.goto(f"http://127.0.0.1:{port}/?language={language.value}")
            assert page.evaluate(WHAT_DOES_NOT_FIT) == [], name
            assert page.evaluate(CONTRASTS) == [], name
            picture(page, f"claim-{name}{suffix}.{language.value}")


def test_the_code_is_large(page: Page, device: ClaimStage, port: int) -> None:
    device.say(CLAIMS["waiting"])
    page.goto(f"http://127.0.0.1:{port}/")

    assert page.evaluate(SIZE) * MM_PER_PX >= 16


def test_a_camera_reads_the_qr_off_the_small_panel(
    page: Page, device: ClaimStage, port: int
) -> None:
    page.set_viewport_size({"width": 800, "height": 480})
    device.say(CLAIMS["waiting"])
    page.goto(f"http://127.0.0.1:{port}/")

    photo = Image.open(io.BytesIO(page.screenshot())).convert("L")

    assert [read.text for read in zxingcpp.read_barcodes(photo)] == [qr_text(CODE, MARK)]


def test_a_new_code_comes_by_itself(page: Page, device: ClaimStage, port: int) -> None:
    device.say(CLAIMS["unreached"])
    page.goto(f"http://127.0.0.1:{port}/?language=en")
    page.wait_for_selector("text=The cloud is not reached")

    device.say(CLAIMS["waiting"])

    page.wait_for_selector(f"text={CODE}")
    assert page.evaluate(WHAT_DOES_NOT_FIT) == []


def test_the_screen_goes_by_itself_when_the_device_is_a_point(
    page: Page, tmp_path: Path, port: int
) -> None:
    device = ClaimStage(tmp_path, port)
    with serving(device.app, port):
        device.say(CLAIMS["waiting"])
        page.goto(f"http://127.0.0.1:{port}/?language=zh-Hans")
        page.wait_for_selector(f"text={CODE}")

    with serving(create(stage(port=port).parts), port):
        page.wait_for_selector("#screen.idle")
        assert page.url == f"http://127.0.0.1:{port}/"
