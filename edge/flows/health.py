"""How every subsystem of the kiosk is: what a monitor asks, and what somebody far away reads."""

from __future__ import annotations

import shutil
from collections import Counter as Tally
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from edge.core.ballast import Ballast
from edge.core.moment import ClockQuality
from edge.core.order import OrderState
from edge.core.trouble import REMEDIES
from edge.devices.cabinet import DoorState
from edge.errors import PointError
from edge.flows.advice import advise
from edge.flows.board import Link, LinkState, Unsent
from edge.flows.line import link
from edge.flows.point import Point
from edge.flows.recover import recover
from edge.store import floor, inbox, orders, outbox
from edge.store.backups import backups
from edge.store.connection import DATABASE_ERRORS, LOG_BYTES
from edge.store.log_file import log_bytes
from edge.store.losses import losses

OLD = timedelta(days=1)
"""Events, or orders, older than this wait for more than a night without a line."""
MOST_BETWEEN_BACKUPS = timedelta(days=2)
MOST_BETWEEN_CLEAN_UPS = timedelta(days=2)
MOST_LOG_BYTES = 2 * LOG_BYTES
"""A log that grows beyond this has a reader that never lets go of it."""
ROOM_BYTES, LAST_ROOM_BYTES = 500_000_000, 50_000_000


TIME_STANDS = (
    "No time that has surely passed is known since 'passed', and nobody is forgotten before it has:"
    " let the machine reach the cloud and a time server."
)


