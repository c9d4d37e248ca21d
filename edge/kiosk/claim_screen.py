"""The screen of a device that is no point yet: its code and fingerprint, and what to do now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from edge.clock import Clock
from edge.config import Language
from edge.core import claim
from edge.core.claim_notice import ClaimNotice, Obstacle, decode
from edge.errors import MalformedMessage
from edge.kiosk import guard, languages
from edge.kiosk.claim_code import draw
from edge.kiosk.languages import say
from edge.kiosk.status import scale_css
from edge.kiosk.web import new_app
from edge.kiosk.words import mark, wait

PANEL_MM_PER_PX = 0.17
"""Nobody has said yet how large the panel's pixels are; the picture shrinks where it must."""
WITHOUT_CODE: Mapping[Obstacle | None, tuple[str, str]] = {
    None: (
        mark("A code is on its way"),
        mark("This takes a few seconds. If none comes, turn the device off and on again."),
    ),
    Obstacle.UNREACHED: (
        mark("The cloud is not reached"),
        mark(
            "Check the network cable or the wireless network. The device keeps trying by itself; "
            "if it goes on, call the platform."
        ),
    ),
    Obstacle.NOT_OUR_CLOUD: (
        mark("What answers there is not our cloud"),
        mark("It was told nothing. Check this device's date and time, then call the platform."),
    ),
    Obstacle.BUSY: (
        mark("The cloud is busy"),
        mark("Nothing to do: the device asks again by itself. If it goes on, call the platform."),
    ),
    Obstacle.REFUSED: (
        mark("The platform did not accept this device"),
        mark("Call the platform and ask why. The device asks again in a few minutes."),
    ),
    Obstacle.UNUSABLE: (
        mark("The platform's settings do not fit this device"),
        mark("Call the platform and read out the fingerprint. The device asks again soon."),
    ),
}
"""What the screen says where there is no code to show: what happened, and what to do now."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A code that is good now, with its QR's text."""

    code: str
    qr_text: str
    seconds: int


def create(file: Path, clock: Clock, port: int) -> Flask:
    """The only pages of a kiosk that has no point; `file` is what the agent says."""
    app = new_app()
    guard.install(app, port)
    languages.install(app, Language.ZH_HANT)

    @app.get("/")
    def screen() -> str:
        languages.speak(languages.understood(request.args.get("language")) or Language.ZH_HANT)
        notice = read(file)
        return render_template("claim/page.html", **_view(notice, _shown(notice, clock)))

    @app.get("/healthz")
    def healthz() -> Response:
        notice = read(file)
        obstacle = None if notice is None else notice.obstacle
        return jsonify({"status": "unclaimed", "obstacle": obstacle})

    @app.get("/scale.css")
    def scale() -> Response:
        return Response(scale_css(PANEL_MM_PER_PX, simulated=False), mimetype="text/css")

    @app.errorhandler(404)
    def elsewhere(_error: object) -> AnyResponse:
        return redirect("/")

    return app


def read(file: Path) -> ClaimNotice | None:
    """What the agent says now; None where it says nothing that can be read."""
    try:
        return decode(file.read_bytes())
    except (OSError, ValueError, MalformedMessage):
        return None


def _shown(notice: ClaimNotice | None, clock: Clock) -> Shown | None:
    if notice is None or notice.ticket is None:
        return None
    seconds = int(notice.ticket.seconds_left(clock.now()))
    code = notice.ticket.code
    return Shown(code, claim.qr_text(code, notice.fingerprint), seconds) if seconds else None


def _view(notice: ClaimNotice | None, shown: Shown | None) -> dict[str, object]:
    obstacle = None if notice is None else notice.obstacle
    headline, action = WITHOUT_CODE[obstacle]
    language = languages.current(Language.ZH_HANT)
    return {
        "headline": say(headline),
        "action": say(action),
        "notice": notice,
        "shown": shown,
        "qr": None if shown is None else draw(shown.qr_text),
        "good_for": "" if shown is None else wait(shown.seconds),
        "host": "" if notice is None else urlsplit(notice.cloud).hostname,
        "away": shown is not None and obstacle is not None,
        "language": language,
        "languages": languages.OWN_NAMES,
        "tags": languages.TAGS,
    }
