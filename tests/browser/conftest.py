"""Chromium in front of a kiosk; every picture it takes goes to test-output/screens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from edge.config import Language
from edge.kiosk import create
from tests.browser.point import Evening, begin_evening
from tests.browser.witness import watch
from tests.edge.kiosk.fakes import PIN, Stage, stage
from tests.edge.kiosk.serving import free_port, serving
from tests.stack import Stack

SCREENS = Path(__file__).resolve().parents[2] / "test-output" / "screens"
QUIET = (
    "--no-sandbox",  # a container's root has no other way; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PANEL: ViewportSize = {"width": 1280, "height": 800}
PATIENCE_MS = 60_000


def in_every_language(quick: Language) -> pytest.MarkDecorator:
    """A test in one language where time is short, in the others among the slow ones."""
    others = [
        pytest.param(language, marks=pytest.mark.slow) for language in Language if language != quick
    ]
    return pytest.mark.parametrize("language", [quick, *others])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium-headless-shell")
    if program is None:
        pytest.skip("no Chromium: apt-get install chromium-headless-shell fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page of the panel's size; it must ask nobody but this machine, and break nothing."""
    context = chromium.new_context(viewport=PANEL, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    asked: set[str] = set()
    broken: list[str] = []
    page.on("request", lambda request: asked.add(request.url))
    page.on("pageerror", lambda error: broken.append(str(error)))
    watch(page)
    yield page
    context.close()
    assert [url for url in asked if not url.startswith("http://127.0.0.1:")] == []
    assert broken == []


class Served:
    """The pages in front of a fake counter: any screen can be put on show."""

    def __init__(self, on: Stage, url: str, app: Flask) -> None:
        self.on, self.url, self.app = on, url, app


@pytest.fixture
def served() -> Iterator[Served]:
    port = free_port()
    on = stage(port=port)
    app = create(on.parts)
    with serving(app, port):
        yield Served(on, f"http://127.0.0.1:{port}", app)


@pytest.fixture(scope="session")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    """One real point with its cloud, goods put away; tests take one order after the other."""
    stack = Stack(tmp_path_factory.mktemp("point"))
    yield begin_evening(stack)
    stack.close()


def sign_in(page: Page, served: Served) -> None:
    """The leader enters the PIN."""
    page.goto(f"{served.url}/leader/")
    for digit in PIN:
        page.click(f"[data-key='{digit}']")
    page.click(".keypad .go")
    page.wait_for_selector(".tiles")


def picture(page: Page, name: str) -> None:
    """Keep what the page shows now."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png", animations="disabled")
