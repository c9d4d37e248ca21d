"""Hands and faults for the simulated cabinet, and the switch of its network line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, redirect, request
from flask import render_template as render
from werkzeug.wrappers import Response

from edge.devices.simulation import Simulation
from edge.kiosk.languages import speak, understood
from edge.kiosk.parts import KioskParts

MAX_AUTO_CLOSE_SECONDS = 3600.0
CLOSE_CHOICES = (6.0, 15.0)


def blueprint(kiosk: KioskParts, simulation: Simulation) -> Blueprint:
    """Everything under /simulator; registered for the simulated cabinet only."""
    pages = Blueprint("simulator", __name__, url_prefix="/simulator")
    _add_view(pages, kiosk, simulation)
    _add_deeds(pages, kiosk, simulation)
    return pages


def _add_view(pages: Blueprint, kiosk: KioskParts, simulation: Simulation) -> None:
    @pages.before_request
    def choose_language() -> None:
        wishes = (request.args.get("language"), request.cookies.get("language"))
        known = (understood(wish) for wish in wishes)
        speak(next(filter(None, known), kiosk.config.point.language))

    @pages.get("", strict_slashes=False)
    def view() -> str:
        states = {place.place_id: place for place in simulation.snapshot()}
        return render(
            "simulator/page.html",
            states=states,
            closes_after=simulation.closes_after,
            close_choices=_close_choices(simulation.closes_after),
            line_cut=kiosk.line_cut is not None and kiosk.line_cut.exists(),
            has_line=kiosk.line_cut is not None,
        )


def _close_choices(now: float | None) -> list[float]:
    """The seconds to choose from; what the configuration set is one of them."""
    return sorted({*CLOSE_CHOICES, *([now] if now else [])})


def _add_deeds(pages: Blueprint, kiosk: KioskParts, simulation: Simulation) -> None:
    deeds = _deeds(simulation)

    @pages.post("/place/<place_id>")
    def act(place_id: str) -> Response:
        known = {place.place_id for place in kiosk.layout}
        deed = deeds.get(request.form.get("deed", ""))
        if deed is None or place_id not in known:
            abort(400)
        deed(place_id)
        return redirect("/simulator", 303)

    @pages.post("/auto-close")
    def auto_close() -> Response:
        simulation.auto_close(_seconds(request.form.get("seconds", "")))
        return redirect("/simulator", 303)

    @pages.post("/line")
    def line() -> Response:
        if kiosk.line_cut is None:
            abort(404)
        if request.form.get("cut") == "yes":
            kiosk.line_cut.touch()
        else:
            kiosk.line_cut.unlink(missing_ok=True)
        kiosk.news.bump()
        return redirect("/simulator", 303)


def _deeds(simulation: Simulation) -> Mapping[str, Callable[[str], None]]:
    return {
        "close": simulation.close_door,
        "open": simulation.open_by_hand,
        "stick": lambda place_id: simulation.stick(place_id, stuck=True),
        "unstick": lambda place_id: simulation.stick(place_id, stuck=False),
        "jam": lambda place_id: simulation.jam(place_id, jammed=True),
        "unjam": lambda place_id: simulation.jam(place_id, jammed=False),
        "lose_sensor": lambda place_id: simulation.lose_sensor(place_id, lost=True),
        "find_sensor": lambda place_id: simulation.lose_sensor(place_id, lost=False),
    }


def _seconds(text: str) -> float | None:
    """Seconds until a simulated customer closes a door; nothing or 0 means never."""
    try:
        seconds = float(text or 0)
    except ValueError:
        abort(400)
    if not 0 <= seconds <= MAX_AUTO_CLOSE_SECONDS:
        abort(400)
    return seconds or None
