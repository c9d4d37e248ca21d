"""Whether nothing happens at the point, so that work may be done that somebody might notice."""

from __future__ import annotations

from edge.flows.point import Point
from edge.store.outbox import newest_position


class Quiet:
    """Asked now and then."""

    def __init__(self, point: Point) -> None:
        self._point = point
        self._seen: int | None = None

    def since_last_asked(self) -> bool:
        """Whether no event came since, and no door is on its way."""
        before, self._seen = self._seen, newest_position(self._point.edge_file)
        return before == self._seen and not self._point.memory.in_flight
