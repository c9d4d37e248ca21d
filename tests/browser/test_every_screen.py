"""Every screen on the panel: it fits, its controls are large enough, and a picture is kept."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import Page

from edge.config import Language
from edge.core.order import OrderState
from tests.browser.conftest import Served, in_every_language, picture, sign_in
from tests.edge.kiosk.fakes import BOARD, GALLERY, board_order

MM_PER_PX = 0.17
WHAT_DOES_NOT_FIT = """() => {
  const out = [];
  for (const item of document.querySelectorAll('#screen *, .desk *')) {
    const box = item.getBoundingClientRect();
    if (!box.width || item.closest('svg, .unseen, .rows, .walk, .work')) continue;
    if (box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1)
      out.push(item.tagName + '.' + item.className);
  }
  const stage = document.querySelector('.stage');
  const said = document.querySelector('.statement,.finish');
  if (said && said.offsetHeight > stage.clientHeight) out.push('taller than the stage');
  return out;
}"""
SMALLEST_CONTROL = """() => Math.min(...[...document.querySelectorAll('a,button')]
  .map((item) => item.getBoundingClientRect()).filter((box) => box.width)
  .map((box) => Math.min(box.height, box.width)))"""
CONTRASTS = """() => {
  const light = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const lum = (rgb) => [0.2126, 0.7152, 0.0722]
    .reduce((sum, w, i) => sum + w * light(rgb[i] / 255), 0);
  const parse = (text) => text.match(/[0-9.]+/g).map(Number);
  const ground = (item) => {
    for (; item; item = item.parentElement) {
      const rgb = parse(getComputedStyle(item).backgroundColor);
      if (rgb.length < 4 || rgb[3] > 0) return rgb;
    }
    return [250, 247, 241];
  };
  const weak = [];
  for (const item of document.querySelectorAll('#screen *, .desk *')) {
    const own = [...item.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || item.closest('svg, .unseen') || !item.getBoundingClientRect().width) continue;
    const [a, b] = [lum(parse(getComputedStyle(item).color)), lum(ground(item))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 7) weak.push(`${item.className || item.tagName} ${ratio.toFixed(1)}`);
  }
  return weak;
}"""


def show(page: Page, served: Served, name: str) -> None:
    served.on.counter.show(*GALLERY[name])
    page.wait_for_selector(f'#screen[data-version="{served.on.news.version}"]')


@in_every_language(quick=Language.EN)
def test_every_screen_fits_is_easy_to_read_and_has_large_controls(
    page: Page, served: Served, language: Language
) -> None:
    page.goto(f"{served.url}/?language={language.value}")
    for name in GALLERY:
        show(page, served, name)
        must_fit(page, name)
        assert page.evaluate(CONTRASTS) == [], name
        picture(page, f"{name}.{language.value}")


@in_every_language(quick=Language.EN)
def test_every_screen_fits_in_big_type(page: Page, served: Served, language: Language) -> None:
    page.goto(f"{served.url}/?language={language.value}&type=big")
    for name in GALLERY:
        show(page, served, name)
        must_fit(page, name)


def must_fit(page: Page, name: str) -> None:
    assert page.evaluate(WHAT_DOES_NOT_FIT) == [], name
    assert page.evaluate(SMALLEST_CONTROL) * MM_PER_PX >= 14.9, name


def test_the_number_of_the_compartment_is_forty_millimetres(page: Page, served: Served) -> None:
    page.goto(served.url)
    show(page, served, "open")

    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.number')).fontSize)")

    assert size * MM_PER_PX >= 40


LEADER_PAGES = {
    "home": "",
    "orders": "orders",
    "order-with-money-due": "order?issuer=fresh-market&order_id=TW-20261123-0006",
    "order-handed-over": "order?issuer=fresh-market&order_id=TW-20261123-0007",
    "order-of-nobody": "order?issuer=fresh-market&order_id=TW-20261123-0009",
    "find": "find",
    "found": "find?find=王",
    "found-by-number": "find?find=012",
    "maybe-opened": "maybe-opened",
    "doors": "doors",
    "places": "places",
    "cloud": "cloud",
}


@in_every_language(quick=Language.ZH_HANT)
def test_every_leader_page_fits_the_panel(page: Page, served: Served, language: Language) -> None:
    page.goto(f"{served.url}/?language={language.value}")
    page.goto(f"{served.url}/leader/")
    key = page.locator("[data-key='1']").bounding_box()
    assert key is not None
    assert min(key["width"], key["height"]) * MM_PER_PX >= 19.9
    picture(page, f"leader-pin.{language.value}")
    sign_in(page, served)
    handed_over = board_order(7, OrderState.RELEASED)
    nobodys = replace(board_order(9, name=""), phone_last3="", forgotten=True)
    orders = (board_order(6), handed_over, nobodys, *BOARD.orders[9:])
    served.on.desk.now = replace(BOARD, orders=orders)
    for name, address in LEADER_PAGES.items():
        page.goto(f"{served.url}/leader/{address}")
        assert page.evaluate(WHAT_DOES_NOT_FIT) == [], name
        picture(page, f"leader-{name}.{language.value}")
