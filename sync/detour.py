"""Events over HTTPS: what the broker's way does not take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.core.trouble import Trouble
from edge.errors import MalformedMessage
from sync.contract import BATCH_TYPE, EVENT_TYPE, Ack, decode_ack
from sync.https import Asker, CloudAddress, Failed, Https
from sync.uplink import Post, Unposted

PATH = "/v1/events"
THESE_BYTES = frozenset({400, 413, 415, 422})
"""Answers that speak of the bytes: they would be the same next time."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The answer to a post: what is settled now, or why nothing is; `body` if it is unreadable."""

    ticket: int
    answer: Ack | Unposted
    reason: str | None = None
    trouble: Trouble | None = None
    body: bytes | None = None


class EventsApi:
    """The cloud's ledger, over one kept connection."""

    def __init__(self, address: CloudAddress, boot_seconds: Callable[[], float]) -> None:
        self._https = Https(address, boot_seconds)

    def post(self, post: Post) -> Posted:
        """Send a message of events; never raises for what the other side does."""
        content_type = BATCH_TYPE if post.is_batch else EVENT_TYPE
        answer = self._https.post(PATH, post.payload, content_type)
        if isinstance(answer, Failed):
            unposted = Unposted(refused=answer.status in THESE_BYTES)
            return Posted(post.ticket, unposted, answer.reason, answer.trouble)
        try:
            return Posted(post.ticket, decode_ack(answer))
        except MalformedMessage as error:
            return Posted(post.ticket, Unposted(refused=False), error.what, body=answer)


def poster(
    post: Callable[[Post], Posted],
    answer: Callable[[Posted], None],
    boot_seconds: Callable[[], float],
) -> Asker[Post]:
    """Posts on its own thread and hands each answer to `answer`, which must only enqueue it."""
    return Asker("events-post", lambda wish: answer(post(wish)), boot_seconds)