class Status(StrEnum):
    """Ok; degraded: customers are served, somebody should look; failing: this part does nothing."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Subsystem:
    """One part: its status, and the facts behind it."""

    status: Status
    facts: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """As `/healthz` shows it."""
        return {"status": self.status.value, **self.facts}


@dataclass(frozen=True, slots=True)
class Readings:
    """What health and metrics both start from, read once; None where the store does not answer."""

    link: Link
    unsent: Unsent | None
    orders: Mapping[OrderState, int] | None
    damaged_orders: int
    doors: Mapping[str, DoorState]
    faults: Mapping[str, str]
    sync_file_written: float | None
    clock: ClockQuality
    passed: datetime | None
    free_bytes: int


def read(point: Point) -> Readings:
    """Every figure, as of now."""
    unsent, states, damaged = _from_store(point)
    return Readings(
        link=link(point),
        unsent=unsent,
        orders=states,
        damaged_orders=damaged,
        doors=point.doors.states(),
        faults={place: fault.value for place, fault in point.doors.faults().items()},
        sync_file_written=point.sync_file.written_at,
        clock=point.clock.now().quality,
        passed=_passed(point),
        free_bytes=shutil.disk_usage(point.writer.path.parent).free,
    )


def _passed(point: Point) -> datetime | None:
    """What has surely passed; None where nobody said so yet, or it cannot be read."""
    try:
        return floor.trusted_floor(point.edge_file)
    except (PointError, *DATABASE_ERRORS):
        return None


def _from_store(point: Point) -> tuple[Unsent | None, Mapping[OrderState, int] | None, int]:
    try:
        left = outbox.unsent(point.edge_file, point.sync_file.ask(inbox.settled))
        views = orders.board(point.edge_file, point.today())
    except (PointError, *DATABASE_ERRORS):
        return None, None, 0
    return Unsent(left.count, left.oldest), Tally(view.state for view in views), views.damaged


def subsystems(point: Point, readings: Readings) -> dict[str, Subsystem]:
    """Each part by its name."""
    now = point.clock.now().wall
    return {
        "store": _store(point, readings),
        "outbox": _outbox(readings, now),
        "orders": _orders(point, readings, now),
        "line": _line(readings.link),
        "cabinet": _cabinet(readings),
        "clock": Subsystem(
            _ok_if(readings.clock is ClockQuality.SYNCED), {"quality": readings.clock.value}
        ),
        "disk": _disk(readings.free_bytes, point.memory.ballast),
        "backups": _backups(point, now),
        "personal_data": _personal_data(point, readings, now),
        "commands": Subsystem(Status.OK, {"forged": point.memory.forged_commands}),
    }


def as_json(
    parts: Mapping[str, Subsystem], *, point_id: str, version: str, simulated: bool
) -> dict[str, object]:
    """The answer to `GET /healthz`: `attention` names what is not ok, each part says why."""
    return {
        "point_id": point_id,
        "version": version,
        "simulated": simulated,
        "status": worst(parts).value,
        "attention": [name for name, part in parts.items() if part.status is not Status.OK],
        "subsystems": {name: _told(name, part) for name, part in parts.items()},
    }


def _told(name: str, part: Subsystem) -> dict[str, object]:
    words = {} if part.status is Status.OK else advise(name, part.facts)
    return {**part.to_json(), **words}


def worst(parts: Mapping[str, Subsystem]) -> Status:
    """The whole is as well as its worst part; failing only where no pickup can be recorded."""
    if parts["store"].status is Status.FAILING:
        return Status.FAILING
    return _ok_if(all(part.status is Status.OK for part in parts.values()))


def _ok_if(well: bool) -> Status:  # noqa: FBT001 - read beside its one condition
    return Status.OK if well else Status.DEGRADED


def _store(point: Point, readings: Readings) -> Subsystem:
    answers = readings.unsent is not None
    well = answers and point.writer.is_writing
    found = losses(point.edge_file) if answers else None
    lost = None if found is None else {"cause": found.cause, "found_at": found.found_at}
    log = log_bytes(point.writer.path)
    facts: dict[str, object] = {"reads": answers, "lost": lost, "log_bytes": log}
    if not well:
        return Subsystem(Status.FAILING, facts)
    doubts = len(recover(point)) if lost is not None else 0
    if doubts:
        facts["maybe_opened"] = doubts
    return Subsystem(_ok_if(log <= MOST_LOG_BYTES and not doubts), facts)


def _outbox(readings: Readings, now: datetime) -> Subsystem:
    unsent = readings.unsent or Unsent(0, None)
    old = unsent.oldest is not None and now - unsent.oldest > OLD
    oldest = None if unsent.oldest is None else unsent.oldest.isoformat()
    facts = {"unsent_events": unsent.count, "oldest": oldest}
    return Subsystem(_ok_if(readings.unsent is not None and not old), facts)


def _orders(point: Point, readings: Readings, now: datetime) -> Subsystem:
    last = readings.link.last_pull
    stale = last is None or now - last > OLD
    well = not stale and not point.sync_file.unreadable and not readings.damaged_orders
    facts = {
        "last_pull": None if last is None else last.isoformat(),
        "by_state": {state.value: count for state, count in (readings.orders or {}).items()},
        "damaged": readings.damaged_orders,
        "refused": readings.link.refused_orders,
        "sync_file": _sync_file(point),
    }
    return Subsystem(_ok_if(well), facts)


def _backups(point: Point, now: datetime) -> Subsystem:
    copies = backups(point.writer.path)
    newest = copies[-1].made_at if copies else None
    late = newest is not None and now - newest > MOST_BETWEEN_BACKUPS
    facts = {
        "newest": None if newest is None else newest.isoformat(),
        "kept": len(copies),
        "trouble": point.memory.backup_trouble,
    }
    return Subsystem(_ok_if(point.memory.backup_trouble is None and not late), facts)


def _personal_data(point: Point, readings: Readings, now: datetime) -> Subsystem:
    at, trouble = point.memory.forgotten_at, point.memory.forgetting_trouble
    passed = readings.passed
    late = at is not None and now - at > MOST_BETWEEN_CLEAN_UPS
    stands = at is not None and passed is not None and now - passed > MOST_BETWEEN_CLEAN_UPS
    facts = {
        "cleaned_at": None if at is None else at.isoformat(),
        "passed": None if passed is None else passed.isoformat(),
        "trouble": trouble,
    }
    if stands:
        facts["remedy"] = TIME_STANDS
    return Subsystem(_ok_if(trouble is None and not late and not stands), facts)


def _sync_file(point: Point) -> str:
    if point.sync_file.unreadable:
        return "unreadable"
    return "missing" if point.sync_file.written_at is None else "readable"


def _line(line: Link) -> Subsystem:
    remedy = None if line.trouble is None else REMEDIES.get(line.trouble)
    facts = {
        "state": line.state.value,
        "trouble": line.trouble,
        "parked": {source.value: times for source, times in line.parked.items() if times},
    }
    if remedy is not None:
        facts["remedy"] = remedy
    return Subsystem(_ok_if(line.state is LinkState.ONLINE and line.trouble is None), facts)


def _cabinet(readings: Readings) -> Subsystem:
    offline = [place for place, fault in readings.faults.items() if fault == "offline"]
    facts = {"doors": Tally(readings.doors.values()), "faults": dict(readings.faults)}
    if readings.doors and len(offline) >= len(readings.doors):
        return Subsystem(Status.FAILING, facts)
    unknown = DoorState.UNKNOWN in readings.doors.values()
    return Subsystem(_ok_if(not readings.faults and not unknown), facts)


def _disk(free: int, ballast: Ballast) -> Subsystem:
    facts = {"free_bytes": free, "ballast": ballast.value}
    if free < LAST_ROOM_BYTES:
        return Subsystem(Status.FAILING, facts)
    return Subsystem(_ok_if(free >= ROOM_BYTES and ballast is not Ballast.GIVEN_UP), facts)
