"""How the line to the cloud is, as the agent's file tells it."""

from __future__ import annotations

from datetime import timedelta

from edge.flows.board import Link, LinkState
from edge.flows.point import Point
from edge.store import inbox, parked

SILENT_AFTER = timedelta(minutes=10)
"""An agent that wrote nothing for this long is not believed to be online."""
UNREADABLE = "agent_file_unreadable"
"""The code of our own trouble: what the agent wrote is damaged."""


def link(point: Point) -> Link:
    """The line as it was last told; an agent that fell silent counts as offline."""
    told = point.sync_file.ask(inbox.link)
    state = LinkState(told.state)
    heard = max((at for at in (told.last_pull, told.last_ack, told.since) if at), default=None)
    silent = heard is not None and point.clock.now().wall - heard > SILENT_AFTER
    return Link(
        state=LinkState.OFFLINE if silent and state is LinkState.ONLINE else state,
        since=heard if silent else told.since,
        last_pull=told.last_pull,
        trouble=UNREADABLE if point.sync_file.unreadable else told.trouble,
        refused_orders=told.refused_orders + len(point.memory.refused_orders),
        parked=point.sync_file.ask(parked.counts),
    )
