"""What the cloud did since its start, counted for monitoring; any thread may count."""

from __future__ import annotations

import threading
from collections import Counter as Tally
from collections.abc import Iterable, Mapping

MOST_POINTS = 2000
"""Points with a figure of their own; whoever comes after them has none."""


class Meter:
    """Counts that only grow, and when each point was last heard of."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._acks = 0
        self._heard: dict[str, float] = {}
        self._taken: Tally[tuple[str, str]] = Tally()
        self._reconciled: Tally[str] = Tally()
        self._requests: Tally[tuple[str, str, str]] = Tally()

    def acknowledged(self, points: Iterable[str], unix_seconds: float) -> None:
        """Events of these points were committed, and an ack was made for each of them."""
        with self._lock:
            for point_id in points:
                self._acks += 1
                if point_id in self._heard or len(self._heard) < MOST_POINTS:
                    self._heard[point_id] = unix_seconds

    def took_order(self, way: str, outcome: str, count: int = 1) -> None:
        """Orders came in: `way` is import or push."""
        with self._lock:
            self._taken[way, outcome] += count

    def reconciled(self, proven: int, differing: int) -> None:
        """A point asked about so many ranges of its events."""
        with self._lock:
            self._reconciled["proven"] += proven
            self._reconciled["differing"] += differing

    def answered(self, method: str, route: str, status: int) -> None:
        """A request was answered; `route` is its pattern, never its address."""
        with self._lock:
            self._requests[method, route, str(status)] += 1

    @property
    def acks(self) -> int:
        """Acks made."""
        return self._acks

    @property
    def heard(self) -> Mapping[str, float]:
        """Unix seconds by point."""
        with self._lock:
            return dict(self._heard)

    @property
    def taken(self) -> Mapping[tuple[str, str], int]:
        """Orders by way and outcome."""
        with self._lock:
            return dict(self._taken)

    @property
    def ranges(self) -> Mapping[str, int]:
        """Reconciled ranges by outcome."""
        with self._lock:
            return dict(self._reconciled)

    @property
    def requests(self) -> Mapping[tuple[str, str, str], int]:
        """Requests by method, route and status."""
        with self._lock:
            return dict(self._requests)
