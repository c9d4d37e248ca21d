"""Pulling orders over HTTPS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.core.trouble import Trouble
from edge.errors import MalformedMessage
from sync.contract import Page, decode_page
from sync.https import Asker, CloudAddress, Failed, Https

ORDERS_PER_ANSWER = 200
GONE = 410


@dataclass(frozen=True, slots=True)
class Gone:
    """The cloud does not know our cursor: start over without one."""


Answer = Page | Gone | Failed


@dataclass(frozen=True, slots=True)
class Pulled:
    """The answer to the pull that asked with `since`."""

    since: str | None
    answer: Answer


class OrdersApi:
    """The cloud's orders, asked for over one kept connection."""

    def __init__(self, address: CloudAddress, boot_seconds: Callable[[], float]) -> None:
        self._path = f"/v1/points/{address.point_id}/orders"
        self._https = Https(address, boot_seconds)

    def fetch(self, since: str | None) -> Answer:
        """One request, one answer; never raises for what the other side does."""
        parameters: dict[str, str | int] = {"limit": ORDERS_PER_ANSWER}
        if since is not None:
            parameters["since"] = since
        answer = self._https.get(self._path, parameters)
        if isinstance(answer, Failed):
            return Gone() if answer.status == GONE else answer
        try:
            return decode_page(answer)
        except MalformedMessage as error:
            return Failed(Trouble.NONSENSE, error.what, body=answer)

    def close(self) -> None:
        """Let go of the kept connection."""
        self._https.close()


def puller(
    fetch: Callable[[str | None], Answer],
    answer: Callable[[Pulled], None],
    boot_seconds: Callable[[], float],
) -> Asker[str | None]:
    """Asks on its own thread and hands each answer to `answer`, which must only enqueue it."""
    return Asker("orders-pull", lambda since: answer(Pulled(since, fetch(since))), boot_seconds)
