"""The leader's pages: the way in, what each deed calls, the way out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from edge.config import Language
from edge.core.order import OrderRef
from edge.core.parked import ParkedFrom
from edge.core.trouble import UNREACHED, Trouble
from edge.core.view import AnnulReason
from edge.flows.board import ManualReason
from edge.kiosk.leader_page import REFRESH_HEADER
from edge.kiosk.sessions import IDLE_SECONDS, WARNING_SECONDS
from tests.edge.kiosk.conftest import browse
from tests.edge.kiosk.fakes import BOARD, PIN, WANG, Stage, board_order, config, stage
from tests.edge.kiosk.test_customer_screens import text_of

PAGES = ["", "goods", "places", "orders", "find", "find?find=259", "maybe-opened", "doors", "cloud"]
ORDER = f"order?issuer={WANG.issuer}&order_id={WANG.order_id}"


def sign_in(browser: FlaskClient) -> str:
    """Give the PIN; returns the session's CSRF token."""
    assert browser.post("/leader/sign-in", data={"pin": PIN}).status_code == 303
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get("/leader/").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("page", [*PAGES[1:], ORDER])
def test_without_the_pin_there_is_only_the_pin_page(browser: FlaskClient, page: str) -> None:
    answer = browser.get(f"/leader/{page}")

    assert (answer.status_code, answer.location) == (303, "/leader/")
    assert "王○明" not in browser.get("/leader/").text


def test_a_wrong_pin_says_how_many_tries_are_left(browser: FlaskClient) -> None:
    answer = browser.post("/leader/sign-in", data={"pin": "000000"})

    assert answer.status_code == 403
    assert "密碼不對，還可以試 4 次" in answer.text
    assert "leader=" not in answer.headers.get("Set-Cookie", "")


def test_the_session_cookie_is_for_this_site_and_no_script(browser: FlaskClient) -> None:
    cookie = browser.post("/leader/sign-in", data={"pin": PIN}).headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("page", [*PAGES, ORDER])
def test_every_leader_page_renders_in_every_language(page: str, language: Language) -> None:
    browser = browse(stage(config(language=language)))
    sign_in(browser)

    answer = browser.get(f"/leader/{page}")

    assert answer.status_code == 200
    if language is not Language.EN:
        left = set(re.findall(r"[A-Za-z]{3,}", text_of(answer.text)))
        assert left <= {"English", "Code", "fresh", "market"}


@pytest.mark.parametrize(
    ("language", "deleted", "not_given"),
    [
        (Language.ZH_HANT, "姓名已刪除", "未留姓名"),
        (Language.ZH_HANS, "姓名已删除", "未留姓名"),
        (Language.EN, "Name deleted", "No name given"),
    ],
)
def test_where_no_name_is_left_words_say_why(
    language: Language, deleted: str, not_given: str
) -> None:
    told = stage(config(language=language))
    late = replace(board_order(7, name=""), phone_last3="", forgotten=True)
    nameless = replace(board_order(8, name=""), phone_last3="")
    case = replace(BOARD.maybe_opened[0], name_masked="", forgotten=True)
    told.desk.now = replace(BOARD, orders=(late, nameless), maybe_opened=(case,))
    browser = browse(told)
    sign_in(browser)

    orders = text_of(browser.get("/leader/orders").text)
    assert (orders.count(deleted), orders.count(not_given)) == (1, 1)
    assert deleted in text_of(browser.get("/leader/maybe-opened").text)
    page = browser.get(f"/leader/{ORDER}").text
    assert deleted in text_of(page)
    assert "72" in text_of(page)
    # Nobody can check digits that are gone.
    assert ManualReason.PHONE_TAIL.value not in page
    assert ManualReason.PAPER.value in page
    other = browser.get(f"/leader/{ORDER.replace('0007', '0008')}").text
    assert "72" not in text_of(other)
    assert ManualReason.PHONE_TAIL.value in other


@pytest.mark.parametrize(
    "trouble",
    [
        *sorted(UNREACHED),
        Trouble.REVOKED,
        Trouble.UNAUTHORISED,
        Trouble.SECOND_DEVICE,
        Trouble.NONSENSE,
    ],
)
def test_trouble_with_the_cloud_is_named_in_words_with_what_to_do(trouble: Trouble) -> None:
    told = stage(config(language=Language.EN))
    told.desk.now = replace(BOARD, link=replace(BOARD.link, trouble=trouble))
    browser = browse(told)
    sign_in(browser)

    page = text_of(browser.get("/leader/cloud").text)

    assert f"({trouble.value})" not in page
    assert re.search("Pickup works as usual|The day goes on|Call the platform", page)


