"""How every part of the kiosk is, in a word a monitor acts on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.core.ballast import Ballast
from edge.core.decision import DoorFault
from edge.core.moment import ClockQuality
from edge.core.trouble import REMEDIES
from edge.flows.advice import advise
from edge.flows.health import Status, Subsystem, as_json, read, subsystems, worst
from tests.edge.flows.evening import Evening, an_order
from tests.edge.flows.ruins import Card, root_of, zero


def parts(evening: Evening) -> dict[str, Subsystem]:
    return subsystems(evening.point, read(evening.point))


def statuses(evening: Evening) -> dict[str, str]:
    return {name: part.status.value for name, part in parts(evening).items()}


def test_a_point_without_a_line_is_degraded_and_serves(evening: Evening) -> None:
    evening.order_here(an_order("D-0001"))

    told = statuses(evening)

    assert told == {
        "store": "ok",
        "outbox": "ok",
        "orders": "degraded",
        "line": "degraded",
        "cabinet": "ok",
        "clock": "ok",
        "disk": told["disk"],
        "backups": "ok",
        "personal_data": "ok",
        "commands": "ok",
    }
    assert worst(parts(evening)) is Status.DEGRADED


def test_the_answer_says_who_and_every_part(evening: Evening) -> None:
    evening.order_here(an_order("D-0001"))

    seen = parts(evening)
    told = as_json(seen, point_id="yonghe-7", version="0.1.0", simulated=True)

    assert (told["point_id"], told["version"], told["simulated"]) == ("yonghe-7", "0.1.0", True)
    facts = {name: part.to_json() for name, part in seen.items()}
    told_parts = told["subsystems"]
    assert isinstance(told_parts, dict)
    assert {name: {**part, **facts[name]} for name, part in told_parts.items()} == told_parts
    assert set(facts) == set(told_parts)
    assert facts["orders"]["by_state"] == {"READY": 1}
    assert facts["orders"]["sync_file"] == "missing"
    assert facts["outbox"]["unsent_events"] == len(evening.told())


def test_what_is_wrong_with_the_line_is_said_with_its_remedy(evening: Evening) -> None:
    seen = read(evening.point)
    wrong = replace(seen, link=replace(seen.link, trouble="certificate_expired"))

    line = subsystems(evening.point, wrong)["line"].to_json()

    assert (line["status"], line["trouble"]) == ("degraded", "certificate_expired")
    assert line["remedy"] == REMEDIES["certificate_expired"]


def test_events_that_wait_for_more_than_a_day_want_a_look(evening: Evening) -> None:
    evening.order_here(an_order("D-0001"))
    evening.clock.pass_by(25 * 3600)

    assert statuses(evening)["outbox"] == "degraded"


def test_a_door_in_trouble_is_named_and_an_untrusted_clock_is_said(evening: Evening) -> None:
    evening.doors.trouble["2"] = DoorFault.ALREADY_OPEN
    evening.clock.quality = ClockQuality.UNTRUSTED

    told = parts(evening)

    assert told["cabinet"].status is Status.DEGRADED
    assert told["cabinet"].facts["faults"] == {"2": "already_open"}
    assert told["clock"].to_json() == {"status": "degraded", "quality": "untrusted"}


def test_a_cabinet_that_does_not_answer_at_all_has_failed(evening: Evening) -> None:
    evening.doors.trouble = dict.fromkeys(("1", "2", "3"), DoorFault.OFFLINE)

    assert statuses(evening)["cabinet"] == "failing"
    assert worst(parts(evening)) is Status.DEGRADED


def test_a_store_that_writes_no_more_fails_the_whole_point(evening: Evening) -> None:
    evening.writer.close()

    assert statuses(evening)["store"] == "failing"
    assert worst(parts(evening)) is Status.FAILING


def test_after_a_damage_somebody_has_to_look_until_the_last_doubt_is_settled(card: Card) -> None:
    zero(card.file, root_of(card.file, "hand_over"), 1024)
    evening = card.start()
    told = parts(evening)["store"]
    assert (told.status, told.facts["maybe_opened"]) == (Status.DEGRADED, 4)
    words = advise("store", told.facts)
    assert "damaged" in words["why"]
    assert "Maybe opened" in words["remedy"]

    for doubt in evening.desk.board().maybe_opened:
        evening.desk.confirm(doubt.position)

    assert parts(evening)["store"].status is Status.OK
    evening.close()


def test_an_unreadable_file_of_the_agents_is_said_and_stops_nothing(evening: Evening) -> None:
    file = evening.folder / "sync" / "sync.db"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"no database" * 500)

    told = parts(evening)

    assert told["orders"].facts["sync_file"] == "unreadable"
    assert told["store"].status is Status.OK


def test_a_full_disk_is_told_before_it_is_full(evening: Evening) -> None:
    readings = read(evening.point)

    def disk(free: int) -> str:
        return subsystems(evening.point, replace(readings, free_bytes=free))["disk"].status.value

    assert [disk(10**10), disk(10**8), disk(10**6)] == ["ok", "degraded", "failing"]
    evening.point.memory.ballast = Ballast.GIVEN_UP
    assert disk(10**10) == "degraded"


def test_what_is_not_well_is_named_with_its_reason_and_its_remedy(evening: Evening) -> None:
    evening.clock.quality = ClockQuality.FLOOR
    evening.writer.close()

    told = as_json(parts(evening), point_id="yonghe-7", version="0.1.0", simulated=True)

    named = told["attention"]
    about = told["subsystems"]
    assert isinstance(named, list)
    assert isinstance(about, dict)
    assert {"store", "orders", "line", "clock"} <= set(named)
    assert [name for name in named if not (about[name]["why"] and about[name]["remedy"])] == []
    assert [name for name in about if name not in named and "why" in about[name]] == []
    assert "no time server has confirmed" in about["clock"]["why"]
    assert "timedatectl" in about["clock"]["remedy"]


@pytest.mark.parametrize("part", ["outbox", "cabinet", "disk", "backups", "personal_data", "pages"])
def test_every_part_has_its_words(part: str) -> None:
    assert set(advise(part, {})) == {"why", "remedy"}


def test_the_words_about_a_part_follow_its_cause() -> None:
    def why(part: str, **facts: object) -> str:
        return advise(part, facts)["why"]

    assert "surely over" in why("clock", quality="untrusted")
    assert "sync.db cannot be read" in why("orders", sync_file="unreadable")
    assert "damaged" in why("orders", sync_file="readable", damaged=3)
    assert why("backups", trouble="no room") == "trouble: no room"
    expired = advise("line", {"trouble": "certificate_expired", "remedy": "Renew it."})
    assert expired == {"why": "trouble: certificate_expired", "remedy": "Renew it."}
