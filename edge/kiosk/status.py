"""What programs ask: is the kiosk well, and its figures."""

from __future__ import annotations

from importlib.metadata import version

from flask import Blueprint, Response, abort, jsonify

from edge.clock import Clock
from edge.flows.health import Status, Subsystem, as_json, worst
from edge.kiosk.live import Streams
from edge.kiosk.parts import KioskParts


class PageWatch:
    """Remembers when the screen's page last asked for something: a frozen browser stops asking."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: float | None = None

    def saw_page(self) -> None:
        """The page is alive."""
        self._seen = self._clock.seconds()

    @property
    def age_seconds(self) -> float | None:
        """Seconds since the page was last seen; None before its first sign."""
        return None if self._seen is None else round(self._clock.seconds() - self._seen, 1)


def blueprint(kiosk: KioskParts, page_seen: PageWatch, streams: Streams) -> Blueprint:
    """`GET /healthz`, `GET /metrics`, and the screen's scale as a style sheet."""
    pages = Blueprint("status", __name__)

    @pages.get("/healthz")
    def healthz() -> tuple[Response, int]:
        parts = {**kiosk.health(), "pages": _pages(page_seen, streams)}
        told = as_json(
            parts,
            point_id=kiosk.config.point.id,
            version=version("pickup-point"),
            simulated=kiosk.simulated,
        )
        # Whoever can still serve customers answers 200: a restart would mend nothing.
        return jsonify(told), 503 if worst(parts) is Status.FAILING else 200

    @pages.get("/metrics")
    def metrics() -> Response:
        if kiosk.metrics is None:
            abort(404)
        return Response(kiosk.metrics(), mimetype="text/plain; version=0.0.4")

    @pages.get("/scale.css")
    def scale() -> Response:
        style = scale_css(kiosk.config.kiosk.mm_per_px, simulated=kiosk.simulated)
        return Response(style, mimetype="text/css")

    return pages


def _pages(page_seen: PageWatch, streams: Streams) -> Subsystem:
    """A page that was here and listens no more has frozen, or its browser has gone."""
    age, listening = page_seen.age_seconds, len(streams)
    status = Status.OK if listening or age is None else Status.DEGRADED
    return Subsystem(status, {"live_streams": listening, "page_seen_seconds_ago": age})


def scale_css(mm_per_px: float, *, simulated: bool) -> str:
    """One millimetre of the real screen in CSS pixels, shrunk only where the window is too small.

    A simulated point is looked at in any window, so there the picture grows with the window.
    Fingers never shrink: `--finger-mm` stays a real millimetre.
    """
    real = f"{1 / mm_per_px:.3f}px"
    fit = "min(100vw / 217, 100vh / 125)"
    size = f"calc({fit})" if simulated else f"min({real}, {fit})"
    finger = "var(--mm)" if simulated else real
    return f":root{{--mm:{size};--finger-mm:{finger}}}\n"


def small_panel(mm_per_px: float, kiosk: KioskParts) -> str:
    """The media query of a panel on which four rows of real keys find no room."""
    if kiosk.simulated:
        return "not all"
    return f"(orientation: landscape) and (max-height: {round(122 / mm_per_px)}px)"
