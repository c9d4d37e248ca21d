"""Keys as scanners and people send them, at their own pace however busy the machine is."""

from __future__ import annotations

from playwright.sync_api import Page

SEND = """async ([keys, pause]) => {
  for (const [code, key] of [...keys, ['Enter', 'Enter']]) {
    const event = new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true});
    window.dispatchEvent(event);
    if (pause) await new Promise((done) => setTimeout(done, pause));
  }
}"""
HUMAN_MS = 120
SEND_SLOWLY = """async ([keys, gap, late]) => {
  let at = performance.now();
  for (const [index, [code, key]] of [...keys, ['Enter', 'Enter']].entries()) {
    if (index === late) await new Promise((done) => setTimeout(done, 150));
    at += gap;
    const event = new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true});
    Object.defineProperty(event, 'timeStamp', {value: at});
    window.dispatchEvent(event);
  }
}"""


def scan(page: Page, text: str) -> None:
    """One scanned code: fast keys, then Enter."""
    burst(page, [(_code_of(letter), letter) for letter in text])


def scan_slowly(page: Page, text: str, *, gap: float, late: int | None = None) -> None:
    """A scanner with `gap` milliseconds between its keys; before key `late` the page is busy."""
    page.evaluate(SEND_SLOWLY, [[[_code_of(letter), letter] for letter in text], gap, late])


def burst(page: Page, keys: list[tuple[str, str]]) -> None:
    """Keys by their place on the board and by what the layout makes of them; then Enter."""
    page.evaluate(SEND, [[list(key) for key in keys], 0])


def by_hand(page: Page, text: str) -> None:
    """A person types, and ends with Enter."""
    page.evaluate(SEND, [[[_code_of(letter), letter] for letter in text], HUMAN_MS])


def _code_of(letter: str) -> str:
    if letter == "-":
        return "Minus"
    return f"Digit{letter}" if letter.isdigit() else f"Key{letter.upper()}"
