"""What a page did, told as it happens: pytest shows it with a test that fails."""

from __future__ import annotations

import sys
import time

from playwright.sync_api import Page, Request

TELL_TAPS_AND_SCREENS = """
for (const name of ["pointerdown", "click", "submit"]) {
  addEventListener(name, (event) => console.log(name, event.target.className), { capture: true });
}
new MutationObserver((changes) => {
  if (changes.some((change) => change.target.id === "host")) {
    const stage = document.querySelector(".stage");
    console.log(stage === window.lastStage ? "same" : "new", stage?.parentNode.className);
    window.lastStage = stage;
  }
}).observe(document, { subtree: true, childList: true });
"""


def watch(page: Page) -> None:
    """Tell its taps, exchanged screens, and what it asked and was answered."""
    page.add_init_script(TELL_TAPS_AND_SCREENS)
    page.on("console", lambda message: _say(message.text))
    page.on("response", lambda answer: _say(f"{answer.status} for {_named(answer.request)}"))
    page.on("requestfailed", lambda request: _say(f"{request.failure} for {_named(request)}"))


def _named(request: Request) -> str:
    return f"{request.method} {request.url}"


def _say(what: str) -> None:
    sys.stdout.write(f"{time.monotonic():.2f} {what}\n")
