"""How the line to the cloud is, in the one row that the leader's page reads."""

from __future__ import annotations

import logging
from collections.abc import Callable

from edge.core.moment import Moment
from edge.core.trouble import REMEDIES, Trouble
from edge.store import inbox
from edge.store.database import Txn, Writer

log = logging.getLogger(__name__)

REFUSED = frozenset({Trouble.REVOKED, Trouble.UNAUTHORISED})


class Line:
    """Broker and orders API together; what changed is written once per turn of the loop."""

    def __init__(self, writer: Writer, now: Callable[[], Moment]) -> None:
        self._writer = writer
        self._now = now
        self._is_broker_up = False
        self._is_refused = False
        self._is_cloud_reached = True
        self._troubles: dict[str, Trouble] = {}
        self._written: tuple[str, Trouble | None] | None = None

    def broker_up(self) -> None:
        """Connected and subscribed."""
        self._is_broker_up, self._is_refused = True, False
        self.trouble("broker's line", None)

    def broker_down(self, *, refused: bool, trouble: Trouble | None = None) -> None:
        """Not connected; `refused` when the broker does not want us."""
        self._is_broker_up, self._is_refused = False, refused
        self.trouble("broker's line", trouble)

    def cloud_reached(self, *, reached: bool) -> None:
        """Whether the orders API answered the last time it was asked, whatever it said."""
        self._is_cloud_reached = reached

    def trouble(self, source: str, code: Trouble | None) -> None:
        """What is wrong according to one source; None: nothing any more."""
        if code is None:
            self._troubles.pop(source, None)
        else:
            self._troubles[source] = code

    @property
    def most_urgent(self) -> Trouble | None:
        """What a person should hear of first."""
        codes = set(self._troubles.values())
        return next((code for code in Trouble if code in codes), None)

    def write(self) -> None:
        """Store the state if it is another one than last time."""
        state = (self._state(), self.most_urgent)
        if state == self._written:
            return
        moment = self._now()

        def work(txn: Txn) -> None:
            inbox.set_link(txn, state[0], moment, state[1])

        self._writer.call(work)
        self._written = state
        told = {} if state[1] is None else {"trouble": state[1], "remedy": REMEDIES[state[1]]}
        log.info("line_changed", extra={"state": state[0], **told})

    def _state(self) -> str:
        if self._is_refused or REFUSED & set(self._troubles.values()):
            return "refused"
        return "online" if self._is_broker_up and self._is_cloud_reached else "offline"