def test_trouble_without_words_of_its_own_is_told_by_its_code() -> None:
    told = stage(config(language=Language.EN))
    told.desk.now = replace(BOARD, link=replace(BOARD.link, trouble="moon_in_the_way"))
    browser = browse(told)
    sign_in(browser)

    assert "Trouble with the cloud (moon_in_the_way)" in browser.get("/leader/cloud").text


def test_messages_that_could_not_be_read_are_counted_for_the_leader_where_there_are_any() -> None:
    told = stage(config(language=Language.EN))
    browser = browse(told)
    sign_in(browser)
    assert "Unreadable messages" not in browser.get("/leader/cloud").text

    parked = {ParkedFrom.ACK: 2, ParkedFrom.ORDER: 3}
    told.desk.now = replace(BOARD, link=replace(BOARD.link, parked=parked))

    page = text_of(browser.get("/leader/cloud").text)
    assert re.search(r"Unreadable messages from the cloud\s*5\b", page)


def test_the_home_page_shows_the_day_at_a_glance(browser: FlaskClient) -> None:
    sign_in(browser)

    home = text_of(browser.get("/leader/").text)

    for shown in (
        "應到 3",
        "待取 77",
        "已取 105",
        "待確認 1",
        "未上傳 12 筆",
        "最早 17:48",
        "2 筆等待上架",
    ):
        assert shown in home


def test_goods_are_here_lists_where_each_parcel_goes(kiosk: Stage, browser: FlaskClient) -> None:
    csrf = sign_in(browser)

    answer = browser.post("/leader/goods", data={"csrf": csrf}, follow_redirects=True)

    assert kiosk.desk.deeds == [("goods",)]
    assert "請把 2 袋放到指定位置" in answer.text
    assert "還有 1 筆沒有位置" in answer.text
    assert "阿明-冷藏" in answer.text
    assert answer.text.count("/leader/doors/7/open") == 1
    assert "/leader/doors/B2/open" not in answer.text


def test_what_lies_where_can_be_read_at_any_time(kiosk: Stage, browser: FlaskClient) -> None:
    csrf = sign_in(browser)

    page = browser.get("/leader/places").text
    opened = browser.post("/leader/doors/12/open", data={"csrf": csrf, "from": "places"})

    assert re.findall(r"<li><b>(\w+)</b><span>([^<]+)<", page) == [
        ("7", "阿明-冷藏"),
        ("B2", "阿明-常溫"),
        ("12", "TW-20261123-0011-1"),
    ]
    assert page.count("TW-20261123-0011") == 1
    assert re.findall(r"/leader/places/(\w+)/clear", page) == ["12"]
    assert "/leader/places" in browser.get("/leader/orders").text
    assert (opened.location, kiosk.desk.deeds) == ("/leader/places", [("open", "12")])
    cleared = browser.post("/leader/places/12/clear", data={"csrf": csrf, "from": "places"})
    assert (cleared.location, kiosk.desk.deeds[-1]) == ("/leader/places", ("clear", "12"))


def test_the_leader_opens_a_compartment_to_put_goods_in(kiosk: Stage, browser: FlaskClient) -> None:
    csrf = sign_in(browser)

    from_list = browser.post("/leader/doors/7/open", data={"csrf": csrf, "from": "goods"})
    from_doors = browser.post("/leader/doors/8/open", data={"csrf": csrf})

    assert kiosk.desk.deeds == [("open", "7"), ("open", "8")]
    assert (from_list.location, from_doors.location) == ("/leader/goods", "/leader/doors")


def test_a_sentence_about_a_place_begins_with_a_capital(browser: FlaskClient) -> None:
    csrf = sign_in(browser)
    browser.post("/leader/language", data={"csrf": csrf, "language": "en"})

    opened = browser.post("/leader/doors/7/open", data={"csrf": csrf}, follow_redirects=True)

    assert "Compartment 7 is being opened." in opened.text


def test_a_door_that_is_not_here_cannot_be_opened(browser: FlaskClient) -> None:
    csrf = sign_in(browser)

    assert browser.post("/leader/doors/99/open", data={"csrf": csrf}).status_code == 404


