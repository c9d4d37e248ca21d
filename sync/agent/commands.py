"""What goes between cloud and kiosk beside orders and events: commands down, a challenge up.

Rule: the agent obeys no command and does none; it keeps bytes, and the kiosk judges.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping

from edge.core.command import Delivery
from edge.errors import StoreBusy, StoreCorrupt
from edge.store import commands
from edge.store.database import Reader, Txn, Writer

log = logging.getLogger(__name__)

LEAST_SECONDS = 1.0
"""Between two wishes for a challenge, however often the cloud hints."""
ANSWERED_WITHIN = 10.0
"""A kiosk that took longer to make a challenge is down; the cloud asks again."""


class Commands:
    """Keeps what came, asks the kiosk for challenges, and grants what the kiosk wishes.

    `grants` does what a wish is about; it is called with seconds since boot.
    """

    def __init__(
        self, writer: Writer, edge: Reader, grants: Mapping[str, Callable[[float], None]]
    ) -> None:
        self._writer = writer
        self._edge = edge
        self._grants = grants
        self._granted = writer.call(commands.granted)
        self._heard: list[Delivery] = []
        self._token: str | None = None
        self._asked_at = float("-inf")

    def heard(self, body: bytes, *, retained: bool) -> None:
        """A message on `down/command`."""
        self._heard.append(Delivery(body, retained))

    def wanted(self, seconds: float) -> None:
        """The cloud wants a challenge: wish for one of the kiosk."""
        if seconds - self._asked_at < LEAST_SECONDS:
            return
        self._asked_at, token = seconds, secrets.token_hex(8)
        self._writer.call(lambda txn: commands.want_challenge(txn, token))
        self._token = token

    def write(self) -> None:
        """Keep what was heard since the last turn, in one commit."""
        if self._heard:
            heard, self._heard = self._heard[-commands.KEPT_DELIVERIES :], []
            self._writer.call(lambda txn: commands.put_deliveries(txn, heard))

    def challenge(self, seconds: float) -> str | None:
        """The kiosk's answer, once: to be published at once or never."""
        if self._token is None:
            return None
        if seconds - self._asked_at > ANSWERED_WITHIN:
            self._token = None
            return None
        try:
            found = commands.challenge(self._edge, self._token)
        except (StoreBusy, StoreCorrupt):
            return None
        if found is not None:
            self._token = None
        return found

    def grant(self, seconds: float) -> None:
        """Do what the kiosk wishes and was not granted yet."""
        try:
            wishes = commands.wishes(self._edge)
        except (StoreBusy, StoreCorrupt):
            return
        for name, token in wishes.items():
            if self._granted.get(name) != token and name in self._grants:
                log.info("kiosk_wishes", extra={"wish": name})
                self._grants[name](seconds)
                self._remember(name, token)

    def _remember(self, name: str, token: str) -> None:
        def work(txn: Txn) -> None:
            commands.grant(txn, name, token)

        self._writer.call(work)
        self._granted[name] = token
