"""The local web pages: parse, call one flow, render."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from edge.core.order import OrderState
from edge.core.places import PlaceKind
from edge.kiosk import customer, failures, guard, languages, leader, live, maps, simulator, status
from edge.kiosk.parts import KioskParts
from edge.kiosk.sessions import Sessions
from edge.kiosk.web import new_app
from edge.kiosk.words import ANNUL_REASONS, MANUAL_REASONS, STATES, ZONES, Words, money, wait


def create(kiosk: KioskParts) -> Flask:
    """The kiosk's WSGI application; it keeps leader sessions and open streams in memory only."""
    app = new_app()
    guard.install(app, kiosk.port)
    point = kiosk.config.point
    languages.install(app, point.language)
    words = Words(point, kiosk.layout, kiosk.clock)
    failures.install(app)
    sessions = Sessions()
    page_seen = status.PageWatch(kiosk.clock)
    app.register_blueprint(customer.blueprint(kiosk, words, sessions, page_seen))
    streams = live.Streams(kiosk.news)
    app.register_blueprint(live.blueprint(streams))
    app.register_blueprint(leader.blueprint(kiosk, words, sessions))
    app.register_blueprint(status.blueprint(kiosk, page_seen, streams))
    if kiosk.simulation is not None and kiosk.simulated:
        app.register_blueprint(simulator.blueprint(kiosk, kiosk.simulation))
    app.context_processor(_common(kiosk, words))
    return app


def _common(kiosk: KioskParts, words: Words) -> Callable[[], dict[str, object]]:
    point = kiosk.config.point
    fixed: dict[str, object] = {
        "point": point,
        "words": words,
        "simulated": kiosk.simulated,
        "small_panel": status.small_panel(kiosk.config.kiosk.mm_per_px, kiosk),
        "cabinet_map": maps.draw(kiosk.layout, PlaceKind.DOOR),
        "shelf_map": maps.draw(kiosk.layout, PlaceKind.SHELF),
        "languages": languages.OWN_NAMES,
        "tags": languages.TAGS,
        "say": languages.say,
        "wait": wait,
        "ZONES": ZONES,
        "STATES": STATES,
        "OrderState": OrderState,
        "money": money,
        "MANUAL_REASONS": MANUAL_REASONS,
        "ANNUL_REASONS": ANNUL_REASONS,
    }

    def context() -> dict[str, object]:
        language, notice = languages.current(point.language), kiosk.notice() or {}
        notice_text = notice.get(language.value)
        return {**fixed, "language": language, "link": kiosk.link(), "notice": notice_text}

    return context