def test_a_manual_hand_over_names_its_reason(kiosk: Stage, browser: FlaskClient) -> None:
    csrf = sign_in(browser)
    fields = {"csrf": csrf, "issuer": WANG.issuer, "order_id": WANG.order_id, "reason": "proxy"}

    answer = browser.post("/leader/order", data=fields, follow_redirects=True)

    assert kiosk.desk.deeds == [("hand_over", WANG, ManualReason.PROXY)]
    assert "已記下人工確認取貨：7 號櫃" in answer.text
    assert "已記下人工確認取貨" not in browser.get("/leader/orders").text


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "because"},
        {"reason": ""},
        {"issuer": "", "reason": "proxy"},
        {"order_id": "", "reason": "proxy"},
    ],
)
def test_a_hand_over_without_reason_or_order_is_not_accepted(
    kiosk: Stage, browser: FlaskClient, fields: dict[str, str]
) -> None:
    csrf = sign_in(browser)
    whole = {"csrf": csrf, "issuer": WANG.issuer, "order_id": WANG.order_id, **fields}

    assert browser.post("/leader/order", data=whole).status_code == 400
    assert kiosk.desk.deeds == []


def test_the_leader_says_what_became_of_a_maybe_opened_order(
    kiosk: Stage, browser: FlaskClient
) -> None:
    csrf = sign_in(browser)

    browser.post("/leader/maybe-opened/41/confirm", data={"csrf": csrf})
    browser.post("/leader/maybe-opened/42/annul", data={"csrf": csrf, "reason": "goods_still_here"})

    assert kiosk.desk.deeds == [("confirm", 41), ("annul", 42, AnnulReason.GOODS_STILL_HERE)]


def test_a_hand_over_is_ended_on_the_orders_page_where_it_began(
    kiosk: Stage, browser: FlaskClient
) -> None:
    csrf = sign_in(browser)
    fields = {"csrf": csrf, "issuer": WANG.issuer, "order_id": WANG.order_id, "reason": "proxy"}

    asked = browser.post("/leader/order", data=fields, follow_redirects=True)
    ended = browser.post("/leader/maybe-opened/41/confirm", data={**fields, "from": "order"})

    assert "7 號櫃：客人拿到東西了嗎？" in asked.text
    assert 'action="/leader/maybe-opened/41/confirm"' in asked.text
    assert ended.location == asked.request.full_path


def test_a_door_that_moves_is_not_asked_about(kiosk: Stage, browser: FlaskClient) -> None:
    sign_in(browser)
    moving = replace(BOARD.maybe_opened[0], ref=WANG, moving=True)
    kiosk.desk.now = replace(BOARD, maybe_opened=(moving,))

    page = browser.get(f"/leader/order?issuer={WANG.issuer}&order_id={WANG.order_id}").text

    assert "7 號櫃正在取貨" in page
    assert "/confirm" not in page


def test_a_place_without_a_door_is_not_said_to_have_stayed_shut(
    kiosk: Stage, browser: FlaskClient
) -> None:
    sign_in(browser)
    kiosk.desk.now = replace(
        BOARD, maybe_opened=(replace(BOARD.maybe_opened[0], place_id="B2", door=None),)
    )

    page = browser.get("/leader/maybe-opened").text

    assert "已放行，但沒有人確認取走" in page
    assert "櫃門打開" not in page


def test_a_door_out_of_use_is_taken_back_into_use(kiosk: Stage, browser: FlaskClient) -> None:
    csrf = sign_in(browser)

    answer = browser.post("/leader/doors/11/unblock", data={"csrf": csrf}, follow_redirects=True)

    assert kiosk.desk.deeds == [("unblock", "11")]
    assert "11 號櫃恢復使用" in answer.text


def test_a_place_whose_goods_were_taken_out_is_free_again(
    kiosk: Stage, browser: FlaskClient
) -> None:
    csrf = sign_in(browser)

    answer = browser.post("/leader/places/B2/clear", data={"csrf": csrf}, follow_redirects=True)

    assert kiosk.desk.deeds == [("clear", "B2")]
    assert "空出來了" in answer.text


@pytest.mark.parametrize("csrf", [None, "", "guess", "模擬"])
@pytest.mark.parametrize(
    "path",
    [
        "goods",
        "order",
        "maybe-opened/41/confirm",
        "maybe-opened/41/annul",
        "doors/7/open",
        "places/B2/clear",
        "language",
    ],
)
def test_no_deed_without_the_sessions_token(
    kiosk: Stage, browser: FlaskClient, path: str, csrf: str | None
) -> None:
    sign_in(browser)
    fields = {"reason": "proxy", "issuer": "a", "order_id": "b"} | (
        {"csrf": csrf} if csrf is not None else {}
    )

    assert browser.post(f"/leader/{path}", data=fields).status_code == 403
    assert kiosk.desk.deeds == []


