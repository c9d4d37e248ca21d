"""The simulator: there for the simulated cabinet only, and its switches do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from edge.config import Driver
from edge.devices.simulation import SimulatedPlace
from tests.edge.kiosk.conftest import browse
from tests.edge.kiosk.fakes import Stage, config, stage


def door(kiosk: Stage, place_id: str) -> SimulatedPlace:
    assert kiosk.parts.simulation is not None
    return next(place for place in kiosk.parts.simulation.snapshot() if place.place_id == place_id)


def test_a_real_cabinet_has_no_simulator() -> None:
    real = browse(stage(config(driver=Driver.GPIO)))

    assert real.get("/simulator").status_code == 404
    assert real.post("/simulator/place/7", data={"deed": "open"}).status_code == 404


def test_a_hand_opens_and_closes_a_door(kiosk: Stage, browser: FlaskClient) -> None:
    browser.post("/simulator/place/7", data={"deed": "open"})
    assert door(kiosk, "7").is_open
    assert 'id="door-7" class="door ambient open"' in browser.get("/simulator").text

    browser.post("/simulator/place/7", data={"deed": "close"})
    assert not door(kiosk, "7").is_open


@pytest.mark.parametrize(
    ("on", "off", "name"),
    [
        ("stick", "unstick", "stuck"),
        ("jam", "unjam", "jammed"),
        ("lose_sensor", "find_sensor", "sensor_lost"),
    ],
)
def test_each_fault_is_switched_on_and_off(
    kiosk: Stage, browser: FlaskClient, on: str, off: str, name: str
) -> None:
    browser.post("/simulator/place/7", data={"deed": on})
    assert getattr(door(kiosk, "7"), name) is True

    browser.post("/simulator/place/7", data={"deed": off})
    assert getattr(door(kiosk, "7"), name) is False


@pytest.mark.parametrize(("place", "deed"), [("99", "open"), ("7", "explode"), ("7", "")])
def test_what_is_not_there_is_not_done(browser: FlaskClient, place: str, deed: str) -> None:
    assert browser.post(f"/simulator/place/{place}", data={"deed": deed}).status_code == 400


def test_a_shelf_place_has_no_door_to_open(browser: FlaskClient) -> None:
    assert browser.post("/simulator/place/B2", data={"deed": "open"}).status_code == 404


def test_doors_close_by_themselves_after_the_seconds_chosen(
    kiosk: Stage, browser: FlaskClient
) -> None:
    browser.post("/simulator/auto-close", data={"seconds": "5"})
    browser.post("/simulator/place/7", data={"deed": "open"})
    kiosk.clock.ticks += 6

    assert not door(kiosk, "7").is_open


def test_the_seconds_in_force_are_marked_among_the_choices(
    kiosk: Stage, browser: FlaskClient
) -> None:
    assert 'value="0" aria-pressed="true"' in browser.get("/simulator").text

    browser.post("/simulator/auto-close", data={"seconds": "7.5"})

    page = browser.get("/simulator").text
    assert re.findall(r'name="seconds" value="([^"]+)" aria-pressed', page) == ["7.5"]
    assert re.findall(r'name="seconds" value="([^"]+)"', page) == ["0", "6", "7.5", "15"]


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "soon", "99999"])
def test_nonsense_seconds_are_not_accepted(browser: FlaskClient, seconds: str) -> None:
    assert browser.post("/simulator/auto-close", data={"seconds": seconds}).status_code == 400


def test_the_network_switch_makes_and_removes_the_file_that_cuts_the_line(tmp_path: Path) -> None:
    line_cut = tmp_path / "line-cut"
    browser = browse(stage(line_cut=line_cut))

    browser.post("/simulator/line", data={"cut": "yes"})
    assert line_cut.exists()
    assert "已切斷" in browser.get("/simulator").text

    browser.post("/simulator/line", data={"cut": "no"})
    browser.post("/simulator/line", data={"cut": "no"})
    assert not line_cut.exists()


@pytest.mark.parametrize(
    ("tag", "said"), [("en", "Cut the line"), ("zh-Hans", "切断网络"), ("zh-Hant", "切斷網路")]
)
def test_the_simulator_speaks_each_language(tmp_path: Path, tag: str, said: str) -> None:
    browser = browse(stage(line_cut=tmp_path / "line-cut"))
    assert said in browser.get(f"/simulator?language={tag}").text


def test_without_a_relay_there_is_no_switch(browser: FlaskClient) -> None:
    assert browser.post("/simulator/line", data={"cut": "yes"}).status_code == 404
    assert "/simulator/line" not in browser.get("/simulator").text
