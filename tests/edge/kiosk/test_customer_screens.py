"""What customers see: each card, in each language, for each kind of point."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from edge.config import Driver, Language
from edge.core.reasons import Reason
from edge.flows.board import LinkState
from edge.flows.screen import CardKind
from tests.edge.kiosk.conftest import browse
from tests.edge.kiosk.fakes import (
    EVENING,
    GALLERY,
    THREE_STEPS,
    YONGHE,
    Stage,
    card,
    config,
    refusal,
    stage,
)

LATIN_IN_CHINESE = {"QR", "Code", "English", "A3", "B2", "E7", "E9", "E10", "F3", "D3"}
CHINESE = (Language.ZH_HANT, Language.ZH_HANS)


def text_of(page: str) -> str:
    """The visible words: no tags, no drawings."""
    page = re.sub(r"<head>.*?</head>|<svg.*?</svg>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def headline(page: str) -> str:
    found = re.search(r"<main.*?<h1[^>]*>(.*?)</h1>", page, flags=re.DOTALL)
    assert found is not None
    return text_of(found[1]).strip()


@pytest.fixture(scope="module")
def gallery() -> tuple[Stage, FlaskClient]:
    """One kiosk for the tests that go through every card."""
    shown = stage()
    return shown, browse(shown)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", list(GALLERY))
def test_every_card_renders_in_every_language(
    gallery: tuple[Stage, FlaskClient], name: str, language: Language
) -> None:
    kiosk, browser = gallery
    kiosk.counter.show(*GALLERY[name])

    page = browser.get(f"/?language={language.value}")

    assert page.status_code == 200
    assert headline(page.text)


@pytest.mark.parametrize("language", CHINESE)
@pytest.mark.parametrize("name", list(GALLERY))
def test_no_english_is_left_on_a_chinese_screen(
    gallery: tuple[Stage, FlaskClient], name: str, language: Language
) -> None:
    kiosk, browser = gallery
    kiosk.counter.show(*GALLERY[name])

    words = set(
        re.findall(
            r"[A-Za-z][A-Za-z0-9]*", text_of(browser.get(f"/?language={language.value}").text)
        )
    )

    assert words <= LATIN_IN_CHINESE


@pytest.mark.parametrize("language", list(Language))
def test_every_reason_has_its_own_sentence(
    kiosk: Stage, browser: FlaskClient, language: Language
) -> None:
    said = set()
    for reason in Reason:
        kiosk.counter.show(refusal(reason, place_id="7"))
        said.add(headline(browser.get(f"/screen?language={language.value}").text))

    assert len(said) == len(Reason)


def test_the_open_screen_says_which_compartment_and_how_many_bags(
    kiosk: Stage, browser: FlaskClient
) -> None:
    kiosk.counter.show(card(CardKind.OPEN))

    page = browser.get("/").text

    assert headline(page) == "7 號櫃開了"
    assert "請取出 2 袋，再把 7 號櫃關好" in page
    assert "王○明" in page


def test_the_map_swings_out_the_open_door_only(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.show(card(CardKind.OPENING))
    assert 'class="leaf"' not in browser.get("/screen").text

    kiosk.counter.show(card(CardKind.OPEN))
    page = browser.get("/screen").text

    assert page.count('class="leaf"') == 1
    assert page.count('class="box ') == 24


def test_a_pickup_of_three_places_shows_them_as_steps(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.show(replace(card(CardKind.OPEN, "16"), steps=THREE_STEPS))

    steps = re.findall(
        r"<li class=\"(\w+) (\w*)\"|<li class=\"(\w+)\"", browser.get("/screen").text
    )

    assert [("".join(step)) for step in steps] == ["ambientdone", "chilledcurrent", "frozen"]


def test_older_pickups_stay_as_small_cards(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.show(*GALLERY["open-and-others"])

    page = browser.get("/screen").text

    assert page.count('class="other ') == 2
    assert headline(page) == "12 號櫃開了"


@pytest.mark.parametrize("language", list(Language))
def test_an_unattended_point_names_the_phone_and_the_case(language: Language) -> None:
    alone = stage(config(attended=False))
    alone.counter.show(card(CardKind.STUCK))

    page = text_of(browse(alone).get(f"/?language={language.value}").text)

    assert "02-2345-6789" in page
    assert "D3-07" in page
    assert alone.parts.config.point.leader_title[language] not in page


def test_the_leader_is_called_as_this_point_calls_its_people() -> None:
    shop = config()
    shop = replace(
        shop,
        point=replace(
            shop.point, leader_title={**shop.point.leader_title, Language.ZH_HANT: "店員"}
        ),
    )
    with_clerk = stage(shop)
    with_clerk.counter.show(refusal(Reason.PAYMENT_DUE))

    page = text_of(browse(with_clerk).get("/").text)

    assert "請找店員" in page
    assert "團長" not in page


def test_a_hostile_name_is_only_text(kiosk: Stage, browser: FlaskClient) -> None:
    bad = "<script>alert(1)</script>"
    elsewhere = replace(YONGHE, name=bad, address=bad, hours=bad)
    for shown in (
        replace(card(CardKind.OPEN), name_masked=bad, case_code=bad),
        refusal(Reason.WRONG_POINT, other_point=elsewhere),
        replace(card(CardKind.OPEN, '"><svg onload=x>')),
    ):
        kiosk.counter.show(shown, shown)
        page = browser.get("/").text
        assert "<script>alert" not in page
        assert "<svg onload" not in page


def test_a_wrong_point_is_named_with_address_and_hours(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.show(refusal(Reason.WRONG_POINT, other_point=YONGHE))

    page = browser.get("/screen").text

    assert headline(page) == "這筆在「永和二店」取貨"
    assert "永和區中正路 128 號" in page
    assert "16:00–21:30" in page


def test_times_are_the_points_own_and_name_the_day_when_it_is_another(
    kiosk: Stage, browser: FlaskClient
) -> None:
    this_morning = datetime(2026, 11, 23, 2, 32, tzinfo=UTC)
    kiosk.counter.show(refusal(Reason.ALREADY_COLLECTED, at=this_morning))
    assert headline(browser.get("/screen").text) == "這筆 10:32 已取走"

    kiosk.counter.show(refusal(Reason.ALREADY_COLLECTED, at=this_morning - timedelta(days=1)))
    assert headline(browser.get("/screen").text) == "這筆 11/22 10:32 已取走"


def test_an_expected_time_that_has_passed_is_not_shown(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.show(refusal(Reason.NOT_ARRIVED, eta=EVENING + timedelta(minutes=40)))
    assert "預計 18:52 到" in headline(browser.get("/screen").text)

    kiosk.counter.show(refusal(Reason.NOT_ARRIVED, eta=EVENING - timedelta(minutes=40)))
    assert headline(browser.get("/screen").text) == "您的東西還在路上"


def test_a_chosen_language_stays_while_the_screen_changes(
    kiosk: Stage, browser: FlaskClient
) -> None:
    kiosk.counter.show(card(CardKind.OPEN))
    browser.get("/screen?language=en")

    kiosk.counter.show(card(CardKind.LEFT_OPEN))

    assert headline(browser.get("/screen").text) == "Please close compartment 7"


@pytest.mark.parametrize(
    ("tag", "lang"),
    [("en-GB", "en"), ("zh-CN", "zh-Hans-CN"), ("zh_TW", "zh-Hant-TW"), ("fr", "zh-Hant-TW")],
)
def test_the_screen_speaks_the_customers_language_when_nobody_chose(
    kiosk: Stage, browser: FlaskClient, tag: str, lang: str
) -> None:
    kiosk.counter.show(replace(card(CardKind.OPEN), language=tag))

    assert f'lang="{lang}"' in browser.get("/screen").text.split(">")[0]


def test_an_unknown_language_changes_nothing(browser: FlaskClient) -> None:
    assert headline(browser.get("/?language=../../etc").text) == "請出示 取貨 QR Code"


def test_big_type_is_chosen_by_a_button_and_taken_back_by_it(browser: FlaskClient) -> None:
    big = browser.get("/screen?type=big").text
    assert 'class="screen idle zone-ambient big"' in big
    assert 'href="/?type=normal"' in big

    assert "big" in browser.get("/screen").text.split(">")[0]
    assert "normal" in browser.get("/screen?type=normal").text.split(">")[0]


@pytest.mark.parametrize(
    ("language", "word"),
    [(Language.ZH_HANT, "模擬"), (Language.ZH_HANS, "模拟"), (Language.EN, "SIMULATED")],
)
@pytest.mark.parametrize("path", ["/", "/screen", "/leader/", "/simulator", "/nowhere"])
def test_every_page_of_a_simulated_point_says_so(path: str, language: Language, word: str) -> None:
    assert word in browse(stage(config(language=language))).get(path).text


def test_a_real_point_does_not_say_simulated() -> None:
    real = browse(stage(config(driver=Driver.GPIO)))

    assert "模擬" not in real.get("/").text + real.get("/leader/").text


def test_offline_is_said_calmly_and_online_not_at_all() -> None:
    assert "離線中，照常取貨" in browse(stage(link=LinkState.OFFLINE)).get("/").text
    assert "離線" not in browse(stage(link=LinkState.ONLINE)).get("/").text


def test_help_names_the_leader_and_goes_away_by_itself(browser: FlaskClient) -> None:
    page = browser.get("/screen?view=help").text

    assert headline(page) == "請找團長"
    assert 'data-expires="20.00"' in page


def test_a_screen_says_when_it_changes_by_itself(kiosk: Stage, browser: FlaskClient) -> None:
    kiosk.counter.show(card(CardKind.DONE), expires_in=3.5)

    assert 'data-expires="3.50"' in browser.get("/screen").text


def test_the_clouds_notice_stands_on_the_idle_screen_in_the_pages_language() -> None:
    said = {"zh-Hant": "颱風天提早打烊", "zh-Hans": "台风天提早打烊", "en": "<b>Closing early"}
    shown = stage()
    parts = replace(shown.parts, notice=lambda: said)
    client = browse(replace(shown, parts=parts))

    assert "颱風天提早打烊" in client.get("/screen").text
    assert "&lt;b&gt;Closing early" in client.get("/screen?language=en").text
