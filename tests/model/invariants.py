"""The promises, checked after every step, and once more when everything has come to rest."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from sync.contract import WINDOW
from tests.model.facts import OrderFacts
from tests.model.faults import Promise, hold
from tests.model.point import SimulatedPoint
from tests.model.world import World

ENDS = frozenset({"order.collected", "order.partly_collected", "order.annulled", "leader.override"})
"""What the log says of a door that was seen open; the leader's own opening closes nothing."""


def hold_every_promise(world: World) -> None:
    """What is true at any moment, whatever is broken; the logs see I1, I3, the cabinet I4."""
    world.read_logs()
    for point in world.points.values():
        i1_every_closure_whose_door_moved_is_on_file(point)
        i2_the_ledger_holds_nothing_but_the_points_own_events(world, point)
        i6_what_is_acknowledged_is_in_the_ledger(world, point)


def hold_at_rest(world: World) -> None:
    """What is true besides, once everything was connected for a while."""
    hold_every_promise(world)
    for point in world.points.values():
        i2_every_event_is_in_the_ledger_once(world, point)
        i5_an_orders_events_have_the_same_sequence(world, point)
    the_cloud_agrees(world)


def i1_every_closure_whose_door_moved_is_on_file(point: SimulatedPoint) -> None:
    for pulse in point.cabinet.pulses:
        told = point.log.told(pulse.token)
        hold(Promise.I1, told and told[0] in ("order.released", "leader.override"), pulse)
    for token in point.seen_open:
        hold(Promise.I1, ENDS & {*point.log.told(token)}, f"hand-over {token} is still open")


def i2_the_ledger_holds_nothing_but_the_points_own_events(
    world: World, point: SimulatedPoint
) -> None:
    own = dict(zip(point.log.places(), point.log.bodies, strict=True))
    strangers = {
        place for place, body in world.cloud.ledger(point.id).items() if own.get(place) != body
    }
    hold(Promise.I2, not strangers, f"the ledger has {strangers} of {point.id}")


def i2_every_event_is_in_the_ledger_once(world: World, point: SimulatedPoint) -> None:
    stored = world.cloud.ledger(point.id)
    missing = [place for place in point.log.places() if place not in stored]
    hold(Promise.I2, not missing, f"of {point.id} these are missing: {missing[:5]}")
    hold(Promise.I2, len(stored) == len(point.log.bodies), "there are more events than on file")
    report = world.cloud.verify(point.id)
    hold(Promise.I2, not report.findings, [str(finding) for finding in report.findings])


def i5_an_orders_events_have_the_same_sequence(world: World, point: SimulatedPoint) -> None:
    hold(Promise.I5, world.cloud.in_order(point.id) == point.log.places(), point.id)


def i6_what_is_acknowledged_is_in_the_ledger(world: World, point: SimulatedPoint) -> None:
    stored = world.cloud.ledger(point.id).keys()
    for epoch, number in _settled(point.sync_db):
        hold(Promise.I6, (epoch, number) in stored, f"{point.id} believes in {epoch} {number}")
    in_flight = point.agent.events._uplink.in_flight
    hold(Promise.I6, in_flight <= WINDOW, f"{in_flight} messages are in flight")


def _settled(sync_db: Path) -> set[tuple[str, int]]:
    with closing(sqlite3.connect(f"file:{sync_db}?mode=ro", uri=True)) as file:
        rows = file.execute("SELECT epoch, through, also, rejected FROM settled").fetchall()
    return {
        (epoch, number)
        for epoch, through, also, rejected in rows
        for number in [*range(1, through + 1), *json.loads(also), *map(int, json.loads(rejected))]
    }


def the_cloud_agrees(world: World) -> None:
    """Progress is what the facts say; a cancellation that came too late is booked, not obeyed."""
    for row in world.cloud.orders():
        point = world.points[row["point_id"]]
        facts = point.log.orders.get(row["order_id"], OrderFacts())
        progress = _progress(row["lines"], facts)
        said = f"{row['order_id']} is {row['progress']}, its facts say {progress}"
        hold(Promise.CLOUD_AGREES, row["progress"] == progress, said)
        late = row["state"] == "cancelled" and any(p.collected for p in facts.in_force())
        booked = "collected_after_cancellation" in row["conflicts"]
        hold(Promise.CLOUD_AGREES, booked or not late, f"{row['order_id']}: nothing is booked")
        hold(Promise.CLOUD_AGREES, "closed_twice" not in row["conflicts"], row["order_id"])


def _progress(lines: set[str], facts: OrderFacts) -> str:
    parcels = facts.parcels.values()
    taken = {line for p in facts.in_force() if p.collected for line in p.lines}
    back = {line for p in parcels if p.returned for line in p.returned_lines}
    if lines <= taken:
        return "collected"
    if lines <= back and not taken:
        return "returned"
    return "partly_collected" if taken & lines else "open"
