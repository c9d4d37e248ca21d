"""At a real kiosk with a real cloud: codes instead of phones, and one pass for several orders."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from edge.clock import SystemClock
from edge.config import Language
from edge.core.lock_out import Attempts
from edge.store import attempts
from edge.store.database import Writer
from tests.browser.conftest import in_every_language, picture
from tests.browser.keys import by_hand, scan
from tests.browser.point import Evening
from tests.browser.test_at_the_point import DONE, open_kiosk, take_and_close
from tests.stack import POINT, JsonObject, as_object, json_lines, wait_until
from tests.story.goods import HEADER, today


def code_of(evening: Evening, order_id: str) -> str:
    """What the platform tells its customer."""
    rows = json_lines(evening.stack.cloud("passes", "--point", POINT, "--json"))
    return next(str(row["pickup_code"]) for row in rows if row["order_id"] == order_id)


def closure_of(evening: Evening, order_id: str) -> JsonObject | None:
    events = (as_object(row["event"]) for row in evening.stack.ledger())
    return next(
        (
            as_object(event["data"])
            for event in events
            if event["type"] == "pickup.order.collected" and event["subject"] == order_id
        ),
        None,
    )


def settle(page: Page) -> None:
    """Taps right after a change are ignored."""
    page.wait_for_timeout(400)


def open_keypad(page: Page) -> None:
    settle(page)
    page.click('a[href="/?view=code"]')
    expect(page.locator("#code")).to_be_visible(timeout=30_000)
    settle(page)


def tap_in(page: Page, code: str) -> None:
    for digit in code:
        page.click(f"[data-key='{digit}']")
    page.click("#confirm")


@in_every_language(quick=Language.ZH_HANS)
def test_a_customer_with_a_dead_phone_types_eight_digits(
    page: Page, evening: Evening, language: str
) -> None:
    order_id, _ = evening.at_doors.pop()
    open_kiosk(page, evening, language)
    open_keypad(page)

    tap_in(page, code_of(evening, order_id))
    take_and_close(page, evening, language)

    wait_until(lambda: closure_of(evening, order_id) is not None, f"{order_id} in the ledger")
    closure = closure_of(evening, order_id)
    assert closure is not None
    assert (closure["trust"], closure["method"]) == ("C", "pickup_code")
    conflicts = evening.stack.cloud_orders()[order_id].get("conflicts", [])
    assert conflicts == []


def take_it(page: Page, evening: Evening) -> None:
    """Whatever the screen says: take the bag from the shelf, or out of the compartment."""
    expect(page.locator(".open h1, .take_from_shelf h1")).to_be_visible(timeout=30_000)
    settle(page)
    if page.locator(".choice").count():
        page.click(".choice .go")
    else:
        evening.shut(page.locator(".number").inner_text())


def two_orders_of_one_customer(evening: Evening) -> list[str]:
    """They are imported, pulled, received and put away."""
    day = today()
    order_ids = [f"E{day:%y%m%d}-{number}" for number in (1, 2)]
    rows = [
        f"{order_id},{POINT},林志明,777,{day},00:00,23:59,池上米 2kg,1,199,AMBIENT,M-2048"
        for order_id in order_ids
    ]
    file = evening.stack.data / "two-orders.csv"
    file.write_text("\n".join([f"{HEADER},customer_ref", *rows, ""]), encoding="utf-8")
    evening.stack.cloud("import", str(file), "--format", "csv")
    evening.stack.await_applied(32)
    evening.stack.leader().goods_are_here()
    return order_ids


def test_one_scan_gives_out_all_that_a_customer_ordered(page: Page, evening: Evening) -> None:
    first, second = two_orders_of_one_customer(evening)
    text = evening.stack.passes()[first]
    open_kiosk(page, evening)

    scan(page, text)
    expect(page.locator(".siblings")).to_contain_text("您還有 1 筆訂單在這裡", timeout=30_000)
    picture(page, "real-siblings.zh-Hant")
    settle(page)
    page.click(".siblings .button")
    expect(page.locator(".siblings")).to_contain_text("接著還有 1 筆", timeout=30_000)
    take_it(page, evening)
    expect(page.locator(".siblings")).to_have_count(0, timeout=30_000)
    take_it(page, evening)
    expect(page.locator("#screen h1")).to_have_text(DONE["zh-Hant"], timeout=30_000)

    wait_until(lambda: closure_of(evening, second) is not None, f"{second} in the ledger")
    closures = [closure_of(evening, one) for one in (first, second)]
    shown = [(one or {}).get("presented_for") for one in closures]
    assert shown == [None, first]
    assert [(one or {}).get("pass") for one in closures] == [text, text]
    states = evening.stack.cloud_orders()
    assert [states[one].get("conflicts", []) for one in (first, second)] == [[], []]


def locked_often_tonight(evening: Evening) -> None:
    """Guessers were here: the next lock is a quarter of an hour, longer than any restart."""
    clock = SystemClock()
    now = clock.now()
    known = Attempts(now.boot_id, (), now.boot_ns, lock_seconds=480)
    writer = Writer.open(evening.stack.data / "edge" / "edge.db", kind="edge")
    writer.call(lambda txn: attempts.keep(txn, attempts.CODE, known))
    writer.close()


def test_guessing_is_locked_out_and_a_power_cut_does_not_help(page: Page, evening: Evening) -> None:
    order_id, text = evening.at_doors.pop()
    right = code_of(evening, order_id)
    wrong = [f"{(int(right) + number) % 10**8:08d}" for number in range(1, 6)]
    kiosk = evening.stack
    kiosk.kill("kiosk")
    locked_often_tonight(evening)
    kiosk.start("kiosk")

    assert [kiosk.type_code(one)["reason"] for one in wrong[:4]] == ["wrong_code"] * 4
    kiosk.kill("kiosk")
    kiosk.start("kiosk")
    open_kiosk(page, evening)
    open_keypad(page)
    by_hand(page, wrong[4])
    expect(page.locator(".refused h1")).to_contain_text("請等 15 分鐘", timeout=30_000)
    picture(page, "real-keypad-locked.zh-Hant")

    kiosk.kill("kiosk")
    kiosk.start("kiosk")
    page.goto(f"{kiosk.kiosk_url}/?view=code")
    expect(page.locator("#screen h1")).to_contain_text("請等", timeout=30_000)
    assert page.locator("[data-key]").count() == 0
    refused = kiosk.type_code(right)
    assert (refused["outcome"], refused["reason"]) == ("refused", "keypad_locked")

    scan(page, text)
    take_and_close(page, evening, "zh-Hant")
    for code in (right, *wrong):
        assert places_with(code, kiosk.data) == []


def places_with(code: str, data: Path) -> list[Path]:
    """Which files of the point's half of the disk hold these digits."""
    folders = [data / name for name in ("edge", "sync")]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    files += [data / "log" / f"{part}.log" for part in ("kiosk", "sync")]
    return [file for file in files if code.encode() in file.read_bytes()]
