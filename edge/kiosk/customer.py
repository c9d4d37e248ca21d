"""The customer's screen: one page, one fragment of it for every change, and what a tap posts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, request
from flask import render_template as render
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from edge.config import Language
from edge.flows.counter import ScanResult
from edge.flows.screen import Screen
from edge.kiosk.failures import wants_json
from edge.kiosk.languages import speak, understood
from edge.kiosk.parts import Counter, KioskParts
from edge.kiosk.sessions import Sessions
from edge.kiosk.status import PageWatch
from edge.kiosk.words import Words

CHOICE_SECONDS = 120
"""How long a language or a type size that a customer chose outlives the last touch of it."""
MOST_OTHERS = 2
"""Pickups of others that are shown beside; more are counted."""
SECONDS_SHOWN = {"help": 20.0, "code": 60.0}
"""How long a view that a customer asked for stays untouched."""
LEADER_COOKIE = "leader"

Value = TypeVar("Value")
Show = Callable[[str], Response]
"""Renders a template around the screen of the moment."""


def blueprint(
    kiosk: KioskParts, words: Words, sessions: Sessions, page_seen: PageWatch
) -> Blueprint:
    """Everything that needs no PIN."""
    pages = Blueprint("customer", __name__)
    show = _shower(kiosk, words)
    _add_views(pages, show, sessions, page_seen)
    _add_deeds(pages, show, kiosk.counter)
    return pages


def _shower(kiosk: KioskParts, words: Words) -> Show:
    def show(template: str) -> Response:
        screen = kiosk.counter.screen()
        language, type_size = _choose(screen, kiosk.config.point.language)
        response = make_response(render(template, **_view(kiosk, screen, words, type_size)))
        for name, chosen in (("language", language.value), ("type", type_size)):
            if name in request.args:
                response.set_cookie(
                    name, chosen, max_age=CHOICE_SECONDS, httponly=True, samesite="Strict"
                )
        return response

    return show


def _add_views(pages: Blueprint, show: Show, sessions: Sessions, page_seen: PageWatch) -> None:
    @pages.get("/")
    def home() -> Response:
        sessions.end(request.cookies.get(LEADER_COOKIE))
        response = show("customer/page.html")
        response.delete_cookie(LEADER_COOKIE, httponly=True, samesite="Strict")
        return response

    @pages.get("/screen")
    def screen() -> Response:
        page_seen.saw_page()
        return show("customer/screen.html")


def _add_deeds(pages: Blueprint, show: Show, counter: Counter) -> None:
    @pages.post("/scan")
    def scan() -> Response:
        text, status = _posted("text")
        result = counter.scan(text)
        if wants_json():
            return make_response(jsonify(_as_json(result)), status)
        return make_response(show("customer/page.html"), status)

    @pages.post("/code")
    def code() -> Response:
        text, status = _posted("code")
        result = counter.enter_code(text)
        if wants_json():
            return make_response(jsonify(_as_json(result)), status)
        return make_response(show("customer/page.html"), status)

    @pages.post("/siblings")
    def siblings() -> AnyResponse:
        now = _field("now", {"yes": True, "no": False}.get)
        counter.take_siblings(_field("number", _number), now=now)
        return redirect("/", 303)

    @pages.post("/answer")
    def answer() -> AnyResponse:
        took = _field("took", {"yes": True, "no": False}.get)
        counter.answer(_field("position", _number), took=took)
        return redirect("/", 303)

    @pages.post("/reopen")
    def reopen() -> AnyResponse:
        counter.reopen(_field("position", _number))
        return redirect("/", 303)


def _choose(screen: Screen, default: Language) -> tuple[Language, str]:
    newest = screen.cards[0].language if screen.cards else None
    wishes = (request.args.get("language"), request.cookies.get("language"), newest)
    language = next((known for wish in wishes if (known := understood(wish))), default)
    speak(language)
    type_size = request.args.get("type") or request.cookies.get("type")
    return language, "big" if type_size == "big" else "normal"


def _view(kiosk: KioskParts, screen: Screen, words: Words, type_size: str) -> dict[str, object]:
    card = screen.cards[0] if screen.cards else None
    asked = request.args.get("view", "")
    locked = kiosk.counter.keypad_locked_seconds() if asked == "code" else 0
    return {
        "screen": screen,
        "card": card,
        "others": screen.cards[1 : 1 + MOST_OTHERS],
        "unseen": max(0, len(screen.cards) - 1 - MOST_OTHERS),
        "view": asked if asked in SECONDS_SHOWN else (card.kind.value if card else "idle"),
        "asked": asked if asked in SECONDS_SHOWN else None,
        "locked": locked,
        "said": words.refusal(card) if card and card.reason else None,
        "expires_in": locked or SECONDS_SHOWN.get(asked, screen.expires_in),
        "type_size": type_size,
    }


def _posted(name: str) -> tuple[str, int]:
    try:
        return request.form.get(name, ""), 200
    except RequestEntityTooLarge:
        # No pass is that long: the empty text takes the same way and is counted like any rubbish.
        return "", 413


def _as_json(result: ScanResult) -> dict[str, object]:
    return {
        "outcome": str(result.outcome),
        "reason": result.reason.value if result.reason else None,
        "order_id": result.order_id,
        "places": list(result.places),
    }


def _field(name: str, read: Callable[[str], Value | None]) -> Value:
    value = read(request.form.get(name, ""))
    if value is None:
        abort(400)
    return value


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
