"""The leader's pages, behind the PIN: the day, goods, orders, doors, the line to the cloud."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, g, make_response, redirect, request, url_for
from flask import render_template as render
from werkzeug.wrappers import Response as AnyResponse

from edge.core.order import OrderRef, OrderState
from edge.core.view import AnnulReason
from edge.flows.board import ManualReason
from edge.flows.counter import ScanResult
from edge.flows.screen import Card, CardKind
from edge.kiosk import look_up
from edge.kiosk.customer import LEADER_COOKIE
from edge.kiosk.languages import current, say, speak, understood
from edge.kiosk.leader_page import REFRESH_HEADER, member, order_ref, page
from edge.kiosk.parts import KioskParts
from edge.kiosk.sessions import LeaderSession, Sessions
from edge.kiosk.words import Words

OPEN_TO_ALL = frozenset({"leader.home", "leader.sign_in", "leader.say_language"})
MAX_ROWS = 60
LISTS = ("goods", "places")
"""Pages that list bags by their places, and open a door to look or to put one in."""
POSITION = f"<int(max={2**63 - 1}):position>"
"""A hand-over's number in an address; SQLite counts no further."""


def blueprint(kiosk: KioskParts, words: Words, sessions: Sessions) -> Blueprint:
    """Everything under /leader/."""
    pages = Blueprint("leader", __name__, url_prefix="/leader")
    _add_entrance(pages, kiosk, sessions)
    _add_views(pages, kiosk)
    _add_order_views(pages, kiosk)
    look_up.add(pages, kiosk)
    _add_goods_deeds(pages, kiosk, words)
    _add_hand_over_deeds(pages, kiosk, words)
    return pages


def _add_entrance(pages: Blueprint, kiosk: KioskParts, sessions: Sessions) -> None:
    @pages.before_request
    def admit() -> AnyResponse | None:
        token = request.cookies.get(LEADER_COOKIE)
        touch = REFRESH_HEADER not in request.headers
        g.leader = sessions.find(token, kiosk.clock.seconds(), touch=touch)
        if g.leader is None:
            speak(understood(request.cookies.get("language")) or kiosk.config.point.language)
            return None if request.endpoint in OPEN_TO_ALL else redirect("/leader/", 303)
        speak(g.leader.language)
        if request.method == "POST" and not _csrf_fits(g.leader):
            abort(403)
        return None

    @pages.post("/sign-in")
    def sign_in() -> AnyResponse:
        answer = kiosk.desk.sign_in(request.form.get("pin", ""))
        if not answer.accepted:
            return make_response(render("leader/pin.html", answer=answer), 403)
        session = sessions.begin(current(kiosk.config.point.language), kiosk.clock.seconds())
        response = redirect("/leader/", 303)
        response.set_cookie(LEADER_COOKIE, session.token, httponly=True, samesite="Strict")
        return response

    @pages.post("/language")
    def say_language() -> AnyResponse:
        language = understood(request.form.get("language")) or kiosk.config.point.language
        response = redirect("/leader/", 303)
        if g.leader is None:
            response.set_cookie(
                "language", language.value, max_age=60, httponly=True, samesite="Strict"
            )
        else:
            g.leader.language = language
        return response


def _csrf_fits(session: LeaderSession) -> bool:
    # As bytes: a hostile form may carry any character, and compare_digest takes ASCII text only.
    return secrets.compare_digest(request.form.get("csrf", "").encode(), session.csrf.encode())


def _add_views(pages: Blueprint, kiosk: KioskParts) -> None:
    @pages.get("/")
    def home() -> str:
        if g.leader is None:
            return render("leader/pin.html", answer=None)
        return _with_board("home", kiosk)

    @pages.get("/stay")
    def stay() -> tuple[str, int]:
        # To be admitted is to be alive: a touch that asks for no page says so here.
        return "", 204

    @pages.get("/goods")
    def goods() -> str:
        return _with_board("goods", kiosk, report=g.leader.report)

    @pages.get("/places")
    def places() -> str:
        return _with_board("places", kiosk, bags=kiosk.desk.contents())

    @pages.get('/<any("maybe-opened", doors, cloud):name>')
    def overview(name: str) -> str:
        return _with_board(name, kiosk)


