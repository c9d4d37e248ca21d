"""When everything goes by HTTPS: the broker's way was given its time and settled nothing."""

from __future__ import annotations

STALLED_SECONDS = 300.0
"""So long something waits and nothing is settled before the broker's way counts as blocked."""
POST_AGAIN_SECONDS = 60.0
"""Until the next try after HTTPS took nothing."""
HELLO_AGAIN_SECONDS = 300.0
"""While events go by HTTPS, so often the broker's way is tried with a hello."""


class Detour:
    """Whether the detour is on, and when it may be used; one post is under way at most."""

    def __init__(self, stalled_seconds: float) -> None:
        self.is_on = False
        self._patience = stalled_seconds
        self._stalled_since: float | None = None
        self._post_at = 0.0
        self._hello_at = 0.0
        self._is_posting = False

    def begins(self, now: float, *, is_waiting: bool) -> bool:
        """Whether it turns on now; `is_waiting`: something is sent or to be sent, unsettled."""
        if not is_waiting:
            self._stalled_since = None
            return False
        if self._stalled_since is None:
            self._stalled_since = now
        if self.is_on or now - self._stalled_since < self._patience:
            return False
        self.is_on = True
        self._hello_at = now + HELLO_AGAIN_SECONDS
        return True

    def broker_settled(self) -> None:
        """An ack came by the broker: that way is open."""
        self.is_on = False
        self._stalled_since = None

    def may_post(self, now: float) -> bool:
        """Whether a post may leave now."""
        return not self._is_posting and now >= self._post_at

    def posting(self) -> None:
        """A post leaves."""
        self._is_posting = True

    def posted(self) -> None:
        """It was answered."""
        self._is_posting = False

    def wait(self, now: float) -> None:
        """HTTPS took nothing: not again at once."""
        self._post_at = now + POST_AGAIN_SECONDS

    def is_hello_due(self, now: float) -> bool:
        """Whether the broker's way should be tried again."""
        if now < self._hello_at:
            return False
        self._hello_at = now + HELLO_AGAIN_SECONDS
        return True
