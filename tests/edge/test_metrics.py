"""The kiosk's figures: what happened is counted, and nobody can be known by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from edge.core.decision import DoorFault
from edge.core.order import OrderRef, Zone
from edge.core.parked import Parked, ParkedFrom
from edge.devices.cabinet import ReportKind
from edge.flows.board import ManualReason
from edge.metrics import exposition
from edge.store import inbox, parked
from edge.store.database import Writer
from tests.edge.flows.evening import ISSUER, Evening, a_pass, an_order


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(tmp_path)
    yield evening
    evening.close()


def figures(evening: Evening) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = exposition(evening.point, "0.1.0")().decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figure(evening: Evening, name: str, **labels: str) -> float:
    return figures(evening)[name, frozenset(labels.items())]


def test_scans_are_counted_by_outcome_and_reason(evening: Evening) -> None:
    evening.order_here(an_order("D-0001"))

    evening.counter.scan(a_pass("D-0001"))
    for _ in range(3):
        evening.counter.scan("a shopping list")

    assert figure(evening, "pickup_scans_total", outcome="released", reason="") == 1
    assert figure(evening, "pickup_scans_total", outcome="refused", reason="not_a_pass") == 3


def test_hand_overs_are_counted_by_trust_class_and_only_once(evening: Evening) -> None:
    evening.order_here(an_order("D-0001"))
    evening.order_here(an_order("D-0002"))

    evening.counter.scan(a_pass("D-0001"))
    evening.counter.scan(a_pass("D-0001"))
    evening.desk.hand_over_manually(OrderRef(ISSUER, "D-0002"), ManualReason.PAPER)

    assert figure(evening, "pickup_hand_overs_total", trust="A") == 1
    assert figure(evening, "pickup_hand_overs_total", trust="D") == 1


def test_wrong_pins_and_lock_outs_are_counted(evening: Evening) -> None:
    pin = evening.with_pin()
    evening.desk.sign_in(pin)
    for _ in range(5):
        evening.desk.sign_in("000000" if pin != "000000" else "111111")

    assert figure(evening, "pickup_leader_sign_ins_total", outcome="accepted") == 1
    assert figure(evening, "pickup_leader_sign_ins_total", outcome="wrong") == 4
    assert figure(evening, "pickup_leader_sign_ins_total", outcome="locked_out") == 1


def test_doors_faults_orders_and_unsent_events_are_as_they_are_now(evening: Evening) -> None:
    evening.order_here(an_order("D-0001"))
    evening.order(an_order("D-0002", Zone.FROZEN))
    evening.doors.trouble["2"] = DoorFault.ALREADY_OPEN
    evening.clock.pass_by(90)

    assert figure(evening, "pickup_doors", state="open") == 1
    assert figure(evening, "pickup_door_faults", fault="already_open") == 1
    assert figure(evening, "pickup_orders", state="READY") == 1
    assert figure(evening, "pickup_orders", state="EXPECTED") == 1
    assert figure(evening, "pickup_unsent_events") == len(evening.told())
    assert figure(evening, "pickup_oldest_unsent_event_age_seconds") == 90
    assert figure(evening, "pickup_line_state", state="offline") == 1
    assert figure(evening, "pickup_line_trouble", trouble="second_device") == 0
    assert figure(evening, "pickup_clock_quality", quality="synced") == 1


def test_case_33_a_second_device_of_our_name_is_a_figure(evening: Evening) -> None:
    agent = Writer.open(evening.folder / "sync" / "sync.db", kind="sync")
    agent.call(lambda txn: inbox.set_link(txn, "online", evening.clock.now(), "second_device"))

    assert figure(evening, "pickup_line_trouble", trouble="second_device") == 1
    agent.close()


def test_what_could_not_be_read_is_counted_by_what_it_should_have_been(evening: Evening) -> None:
    agent = Writer.open(evening.folder / "sync" / "sync.db", kind="sync")
    rubbish, now = Parked(ParkedFrom.ACK, "no ack", b"\x00"), evening.clock.now()
    agent.call(lambda txn: parked.keep(txn, [rubbish, rubbish], now, None))

    assert figure(evening, "pickup_parked_messages_total", source="ack") == 2
    assert figure(evening, "pickup_parked_messages_total", source="hint") == 0
    agent.close()


def test_forged_commands_are_counted(evening: Evening) -> None:
    evening.point.memory.forged_commands = 3

    assert figure(evening, "pickup_forged_commands_total") == 3


def test_no_figure_names_an_order_or_a_person(evening: Evening) -> None:
    evening.order_here(an_order("D-0001", name="陳美玲"))
    text = a_pass("D-0001")
    evening.counter.scan(text)
    evening.report(ReportKind.OPENED)

    named = {value for _, labels in figures(evening) for _, value in labels}

    assert "A" in named
    for secret in ("D-0001", "陳", "678", text, ISSUER):
        assert [value for value in named if secret in value] == []


def test_a_monitor_finds_these_figures_and_no_others(evening: Evening) -> None:
    text = exposition(evening.point, "0.1.0")().decode()
    kinds = {family.name: family.type for family in text_string_to_metric_families(text)}

    assert {name: kind for name, kind in kinds.items() if name.startswith("pickup_")} == {
        "pickup_point_info": "gauge",
        "pickup_scans": "counter",
        "pickup_hand_overs": "counter",
        "pickup_leader_sign_ins": "counter",
        "pickup_doors": "gauge",
        "pickup_door_faults": "gauge",
        "pickup_orders": "gauge",
        "pickup_damaged_orders": "gauge",
        "pickup_unsent_events": "gauge",
        "pickup_oldest_unsent_event_age_seconds": "gauge",
        "pickup_line_state": "gauge",
        "pickup_line_trouble": "gauge",
        "pickup_parked_messages": "counter",
        "pickup_forged_commands": "counter",
        "pickup_clock_quality": "gauge",
        "pickup_disk_free_bytes": "gauge",
    }


def test_a_store_that_cannot_be_read_leaves_its_figures_out_and_the_rest_there(
    evening: Evening,
) -> None:
    evening.close()
    file = evening.folder / "edge" / "edge.db"
    file.write_bytes(b"torn" * 4096)
    for beside in file.parent.glob("edge.db-*"):
        beside.unlink()

    names = {name for name, _ in figures(evening)}

    assert "pickup_unsent_events" not in names
    assert "pickup_doors" in names