def _add_order_views(pages: Blueprint, kiosk: KioskParts) -> None:

    @pages.get("/orders")
    def orders() -> str:
        board = kiosk.desk.board()
        state = _state(request.args.get("state"))
        found = [order for order in board.orders if state is None or order.state is state]
        shown = {"board": board, "rows": found[:MAX_ROWS], "found": len(found), "state": state}
        return page("orders", board.unsent, **shown)

    @pages.get("/order")
    def order() -> str:
        row = kiosk.desk.order(order_ref(request.args))
        if row is None:
            abort(404)
        shown = {"cases": kiosk.desk.unfinished(row.ref), "whole_name": g.leader.name_of(row.ref)}
        return page("order", kiosk.desk.unsent(), row=row, **shown)


def _add_goods_deeds(pages: Blueprint, kiosk: KioskParts, words: Words) -> None:
    desk = kiosk.desk

    @pages.post("/goods")
    def receive() -> AnyResponse:
        g.leader.report = desk.goods_are_here()
        return redirect("/leader/goods", 303)

    @pages.post("/doors/<place_id>/open")
    def open_door(place_id: str) -> AnyResponse:
        desk.open_door(place_id)
        g.leader.notice = say("%(place)s is being opened.", place=words.place_first(place_id))
        return redirect(_list_asked(or_else="doors"), 303)

    @pages.post("/doors/<place_id>/unblock")
    def unblock(place_id: str) -> AnyResponse:
        desk.unblock(place_id)
        g.leader.notice = say("%(place)s is in use again.", place=words.place_first(place_id))
        return redirect("/leader/doors", 303)

    @pages.post("/places/<place_id>/clear")
    def clear_place(place_id: str) -> AnyResponse:
        desk.clear_place(place_id)
        g.leader.notice = say("%(place)s is free now.", place=words.place_first(place_id))
        return redirect(_list_asked(or_else="orders"), 303)


def _add_hand_over_deeds(pages: Blueprint, kiosk: KioskParts, words: Words) -> None:
    desk = kiosk.desk

    @pages.post("/order")
    def hand_over() -> AnyResponse:
        ref = order_ref(request.form)
        result = desk.hand_over_manually(ref, member(ManualReason))
        g.leader.notice = _told(result, words)
        return redirect(_page_of(ref), 303)

    @pages.post(f"/maybe-opened/{POSITION}/confirm")
    def confirm(position: int) -> AnyResponse:
        desk.confirm(position)
        g.leader.notice = say("Noted: the customer has the goods.")
        return redirect(_where_asked(), 303)

    @pages.post(f"/maybe-opened/{POSITION}/annul")
    def annul(position: int) -> AnyResponse:
        desk.annul(position, member(AnnulReason))
        g.leader.notice = say("Noted: the hand-over was taken back.")
        return redirect(_where_asked(), 303)


def _with_board(name: str, kiosk: KioskParts, **more: object) -> str:
    board = kiosk.desk.board()
    return page(name, board.unsent, board=board, **more)


def _page_of(ref: OrderRef) -> str:
    return url_for("leader.order", issuer=ref.issuer, order_id=ref.order_id)


def _where_asked() -> str:
    from_order = request.form.get("from") == "order"
    return _page_of(order_ref(request.form)) if from_order else "/leader/maybe-opened"


def _list_asked(*, or_else: str) -> str:
    """From a list of what lies where, back to it."""
    asked = request.form.get("from")
    return f"/leader/{asked if asked in LISTS else or_else}"


def _told(result: ScanResult, words: Words) -> str:
    if result.reason is not None:
        return words.refusal(Card(CardKind.REFUSED, reason=result.reason)).headline
    places = say(", ").join(words.place(place_id) for place_id in result.places)
    return say("Hand-over recorded: %(places)s.", places=places)


def _state(value: str | None) -> OrderState | None:
    return OrderState(value) if value in set(OrderState) else None
