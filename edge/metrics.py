"""The kiosk's figures in Prometheus' text format: read when they are asked for, kept nowhere.

Rule: labels are closed lists of our own words; no order, no person, nothing that was scanned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.core.moment import ClockQuality
from edge.core.order import OrderState
from edge.core.parked import ParkedFrom
from edge.core.trouble import Trouble
from edge.devices.cabinet import DoorState
from edge.flows.board import LinkState
from edge.flows.health import Readings, read
from edge.flows.point import Point
from edge.flows.tallies import Tallies

Counts = Iterable[tuple[tuple[str, ...], float]]


def exposition(point: Point, version: str) -> Callable[[], bytes]:
    """A function that writes the figures of this point as of the moment it is called."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_PointCollector(point, version))
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return lambda: generate_latest(registry)


class _PointCollector(Collector):
    def __init__(self, point: Point, version: str) -> None:
        self._point = point
        self._version = version

    def describe(self) -> Iterable[Metric]:
        # Asked at registration, when there is nothing to read yet.
        return ()

    def collect(self) -> Iterable[Metric]:
        readings = read(self._point)
        about = [((self._point.id, self._version), 1.0)]
        yield _gauge("pickup_point_info", "This point.", ("point_id", "version"), about)
        yield from _happened(self._point.memory.tallies)
        yield from _goods(readings)
        yield from _line(readings, self._point.clock.now().wall)
        forged = [((), float(self._point.memory.forged_commands))]
        yield _counter("pickup_forged_commands", "Signed by nobody we obey.", (), forged)
        quality = [((each.value,), float(each is readings.clock)) for each in ClockQuality]
        yield _gauge(
            "pickup_clock_quality", "1 for how far the clock is believed.", ("quality",), quality
        )
        yield _plain("pickup_disk_free_bytes", "Free on the data's disk.", readings.free_bytes)


def _happened(tallies: Tallies) -> Iterable[Metric]:
    hand_overs = [((trust.value,), count) for trust, count in tallies.hand_overs.items()]
    pins = [((guess.value,), count) for guess, count in tallies.pins.items()]
    yield _counter("pickup_scans", "Codes shown.", ("outcome", "reason"), tallies.scans.items())
    yield _counter("pickup_hand_overs", "Parcels released.", ("trust",), hand_overs)
    yield _counter("pickup_leader_sign_ins", "Tries at the PIN.", ("outcome",), pins)


def _goods(readings: Readings) -> Iterable[Metric]:
    doors = list(readings.doors.values())
    faults = list(readings.faults.values())
    states = readings.orders or {}
    yield _gauge(
        "pickup_doors",
        "Doors by state.",
        ("state",),
        [((s.value,), doors.count(s)) for s in DoorState],
    )
    yield _gauge(
        "pickup_door_faults",
        "Places in trouble.",
        ("fault",),
        [((f,), faults.count(f)) for f in set(faults)],
    )
    yield _gauge(
        "pickup_orders",
        "Orders of the day.",
        ("state",),
        [((s.value,), states.get(s, 0)) for s in OrderState],
    )
    yield _plain("pickup_damaged_orders", "Orders that cannot be read.", readings.damaged_orders)


def _line(readings: Readings, now: datetime) -> Iterable[Metric]:
    unsent = readings.unsent
    if unsent is not None:
        yield _plain("pickup_unsent_events", "Events the cloud has not settled.", unsent.count)
        age = _age(now, unsent.oldest)
        yield _plain("pickup_oldest_unsent_event_age_seconds", "0 where all are settled.", age or 0)
    state = [((each.value,), float(each is readings.link.state)) for each in LinkState]
    yield _gauge("pickup_line_state", "1 for how the line to the cloud is.", ("state",), state)
    trouble = [((each.value,), float(each == readings.link.trouble)) for each in Trouble]
    yield _gauge("pickup_line_trouble", "1 for what is wrong with it.", ("trouble",), trouble)
    parked = [((each.value,), readings.link.parked.get(each, 0)) for each in ParkedFrom]
    yield _counter(
        "pickup_parked_messages", "Of the cloud, that could not be read.", ("source",), parked
    )
    for name, about, since in (
        (
            "pickup_last_pull_age_seconds",
            "Since the cloud last answered.",
            _age(now, readings.link.last_pull),
        ),
        ("pickup_sync_file_age_seconds", "Since the agent last wrote.", _file_age(now, readings)),
    ):
        if since is not None:
            yield _plain(name, about, since)


def _file_age(now: datetime, readings: Readings) -> float | None:
    written = readings.sync_file_written
    return None if written is None else max(now.timestamp() - written, 0.0)


def _age(now: datetime, then: datetime | None) -> float | None:
    return None if then is None else max((now - then).total_seconds(), 0.0)


def _counter(name: str, about: str, labels: tuple[str, ...], counts: Counts) -> Metric:
    return _filled(CounterMetricFamily(name, about, labels=labels), counts)


def _gauge(name: str, about: str, labels: tuple[str, ...], values: Counts) -> Metric:
    return _filled(GaugeMetricFamily(name, about, labels=labels), values)


def _plain(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _filled(
    family: CounterMetricFamily | GaugeMetricFamily, counts: Counts
) -> CounterMetricFamily | GaugeMetricFamily:
    for labels, value in counts:
        family.add_metric(labels, value)
    return family