def test_the_customers_screen_ends_the_leaders_session(browser: FlaskClient) -> None:
    sign_in(browser)
    kept = browser.get_cookie("leader", domain="127.0.0.1")
    assert kept is not None

    browser.get("/")

    browser.set_cookie("leader", kept.value, domain="127.0.0.1")
    assert browser.get("/leader/orders").status_code == 303


def test_an_idle_session_ends_by_itself(kiosk: Stage, browser: FlaskClient) -> None:
    sign_in(browser)
    kiosk.clock.ticks += IDLE_SECONDS + WARNING_SECONDS
    assert browser.get("/leader/orders").status_code == 200

    kiosk.clock.ticks += IDLE_SECONDS + WARNING_SECONDS + 1

    assert browser.get("/leader/orders").status_code == 303


def test_a_touch_keeps_the_session_and_once_it_is_over_says_so(
    kiosk: Stage, browser: FlaskClient
) -> None:
    sign_in(browser)
    for _ in range(3):
        kiosk.clock.ticks += IDLE_SECONDS
        assert browser.get("/leader/stay").status_code == 204

    kiosk.clock.ticks += IDLE_SECONDS + WARNING_SECONDS + 1

    assert browser.get("/leader/stay").location == "/leader/"


def test_a_page_that_refreshes_itself_keeps_no_session_alive(
    kiosk: Stage, browser: FlaskClient
) -> None:
    sign_in(browser)
    for _ in range(3):
        kiosk.clock.ticks += IDLE_SECONDS / 2
        answer = browser.get("/leader/", headers={"X-Refresh": "1"})

    assert "請輸入密碼" in answer.text


def test_a_long_day_is_listed_in_part_and_says_so(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.desk.now = replace(BOARD, orders=tuple(board_order(number) for number in range(1, 301)))
    sign_in(browser)

    page = browser.get("/leader/orders").text

    assert page.count("/leader/order?") == 60
    assert "共 300 筆，只列出 60 筆" in page


def test_an_order_with_a_strange_id_is_still_reached(kiosk: Stage, browser: FlaskClient) -> None:
    strange = OrderRef("shop/a&b", "<1> 2?")
    kiosk.desk.now = replace(BOARD, orders=(replace(board_order(), ref=strange),))
    sign_in(browser)
    link = re.search(r'href="(/leader/order\?[^"]+)"', browser.get("/leader/orders").text)
    assert link is not None

    page = browser.get(link[1].replace("&amp;", "&"))

    assert page.status_code == 200
    assert "&lt;1&gt; 2?" in page.text


def test_an_order_that_left_the_board_is_not_found(browser: FlaskClient) -> None:
    sign_in(browser)

    assert browser.get("/leader/order?issuer=x&order_id=gone").status_code == 404


def test_the_leaders_language_lasts_as_long_as_the_session(browser: FlaskClient) -> None:
    csrf = sign_in(browser)

    browser.post("/leader/language", data={"csrf": csrf, "language": "en"})

    assert "Goods are here" in browser.get("/leader/").text
    assert "Hand over without a pass" in browser.get(f"/leader/{ORDER}").text


@pytest.mark.parametrize("deed", ["confirm", "annul"])
def test_a_number_that_no_hand_over_can_have_is_no_page(
    kiosk: Stage, browser: FlaskClient, deed: str
) -> None:
    data = {"csrf": sign_in(browser), "reason": "goods_still_here"}

    answer = browser.post(f"/leader/maybe-opened/99999999999999999999/{deed}", data=data)

    assert answer.status_code == 404
    assert kiosk.desk.deeds == []


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (Language.ZH_HANT, "資料損壞 2 筆"),
        (Language.ZH_HANS, "数据损坏 2 条"),
        (Language.EN, "2 orders are damaged on disk"),
    ],
)
def test_the_leader_is_told_how_many_orders_are_damaged(language: Language, sentence: str) -> None:
    kiosk = stage(config(language=language))
    kiosk.desk.now = replace(BOARD, damaged_orders=2)
    browser = browse(kiosk)
    sign_in(browser)

    assert sentence in browser.get("/leader/").text


def test_a_page_that_refreshes_itself_goes_on_saying_what_was_done(
    kiosk: Stage, browser: FlaskClient
) -> None:
    csrf = sign_in(browser)
    browser.post("/leader/doors/11/unblock", data={"csrf": csrf})
    said = "11 號櫃恢復使用"

    assert said in browser.get("/leader/doors").text
    assert said in browser.get("/leader/doors", headers={REFRESH_HEADER: "1"}).text
    assert said not in browser.get("/leader/doors").text
