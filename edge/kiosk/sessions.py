"""Leader sessions: in memory only, so that a restart ends them and there is no key to leak."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.config import Language
from edge.core.order import OrderRef
from edge.flows.board import PutAwayReport

IDLE_SECONDS = 120
WARNING_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Revealed:
    """Names that a leader asked to see whole, and the look-up that found them."""

    text: str
    names: Mapping[OrderRef, str]


@dataclass(slots=True)
class LeaderSession:
    """One signed-in leader; `notice` is for the next page, `shown` is what this one says."""

    language: Language
    seen: float
    token: str = field(default_factory=secrets.token_urlsafe)
    csrf: str = field(default_factory=secrets.token_urlsafe)
    notice: str | None = None
    shown: str | None = None
    report: PutAwayReport | None = None
    revealed: Revealed | None = None

    def names_for(self, text: str) -> Mapping[OrderRef, str]:
        """Whole names for that look-up; any other look-up covers them up again."""
        if self.revealed is not None and self.revealed.text != text:
            self.revealed = None
        return {} if self.revealed is None else self.revealed.names

    def name_of(self, ref: OrderRef) -> str | None:
        """The whole name of an order, if the look-up that led to it has shown it."""
        return None if self.revealed is None else self.revealed.names.get(ref)


class Sessions:
    """The open leader sessions; times are seconds since boot."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, LeaderSession] = {}

    def begin(self, language: Language, now: float) -> LeaderSession:
        """Open a session and forget those that have run out."""
        session = LeaderSession(language, now)
        with self._lock:
            self._open = {key: kept for key, kept in self._open.items() if _alive(kept, now)}
            self._open[session.token] = session
        return session

    def find(self, token: str | None, now: float, *, touch: bool) -> LeaderSession | None:
        """The living session with that token; a touch keeps it alive."""
        with self._lock:
            session = self._open.get(token or "")
            if session is None or not _alive(session, now):
                return None
            if touch:
                session.seen = now
            return session

    def end(self, token: str | None) -> None:
        """Close that session; closing a closed one is nothing."""
        with self._lock:
            self._open.pop(token or "", None)


def _alive(session: LeaderSession, now: float) -> bool:
    return now - session.seen <= IDLE_SECONDS + WARNING_SECONDS
