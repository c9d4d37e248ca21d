"""The cloud's figures in Prometheus' text format.

Rule: labels are closed lists, routes and points; no order, no person, nothing from an address.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from peewee import Database
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.core.trouble import Trouble
from edge.errors import PointError
from sync.cloud import signs
from sync.cloud.desk import Desk
from sync.cloud.drivers.port import DATABASE_ERRORS
from sync.cloud.meter import MOST_POINTS, Meter
from sync.cloud.tables import select

COUNTED_EVERY_SECONDS = 60.0
"""Counting whole tables costs more than a monitor that asks every few seconds is worth."""

SAID_BY_STATUS = {
    "unsent": "Events of the point that the cloud has not settled, as the point said last.",
    "set_aside": "Rows of the point that cannot be sent as they are, as it said last.",
}

Counts = Iterable[tuple[tuple[str, ...], float]]


def exposition(desk: Desk, connected: Callable[[], bool]) -> Callable[[], bytes]:
    """A function that writes the figures as of the moment it is called."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_CloudCollector(desk, connected))
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return lambda: generate_latest(registry)


class _CloudCollector(Collector):
    def __init__(self, desk: Desk, connected: Callable[[], bool]) -> None:
        self._desk = desk
        self._connected = connected
        self._lock = threading.Lock()
        self._counted: list[Metric] = []
        self._count_at = float("-inf")

    def describe(self) -> Iterable[Metric]:
        # Asked at registration, when there is nothing to read yet.
        return ()

    def collect(self) -> Iterable[Metric]:
        yield from _since_start(self._desk.meter)
        yield GaugeMetricFamily(
            "pickup_receiver_connected",
            "1 while the receiver has a broker.",
            value=float(self._connected()),
        )
        yield from self._from_database()

    def _from_database(self) -> list[Metric]:
        with self._lock:
            seconds = self._desk.clock.seconds()
            if seconds >= self._count_at:
                try:
                    self._counted = list(_stored(self._desk))
                except (PointError, *DATABASE_ERRORS):
                    # The health page says that the database is away; figures are what is left out.
                    return []
                self._count_at = seconds + COUNTED_EVERY_SECONDS
            return self._counted


def _since_start(meter: Meter) -> Iterable[Metric]:
    acks: Counts = [((), meter.acks)]
    heard: Counts = [((point_id,), at) for point_id, at in meter.heard.items()]
    yield _counter("pickup_acks", "Acks made for points.", (), acks)
    yield _counter(
        "pickup_orders_taken", "Orders that came in.", ("way", "outcome"), meter.taken.items()
    )
    ranges: Counts = [((outcome,), count) for outcome, count in meter.ranges.items()]
    yield _counter(
        "pickup_reconciled_ranges", "Ranges that points asked about.", ("outcome",), ranges
    )
    yield _counter(
        "pickup_http_requests",
        "Requests answered.",
        ("method", "route", "status"),
        meter.requests.items(),
    )
    name = "pickup_point_last_received_timestamp_seconds"
    yield _gauge(name, "When events of a point were last committed.", ("point_id",), heard)


def _stored(desk: Desk) -> Iterable[Metric]:
    reader = desk.store.reader
    ((stored,),) = select(reader, "SELECT count(*) FROM ledger")
    parked = select(reader, "SELECT code, sum(times) FROM dead_letter GROUP BY code")
    orders = select(
        reader,
        "SELECT CASE WHEN progress = 'open' THEN state ELSE progress END AS shown, count(*)"
        " FROM customer_order GROUP BY shown",
    )
    yield _counter("pickup_events_stored", "Events in the ledger.", (), [((), stored)])
    by_code: Counts = [((code,), float(count)) for code, count in parked]
    yield _counter("pickup_events_parked", "Events put aside.", ("code",), by_code)
    by_state: Counts = [((state,), count) for state, count in orders]
    yield _gauge("pickup_orders", "Orders by state.", ("state",), by_state)
    yield from _signs(reader)


def _signs(reader: Database) -> Iterable[Metric]:
    presences = signs.presences(reader, MOST_POINTS).items()
    statuses = signs.statuses(reader, MOST_POINTS).items()
    troubles = signs.troubles(reader, MOST_POINTS).items()
    there: Counts = [((at,), float(said["state"] == "online")) for at, said in presences]
    yield _gauge("pickup_point_online", "1 while the point is online.", ("point_id",), there)
    for name, about in SAID_BY_STATUS.items():
        counts: Counts = [((at,), float(said[name])) for at, said in statuses]
        yield _gauge(f"pickup_point_{name}_events", about, ("point_id",), counts)
    wrong: Counts = [((at, _known(said["code"])), 1.0) for at, said in troubles]
    about = "1 for what is wrong with a point's line, as it says."
    yield _gauge("pickup_point_trouble", about, ("point_id", "trouble"), wrong)


def _known(code: str) -> str:
    """A code of ours; what a newer point says beyond them is no label."""
    return code if code in set(Trouble) else "other"


def _counter(name: str, about: str, labels: tuple[str, ...], counts: Counts) -> Metric:
    family = CounterMetricFamily(name, about, labels=labels)
    for values, count in counts:
        family.add_metric(values, count)
    return family


def _gauge(name: str, about: str, labels: tuple[str, ...], values: Counts) -> Metric:
    family = GaugeMetricFamily(name, about, labels=labels)
    for label_values, value in values:
        family.add_metric(label_values, value)
    return family
