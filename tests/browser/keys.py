"""Keys as scanners and people send them, at their own pace however busy the machine is."""

from __future__ import annotations

from playwright.sync_api import Page

SEND = """async ([keys, pause]) => {
  for (const [code, key] of [...keys, ['Enter', 'Enter']]) {
    const event = {code, key, bubbles: true, cancelable: true};
    window.dispatchEvent(new KeyboardEvent('keydown', event));
    if (pause) await new Promise((done) => setTimeout(done, pause));
  }
}"""
HUMAN_MS = 120


def scan(page: Page, text: str) -> None:
    """One scanned code: fast keys, then Enter."""
    burst(page, [(_code_of(letter), letter) for letter in text])


def burst(page: Page, keys: list[tuple[str, str]]) -> None:
    """Keys by their place on the board and by what the layout makes of them; then Enter."""
    page.evaluate(SEND, [[list(key) for key in keys], 0])


def by_hand(page: Page, text: str) -> None:
    """A person types, and ends with Enter."""
    page.evaluate(SEND, [[[_code_of(letter), letter] for letter in text], HUMAN_MS])


def _code_of(letter: str) -> str:
    return f"Digit{letter}" if letter.isdigit() else f"Key{letter.upper()}"
