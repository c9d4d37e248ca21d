"""When to pull orders, and what an answer does to the agent's file."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from edge.core.forgetting import as_kept
from edge.core.moment import Moment, rfc3339
from edge.core.parked import ParkedFrom
from edge.core.trouble import Trouble
from edge.store import inbox
from edge.store.database import Txn, Writer
from sync.agent.line import Line
from sync.agent.parking import Parking
from sync.backoff import Backoff
from sync.contract import Hint, Page
from sync.downlink import Gone, Pulled
from sync.https import Failed

log = logging.getLogger(__name__)

LEAST_SECONDS = 1.0
"""Between two pulls, however often the cloud hints."""
SERVER_TIME_STEP = timedelta(hours=1)
"""How far the cloud's time must have moved to be worth a write."""


class Orders:
    """The state of pulling; `ask` starts a pull whose answer comes to `take`."""

    def __init__(  # noqa: PLR0913 - each of its parts, by name
        self,
        *,
        writer: Writer,
        now: Callable[[], Moment],
        passed: Callable[[], datetime | None],
        line: Line,
        parking: Parking,
        ask: Callable[[str | None], None],
        pull_seconds: float,
        random: Random,
    ) -> None:
        self._writer = writer
        self._now = now
        self._passed = passed
        self._line = line
        self._parking = parking
        self._ask = ask
        self._pull_seconds = pull_seconds
        self._random = random
        self._backoff = Backoff(random, first=2.0, longest=pull_seconds)
        self._cursor = writer.call(inbox.cursor)
        self._is_waiting = False
        self._pull_at = 0.0
        self._noted: datetime | None = None

    def step(self, seconds: float) -> None:
        """Pull if it is time."""
        if not self._is_waiting and seconds >= self._pull_at:
            self._is_waiting = True
            self._ask(self._cursor)

    def hinted(self, hint: Hint, seconds: float) -> None:
        """The cloud has something newer: pull soon, unless it is what we have."""
        if hint.cursor is None and (hint.want_challenge or hint.second_device):
            return
        if hint.cursor is None or hint.cursor != self._cursor:
            self._pull_at = min(self._pull_at, seconds + LEAST_SECONDS)

    def pull_now(self, seconds: float) -> None:
        """Somebody needs what the cloud says now."""
        self._pull_at = seconds

    def start_over(self, seconds: float) -> None:
        """Pull everything from the beginning; nothing that the point did is forgotten by that."""
        self._writer.call(lambda txn: inbox.put_orders(txn, (), None))
        self._cursor = None
        self._pull_at = seconds

    def take(self, pulled: Pulled, seconds: float) -> None:
        """The answer to a pull."""
        self._is_waiting = False
        answer = pulled.answer
        if pulled.since != self._cursor:
            # Asked before we started over: it would lead back to where we were.
            self._pull_at = seconds
            return
        if isinstance(answer, Gone) and pulled.since is None:
            answer = Failed(
                Trouble.NONSENSE, "The cloud does not know a cursor that we never sent."
            )
        if isinstance(answer, Page) and answer.more and answer.cursor == pulled.since:
            answer = Failed(Trouble.NONSENSE, "The cloud answers the same page over and over.")
        if isinstance(answer, Failed):
            self._failed(answer, seconds)
        elif isinstance(answer, Gone):
            log.info("cursor_forgotten_by_cloud")
            self.start_over(seconds)
        else:
            self._keep(answer, seconds)

    def _keep(self, page: Page, seconds: float) -> None:
        moment = self._now()
        page = self._without_forgotten(page)
        news = self._writer.call(lambda txn: self._store(txn, page, moment))
        self._cursor = page.cursor
        self._backoff.reset()
        self._line.cloud_reached(reached=True)
        self._line.trouble("orders", Trouble.NONSENSE if page.unreadable else None)
        self._pull_at = seconds + self._wait_after(page, news)
        if news:
            log.info("orders_fetched", extra={"orders": news})
        for refused in page.refused:
            self._parking.park(ParkedFrom.ORDER, refused.reason, refused.body)
        for name, body in page.unreadable.items():
            self._parking.park(ParkedFrom.DOCUMENT, f"The document {name!r} makes no sense.", body)

    def _without_forgotten(self, page: Page) -> Page:
        # Pulled from the beginning, old orders come with their customers again.
        passed = self._passed()
        return replace(page, orders=tuple(as_kept(order, passed) for order in page.orders))

    def _store(self, txn: Txn, page: Page, moment: Moment) -> int:
        for name, value in page.documents.items():
            inbox.put_document(txn, name, value)
        for refused in page.refused:
            inbox.put_refused(txn, refused.issuer, refused.order_id, refused.reason)
        if self._noted is None or page.server_time - self._noted >= SERVER_TIME_STEP:
            inbox.put_document(txn, "server_time", rfc3339(page.server_time))
            self._noted = page.server_time
        inbox.note_pull(txn, moment)
        return inbox.put_orders(txn, page.orders, page.cursor)

    def _failed(self, failed: Failed, seconds: float) -> None:
        self._line.cloud_reached(reached=failed.is_reached)
        if failed.body is not None:
            self._parking.park(ParkedFrom.ANSWER, failed.reason, failed.body)
        self._line.trouble("orders", failed.trouble)
        wait = self._backoff.next_wait()
        self._pull_at = seconds + max(wait, failed.retry_after or 0.0)
        log.info(
            "pull_failed",
            extra={"why": failed.reason, "next_try_seconds": round(self._pull_at - seconds)},
        )

    def _wait_after(self, page: Page, news: int) -> float:
        if page.more:
            # A cloud that goes in circles is asked no faster than it could hint.
            return 0.0 if news else LEAST_SECONDS
        return self._pull_seconds * self._random.uniform(2 / 3, 4 / 3)
